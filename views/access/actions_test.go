package access

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDeeds: every action that the program writes into the audit has words, and
// an area by which one may ask for it.
func TestDeeds(t *testing.T) {
	t.Parallel()
	write := regexp.MustCompile(`Action: *"([a-z]+\.[a-z]+)"`)
	var found int
	all := everyDeed()
	err := filepath.WalkDir("../..", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "storetest") {
			return err
		}
		source, err := os.ReadFile(path) // #nosec G304 -- the project's own files
		if err != nil {
			return err
		}
		for _, m := range write.FindAllSubmatch(source, -1) {
			found++
			action := string(m[1])
			if all.did(action) == action {
				t.Errorf("%s: %s has no words", path, action)
			}
			if !inArea(action) {
				t.Errorf("%s: %s is in no area", path, action)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 20 {
		t.Errorf("only %d actions found: do they still look like this?", found)
	}
	if got := all.did("new.thing"); got != "new.thing" {
		t.Errorf("an unknown action is shown as %q", got)
	}
}

func inArea(action string) bool {
	for _, a := range areas()[1:] {
		if strings.HasPrefix(action, a[0]) {
			return true
		}
	}
	return false
}
