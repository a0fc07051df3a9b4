package mongo

import (
	"testing"

	"github.com/palmonas/palmonas-crm/migrations"
)

func TestPending(t *testing.T) {
	uri := serverURI(t)
	steps, err := migrations.Steps(migrations.Mongo)
	if err != nil {
		t.Fatal(err)
	}
	if todo, err := Pending(t.Context(), Config{URI: uri, Database: "palmonas_test_never_made"}); err != nil || len(todo) != len(steps) {
		t.Errorf("an empty database: %d of %d steps, %v", len(todo), len(steps), err)
	}
	e := openEngine(t, Config{})
	if todo, err := Pending(t.Context(), Config{URI: uri, Database: e.db.Name()}); err != nil || len(todo) != 0 {
		t.Errorf("a current database: %d steps, %v", len(todo), err)
	}
}
