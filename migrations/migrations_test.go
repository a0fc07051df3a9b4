package migrations

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBothEnginesHaveTheSameSteps(t *testing.T) {
	t.Parallel()
	type label struct {
		Number int
		Name   string
	}
	labels := func(folder string) []label {
		steps, err := Steps(folder)
		if err != nil {
			t.Fatal(err)
		}
		var all []label
		for _, s := range steps {
			if s.Text == "" {
				t.Errorf("%s: step %d %s is empty", folder, s.Number, s.Name)
			}
			all = append(all, label{s.Number, s.Name})
		}
		return all
	}
	sqlite := labels(SQLite)
	if len(sqlite) == 0 {
		t.Fatal("no steps at all")
	}
	if diff := cmp.Diff(sqlite, labels(Mongo)); diff != "" {
		t.Errorf("steps of sqlite (-) and mongo (+) differ:\n%s", diff)
	}
}

func TestUnknownFolder(t *testing.T) {
	t.Parallel()
	if _, err := Steps("oracle"); err == nil {
		t.Error("a folder that does not exist was read")
	}
}
