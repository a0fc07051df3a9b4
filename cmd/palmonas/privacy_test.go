package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestErasedStaysErasedAfterRestore: an older backup brings nobody back.
func TestErasedStaysErasedAfterRestore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"PALMONAS_DATA_DIR=" + filepath.Join(dir, "data")}
	run := func(want int, args ...string) string {
		t.Helper()
		code, out, errs := invoke(t, env, "", args...)
		if code != want {
			t.Fatalf("%v: %d %s %s", args, code, out, errs)
		}
		return out
	}
	run(0, "generate", "--orders", "200")
	all := run(0, "export", "--format", "ndjson")
	m := regexp.MustCompile(`"phone":"(\+91[0-9]{10})"`).FindStringSubmatch(all)
	if m == nil {
		t.Fatalf("no phone in\n%.2000s", all)
	}
	file := filepath.Join(dir, "copy.db")
	run(0, "backup", file)
	person := filepath.Join(dir, "person.json")
	run(0, "privacy", "export", "--phone", m[1], "--output", person)
	if b, err := os.ReadFile(person); err != nil || !strings.Contains(string(b), m[1]) {
		t.Fatalf("%v\n%s", err, b)
	}
	if out := run(0, "privacy", "erase", "--phone", m[1], "--dry-run"); strings.Contains(out, "orders=0") {
		t.Fatal(out)
	}
	run(2, "privacy", "erase", "--phone", m[1])
	run(2, "privacy", "erase", "--reason", "x")
	run(0, "privacy", "erase", "--phone", m[1], "--reason", "asked")
	gone := func() {
		t.Helper()
		if strings.Contains(run(0, "export", "--format", "ndjson"), m[1]) {
			t.Error("the phone is still there")
		}
	}
	gone()
	if out := run(0, "restore", "--replace", file); !strings.Contains(out, "were erased again") {
		t.Error(out)
	}
	gone()
	run(0, "privacy", "retain", "--dry-run")
	run(0, "audit", "verify")
}
