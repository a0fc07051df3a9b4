package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// guides are the README and everything under docs.
func guides(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d guides, %v", len(files), err)
	}
	all := map[string]string{}
	for _, f := range append(files, "../../README.md") {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = string(b)
	}
	return all
}

// TestGuidesNameWhatExists: every command, flag, setting, file and link in the
// guides is there.
func TestGuidesNameWhatExists(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, c := range commands() {
		known[c.name] = true
	}
	command := regexp.MustCompile("(?m)(?:`|^|&& |/)palmonas ([a-z][a-z-]+)")
	variable := regexp.MustCompile(`\b(PALMONAS_[A-Z_]+|MONGODB_URI|JWT_[A-Z_]+)\b`)
	file := regexp.MustCompile("`((?:deploy|ingest|cmd|\\.ci)/[a-zA-Z0-9._/-]+)`")
	link := regexp.MustCompile(`\]\(([a-z-]+\.(?:md|png))\)`)
	target := regexp.MustCompile("`make ([a-z-]+)`")
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range guides(t) {
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			if !known[m[1]] {
				t.Errorf("%s: there is no command palmonas %s", name, m[1])
			}
		}
		for _, m := range variable.FindAllStringSubmatch(text, -1) {
			v := strings.TrimSuffix(strings.TrimSuffix(m[1], "_FILE"), "_")
			if v != "PALMONAS" && !slices.Contains(settings, v) && !strings.HasPrefix(v, "PALMONAS_BENCH") {
				t.Errorf("%s: there is no setting %s", name, m[1])
			}
		}
		for _, m := range file.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join("../../docs", m[1])); err != nil && name != "README.md" {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(string(makefile), "\n"+m[1]+":") {
				t.Errorf("%s: there is no make %s", name, m[1])
			}
		}
	}
}

// TestEveryCommandIsDocumented: what one can run and set is in the README.
func TestEveryCommandIsDocumented(t *testing.T) {
	t.Parallel()
	readme := guides(t)["README.md"]
	for _, c := range commands() {
		if !strings.Contains(readme, "palmonas "+c.name) && !strings.Contains(readme, "`"+c.name+"`") {
			t.Errorf("the README does not name the command %s", c.name)
		}
	}
	for _, v := range settings {
		if !strings.Contains(readme, v) {
			t.Errorf("the README does not name the setting %s", v)
		}
	}
}
