package main

import (
	"database/sql"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestStats: figures that are not what the orders amount to are named, and a
// rebuild mends them.
func TestStats(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"PALMONAS_DATA_DIR=" + dir, "PALMONAS_LOG_LEVEL=error"}
	run := func(want int, args ...string) (out, errs string) {
		t.Helper()
		code, out, errs := invoke(t, env, "", args...)
		if code != want {
			t.Fatalf("%v: exit %d, want %d\n%s%s", args, code, want, out, errs)
		}
		return out, errs
	}
	const fine = "every figure is what the orders amount to\n"
	run(0, "migrate")
	if out, _ := run(0, "stats", "verify"); out != fine {
		t.Errorf("an empty desk: %q", out)
	}
	run(0, "generate", "--orders", "300", "--days", "20")
	if out, _ := run(0, "stats", "verify"); out != fine {
		t.Errorf("after generating: %q", out)
	}
	pool, err := sql.Open("sqlite", filepath.Join(dir, database))
	if err != nil {
		t.Fatal(err)
	}
	const swap = `UPDATE figure_docs SET doc=(SELECT doc FROM figure_docs WHERE id&3=0 ORDER BY id LIMIT 1 OFFSET 1)
		WHERE id=(SELECT id FROM figure_docs WHERE id&3=0 ORDER BY id LIMIT 1)`
	if _, err := pool.ExecContext(t.Context(), swap); err != nil {
		t.Fatal(err)
	}
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	out, errs := run(1, "stats", "verify")
	if !regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\d: day: kept orders=\d+ .*; orders say orders=\d+ `).MatchString(out) || !strings.Contains(errs, "stats rebuild") {
		t.Errorf("%q, %q", out, errs)
	}
	if out, _ := run(0, "stats", "rebuild"); !regexp.MustCompile(`^2[01] days counted\n$`).MatchString(out) {
		t.Errorf("rebuild: %q", out)
	}
	if out, _ := run(0, "stats", "verify"); out != fine {
		t.Errorf("after a rebuild: %q", out)
	}
}
