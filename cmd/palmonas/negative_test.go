package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// negativeTests are the tests of this module that are named after a number of
// the list of negative tests, as they are declared.
func negativeTests(t *testing.T) map[string][]string {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func (Test(N\d\d)\w*)\(t \*testing\.T\) \{`)
	found := map[string][]string{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "../.." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range declared.FindAllStringSubmatch(string(b), -1) {
			found[m[2]] = append(found[m[2]], m[1])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestEveryNegativeTestExists: each number from N-01 to N-70 has a test of its
// name, and the table of docs/security.md names tests that exist.
func TestEveryNegativeTestExists(t *testing.T) {
	t.Parallel()
	found := negativeTests(t)
	b, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 70; n++ {
		key := fmt.Sprintf("N%02d", n)
		if len(found[key]) == 0 {
			t.Errorf("no test is named Test%s…", key)
		}
		var row string
		for line := range strings.Lines(string(b)) {
			if strings.HasPrefix(line, fmt.Sprintf("| N-%02d |", n)) {
				row = line
			}
		}
		for _, name := range found[key] {
			if !strings.Contains(row, "`"+name+"`") {
				t.Errorf("docs/security.md does not name %s in the row of N-%02d", name, n)
			}
		}
	}
	exists := map[string]bool{}
	for _, names := range found {
		for _, name := range names {
			exists[name] = true
		}
	}
	for _, m := range regexp.MustCompile("`(TestN\\d\\d\\w*)`").FindAllStringSubmatch(string(b), -1) {
		if !exists[m[1]] {
			t.Errorf("docs/security.md names %s, which does not exist", m[1])
		}
	}
}
