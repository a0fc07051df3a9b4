package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBackupAndRestoreCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"PALMONAS_DATA_DIR=" + filepath.Join(dir, "one")}
	if code, _, errs := invoke(t, env, "", "generate", "--orders", "50"); code != 0 {
		t.Fatal(errs)
	}
	file := filepath.Join(dir, "copy.db")
	code, out, errs := invoke(t, env, "", "backup", file)
	if code != 0 || !strings.Contains(out, "orders=50 ") || !strings.Contains(out, keyFile) {
		t.Fatal(code, out, errs)
	}
	_, sum, _ := strings.Cut(out, "sha256=")
	sum, _, _ = strings.Cut(sum, " ")
	if code, _, errs = invoke(t, env, "", "backup", file); code != 1 || !strings.Contains(errs, "left alone") {
		t.Errorf("over the same file: %d %s", code, errs)
	}

	second := []string{"PALMONAS_DATA_DIR=" + filepath.Join(dir, "two")}
	code, out, errs = invoke(t, second, "", "restore", file)
	if code != 0 || !strings.Contains(out, "orders=50 ") || !strings.Contains(out, "sha256="+sum) {
		t.Fatal(code, out, errs)
	}
	if code, _, errs = invoke(t, second, "", "restore", file); code != 1 || !strings.Contains(errs, "--replace") {
		t.Errorf("over a database: %d %s", code, errs)
	}
	if code, out, errs = invoke(t, second, "", "restore", "--replace", file); code != 0 || !strings.Contains(out, "kept as") {
		t.Errorf("replacing: %d %s %s", code, out, errs)
	}
	if err := os.Truncate(file, 8192); err != nil {
		t.Fatal(err)
	}
	code, _, errs = invoke(t, []string{"PALMONAS_DATA_DIR=" + filepath.Join(dir, "three")}, "", "restore", file)
	if code != 1 || !strings.Contains(errs, "damaged") || strings.Count(errs, "\n") != 1 {
		t.Errorf("a cut copy: %d %s", code, errs)
	}
}

func TestBackupIsMongoDBsOwn(t *testing.T) {
	t.Parallel()
	env := []string{"MONGODB_URI=mongodb://127.0.0.1:1", "PALMONAS_SECRET_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}
	for command, tool := range map[string]string{"backup": "mongodump", "restore": "mongorestore"} {
		if code, _, errs := invoke(t, env, "", command, "file"); code != 2 || !strings.Contains(errs, tool) {
			t.Errorf("%s: %d %s", command, code, errs)
		}
	}
}
