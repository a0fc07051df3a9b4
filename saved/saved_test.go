package saved

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

func newBook(t *testing.T) Book {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "test.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return Book{Records: s.Records(), Now: time.Now}
}

func names(list []Kept) (out []string) {
	for _, k := range list {
		out = append(out, k.Value.Name)
	}
	return out
}

// Each ready-made view is a list that the language understands, written as it
// is kept.
func TestReadyMade(t *testing.T) {
	t.Parallel()
	for _, v := range ReadyMade() {
		clean, err := Clean(v)
		if diff := cmp.Diff(v, clean); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", v.Name, err, diff)
		}
		f, err := Filter(v)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.QueryAt(time.UTC, time.Now()); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	got, err := Clean(View{Name: "  My\trings ", Query: "status=shipped&status=pending&page=4&limit=20&q=ring", Columns: []Column{ColTotal, ColPlatform, ColTotal}})
	want := View{Name: "My rings", Query: "q=ring&status=pending&status=shipped", Columns: []Column{ColPlatform, ColTotal}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	_, err = Clean(View{Query: "nope=1", Columns: []Column{"salary"}})
	var faults order.FieldErrors
	if !errors.As(err, &faults) || faults.For("name") == "" || faults.For("query") == "" || faults.For("columns") == "" {
		t.Errorf("%v", err)
	}
}

func TestBook(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	asha, ravi := account.User{ID: "asha", Role: account.Support}, account.User{ID: "ravi", Role: account.Support}
	admin := account.User{ID: "root", Role: account.Admin}
	create := func(u account.User, name string, shared bool) Kept {
		k, err := b.Create(t.Context(), u, View{Name: name}, shared)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	list := func(u account.User) []string {
		all, err := b.List(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		return names(all)
	}
	ready := len(ReadyMade())
	if got := list(asha); len(got) != ready {
		t.Fatalf("a new desk has %v", got)
	}
	one, two := create(asha, "One", false), create(asha, "Two", false)
	create(ravi, "One", false) // the same name, of somebody else
	if err := b.Move(t.Context(), asha, two.ID, -1); err != nil {
		t.Fatal(err)
	}
	if got := list(asha)[ready:]; !slices.Equal(got, []string{"Two", "One"}) {
		t.Errorf("after moving %v", got)
	}
	_, after, err := b.Update(t.Context(), asha, one.ID, Change{Name: "Uno", Shared: true})
	if err != nil || after.Owner != "" || !slices.Equal(list(ravi)[ready:], []string{"Uno", "One"}) {
		t.Errorf("%v: shared %q, others see %v", err, after.Owner, list(ravi))
	}
	if _, _, err := b.Update(t.Context(), ravi, one.ID, Change{Name: "Mine"}); !errors.Is(err, ErrNotYours) {
		t.Errorf("somebody else's view was renamed: %v", err)
	}
	if _, _, err := b.Update(t.Context(), asha, two.ID, Change{Name: "uno", Shared: true}); err == nil {
		t.Error("two shared views have one name")
	}
	if err := b.Move(t.Context(), asha, one.ID, -1); !errors.Is(err, ErrNotYours) {
		t.Errorf("everybody's views were moved: %v", err)
	}
	if err := b.Move(t.Context(), admin, one.ID, 1); err != nil {
		t.Errorf("at the end it stays: %v", err)
	}
	if _, err := b.Delete(t.Context(), admin, one.ID); err != nil {
		t.Error(err)
	}
}

func TestChoice(t *testing.T) {
	t.Parallel()
	b := newBook(t)
	u := account.User{ID: "asha"}
	view := View{Columns: []Column{ColAWB}}
	check := func(id string, v View, want ...Column) {
		t.Helper()
		c, err := b.Choice(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.For(id, v); !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	choose := func(id string, list ...Column) {
		t.Helper()
		if err := b.Choose(t.Context(), u, id, list); err != nil {
			t.Fatal(err)
		}
	}
	check("", View{}, UsualColumns()...)
	check("v", view, ColAWB)
	choose("", ColTotal, ColPlatform)
	check("", View{}, ColPlatform, ColTotal)
	check("v", view, ColAWB)
	choose("v", ColStatus)
	check("v", view, ColStatus)
	choose("v")
	check("v", view, ColAWB)
	choose("")
	check("", View{}, UsualColumns()...)
}
