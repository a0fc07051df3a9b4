package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLastAdministrator: a command may lock out the last administrator as
// little as a page may, and what it locked it can open.
func TestLastAdministrator(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	env := []string{"PALMONAS_DATA_DIR=" + data}
	for _, step := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"user", "add", "--email", "a@example.com", "--name", "A", "--role", "admin"}, 0, "added a@example.com"},
		{[]string{"user", "disable", "a@example.com"}, 1, "last administrator"},
		{[]string{"user", "add", "--email", "b@example.com", "--name", "B", "--role", "admin"}, 0, "added"},
		{[]string{"user", "disable", "a@example.com"}, 0, "disabled a@example.com"},
		{[]string{"user", "disable", "a@example.com"}, 0, "already"},
		{[]string{"user", "disable", "b@example.com"}, 1, "last administrator"},
		{[]string{"user", "enable", "a@example.com"}, 0, "enabled a@example.com"},
		{[]string{"user", "disable", "b@example.com"}, 0, "disabled"},
		{[]string{"user", "enable", "c@example.com"}, 1, "no user"},
		{[]string{"user", "enable"}, 2, "usage"},
	} {
		code, out, errs := invoke(t, env, "", step.args...)
		out += errs
		if code != step.code || !strings.Contains(out, step.want) {
			t.Errorf("%q: exit %d, %s; want %d, %q", step.args, code, out, step.code, step.want)
		}
	}
}

// TestNoDatabase: a command that only reads makes no empty database, of which
// it could say nothing but good.
func TestNoDatabase(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"stats verify", "stats rebuild", "audit verify", "user list", "channel list", "export", "privacy retain",
		"user disable a@example.com", "channel sync shop", "import --channel shop " + os.DevNull} {
		data := filepath.Join(t.TempDir(), "data")
		code, out, errs := invoke(t, []string{"PALMONAS_DATA_DIR=" + data}, "", strings.Fields(args)...)
		out += errs
		if code != 1 || !strings.Contains(out, "there is no database in "+data) {
			t.Errorf("%s: exit %d, %s", args, code, out)
		}
		if found, _ := os.ReadDir(data); len(found) > 0 {
			t.Errorf("%s: it left %s", args, found[0].Name())
		}
	}
}
