package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// moveEnv is an environment with nothing but a data directory.
func moveEnv(dir string) []string {
	return []string{"PALMONAS_DATA_DIR=" + dir, "PALMONAS_LOG_LEVEL=error", "PORT=0"}
}

// moveSource is a data directory with a user and orders.
func moveSource(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, args := range [][]string{
		{"user", "add", "--email", "asha@example.com", "--name", "Asha", "--role", "admin"},
		{"generate", "--orders", "200", "--days", "8"},
	} {
		if code, out, errs := invoke(t, moveEnv(dir), "", args...); code != 0 {
			t.Fatalf("%v: %d %q %q", args, code, out, errs)
		}
	}
	return dir
}

// holdsAll checks a database that was moved.
func holdsAll(t *testing.T, env []string) {
	t.Helper()
	for _, want := range []struct {
		args []string
		text string
	}{
		{[]string{"stats", "verify"}, "every figure"},
		{[]string{"audit", "verify"}, ""},
		{[]string{"user", "list"}, "asha@example.com"},
	} {
		if code, out, errs := invoke(t, env, "", want.args...); code != 0 || !strings.Contains(out, want.text) {
			t.Errorf("%v: exit %d, %q, %q; want %q", want.args, code, out, errs, want.text)
		}
	}
}

func TestMoveCommand(t *testing.T) {
	t.Parallel()
	from, to := moveSource(t), filepath.Join(t.TempDir(), "new")
	code, out, errs := invoke(t, moveEnv(t.TempDir()), "", "move", "--from", from, "--to", to)
	if code != 0 || !strings.Contains(out, "orders=200\n") || !strings.Contains(out, "users=1\n") || !strings.Contains(out, "both are alike") ||
		!strings.Contains(out, filepath.Join(from, keyFile)) {
		t.Fatalf("exit %d, %q, %q", code, out, errs)
	}
	holdsAll(t, moveEnv(to))
	if code, _, errs := invoke(t, moveEnv(t.TempDir()), "", "move", "--from", from, "--to", to); code != 1 || !strings.Contains(errs, "not empty") {
		t.Errorf("a target in use: exit %d, %q", code, errs)
	}
}

func TestMoveCommandToMongoDBAndBack(t *testing.T) {
	t.Parallel()
	there := mongoEnv(t)
	from, back := moveSource(t), filepath.Join(t.TempDir(), "back")
	for _, args := range [][]string{{"--from", from, "--to", "env:MONGODB_URI"}, {"--from", "env:MONGODB_URI", "--to", back}} {
		code, out, errs := invoke(t, there, "", append([]string{"move"}, args...)...)
		if code != 0 || !strings.Contains(out, "orders=200\n") || !strings.Contains(out, "both are alike") {
			t.Fatalf("%v: exit %d, %q, %q", args, code, out, errs)
		}
		if strings.Contains(out+errs, "mongodb://") {
			t.Errorf("the address is printed: %q %q", out, errs)
		}
	}
	holdsAll(t, there)
	holdsAll(t, moveEnv(back))
}

func TestMoveCommandRefuses(t *testing.T) {
	t.Parallel()
	from, empty := moveSource(t), t.TempDir()
	served := t.TempDir()
	if err := os.WriteFile(filepath.Join(served, "note"), []byte("no database here"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		args []string
		code int
		want string
	}{
		"nothing named":     {nil, exitUsage, "--from is missing"},
		"no target":         {[]string{"--from", from}, exitUsage, "--to is missing"},
		"the same":          {[]string{"--from", from, "--to", from + "/"}, exitUsage, "the same"},
		"another database":  {[]string{"--from", from, "--to", "postgres://u:secret@h/d"}, exitUsage, "mongodb://"},
		"unset variable":    {[]string{"--from", "env:NOT_THERE", "--to", empty}, exitUsage, "NOT_THERE"},
		"an empty source":   {[]string{"--from", served, "--to", empty}, 1, "no database in"},
		"more arguments":    {[]string{"--from", from, "--to", empty, "now"}, exitUsage, "no arguments"},
		"nobody at address": {[]string{"--from", from, "--to", "mongodb://u:secret@127.0.0.1:1/x?serverSelectionTimeoutMS=200"}, 1, "--to"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := invoke(t, moveEnv(t.TempDir()), "", append([]string{"move"}, tc.args...)...)
			if code != tc.code || !strings.Contains(errs, tc.want) || strings.Contains(out+errs, "secret") {
				t.Errorf("exit %d, %q, %q; want %d and %q", code, out, errs, tc.code, tc.want)
			}
		})
	}
}
