package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestBadUsage: what nobody can have meant is exit 2 and one line.
func TestBadUsage(t *testing.T) {
	t.Parallel()
	env := quietEnv(t)
	file := filepath.Join(t.TempDir(), "orders.csv")
	if err := os.WriteFile(file, []byte("order id\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, s := range []struct {
		env  []string
		args []string
		want string
	}{
		{nil, []string{"migrate", "now"}, `no argument "now"`},
		{nil, []string{"stats", "verify", "all"}, `no argument "all"`},
		{nil, []string{"version", "--short"}, "usage"},
		{nil, []string{"generate", "500"}, `no argument "500"`},
		{nil, []string{"import", "--channel", "x", "--format", "pdf", file}, `"pdf" is unknown`},
		{nil, []string{"export", "--query", "status=nowhere"}, `--query: status: "nowhere" is unknown`},
		{nil, []string{"export", "--query", "status=pending&nosuch=1"}, "no such filter"},
		{nil, []string{"serve", "--addr", "nowhere"}, "not host:port"},
		{nil, []string{"sandbox", "--addr", "nowhere"}, "not host:port"},
		{nil, []string{"sandbox", "--orders", "-5"}, "negative"},
		{[]string{"MONGODB_URI=mongodb://127.0.0.1:1/x"}, []string{"backup", "b.db"}, "mongodump"},
		{[]string{"MONGODB_URI=mongodb://127.0.0.1:1/x"}, []string{"restore", "b.db"}, "mongorestore"},
	} {
		code, out, errs := invoke(t, slices.Concat(env, s.env), "", s.args...)
		if code != exitUsage || !strings.Contains(errs, s.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: exit %d, stdout %q, stderr %q; want exit 2 and one line with %q", s.args, code, out, errs, s.want)
		}
	}
}

// TestFaultsAreOneLine: all that is wrong is told together, on one line.
func TestFaultsAreOneLine(t *testing.T) {
	t.Parallel()
	env := quietEnv(t)
	for what, s := range map[string]struct {
		env   []string
		stdin string
		args  []string
		want  []string
	}{
		"settings": {[]string{"PALMONAS_TIMEZONE=Moon", "PALMONAS_LOG_LEVEL=loud"}, "", []string{"migrate"}, []string{"PALMONAS_TIMEZONE", "PALMONAS_LOG_LEVEL"}},
		"channel":  {nil, `{"id":"x","platform":"ebay"}`, []string{"channel", "add", "--file", "-"}, []string{"name is missing", `"ebay"`}},
	} {
		code, _, errs := invoke(t, slices.Concat(env, s.env), s.stdin, s.args...)
		if code != 1 || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s: exit %d, stderr %q; want exit 1 and one line", what, code, errs)
		}
		for _, w := range s.want {
			if !strings.Contains(errs, w) {
				t.Errorf("%s: %q does not tell %q", what, errs, w)
			}
		}
	}
}

// TestCommandsAreAudited: what changes access on the command line is an entry.
func TestCommandsAreAudited(t *testing.T) {
	t.Parallel()
	env := quietEnv(t)
	for _, args := range [][]string{
		{"user", "add", "--email", "asha@example.com", "--name", "A", "--role", "support"},
		{"user", "passwd", "asha@example.com"}, {"user", "disable", "asha@example.com"}, {"channel", "add", "--file", "-"},
	} {
		if code, _, errs := invoke(t, env, `{"id":"files","platform":"organic","adapter":"manual","name":"Files"}`, args...); code != 0 {
			t.Fatal(args, errs)
		}
	}
	if code, out, errs := invoke(t, env, "", "audit", "verify"); code != 0 || !strings.Contains(out, "4 entries") {
		t.Errorf("audit verify: exit %d, %q %q; want 4 entries", code, out, errs)
	}
	code, _, errs := invoke(t, env, `{"id":"files","platform":"organic","adapter":"manual","name":"Files"}`, "channel", "add", "--file", "-")
	if code != 1 || strings.Count(errs, "files") != 1 {
		t.Errorf("the same channel again: exit %d, %q", code, errs)
	}
}
