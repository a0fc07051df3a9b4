package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func updates() []testCase {
	return []testCase{
		{"a change is stored", updateStored},
		{"an error from fn is returned untouched and stores nothing", updateError},
		{"the same version stores nothing", updateSame},
		{"what fn was given is a copy", updateCopy},
		{"identity cannot be changed", updateIdentity},
		{"a stale editor is told", updateStale},
		{"lists and searches follow", updateFollow},
		{"32 goroutines on one order", updateTogether},
		{"a panic in fn leaves the store usable", updatePanic},
	}
}

func updateStored(t *testing.T, s store.Store) {
	o := create(t, s, ordertest.Report(shop, "1", noon()))
	want := o
	want.AddNote("hello", "u-1", noon().Add(time.Minute))
	got := update(t, s, o.ID, func(o *order.Order) { o.AddNote("hello", "u-1", noon().Add(time.Minute)) })
	same(t, "returned", want, got)
	same(t, "stored", want, get(t, s, o.ID))
}

func updateError(t *testing.T, s store.Store) {
	o := create(t, s, ordertest.Report(shop, "1", noon()))
	before, _ := s.LastChange(t.Context())
	want := errors.New("no")
	_, err := s.Orders().Update(t.Context(), o.ID, func(o *order.Order) error {
		o.AddNote("lost", "u", noon())
		return want
	})
	if err != want { //nolint:errorlint // untouched is the point
		t.Errorf("error %v, want just what fn returned", err)
	}
	same(t, "stored", o, get(t, s, o.ID))
	if after, _ := s.LastChange(t.Context()); after != before {
		t.Error("the change log grew")
	}
}

func updateSame(t *testing.T, s store.Store) {
	o := create(t, s, ordertest.Report(shop, "1", noon()))
	before, _ := s.LastChange(t.Context())
	got := update(t, s, o.ID, func(o *order.Order) { o.Desk.Assignee = "nobody" })
	same(t, "returned", o, got)
	same(t, "stored", o, get(t, s, o.ID))
	if after, _ := s.LastChange(t.Context()); after != before {
		t.Error("the change log grew")
	}
}

func updateCopy(t *testing.T, s store.Store) {
	o := create(t, s, ordertest.Report(shop, "1", noon()))
	update(t, s, o.ID, func(o *order.Order) { o.Facts.Items[0].Title, o.History[0].Note = "scribbled", "scribbled" })
	same(t, "stored", o, get(t, s, o.ID))
}

func updateIdentity(t *testing.T, s store.Store) {
	o := create(t, s, ordertest.Report(shop, "1", noon()))
	got := edit(t, s, o.ID, func(o *order.Order) {
		o.ID, o.Ref, o.Platform = 1, order.Ref{Channel: "x", PlatformOrderID: "y"}, order.Amazon
	})
	if got.ID != o.ID || got.Ref != o.Ref || got.Platform != o.Platform {
		t.Errorf("now %s %v %s", got.ID, got.Ref, got.Platform)
	}
	same(t, "by ref", got, get(t, s, o.ID))
}

func updateStale(t *testing.T, s store.Store) {
	o := create(t, s, ordertest.Report(shop, "1", noon()))
	try := func(seen int64) error {
		_, err := s.Orders().Update(t.Context(), o.ID, func(o *order.Order) error {
			if err := o.CheckVersion(seen); err != nil {
				return err
			}
			o.AddNote("x", "u", noon())
			return nil
		})
		return err
	}
	if err := try(o.Version); err != nil {
		t.Errorf("first editor: %v", err)
	}
	if err := try(o.Version); !errors.Is(err, order.ErrStale) {
		t.Errorf("second editor: %v, want ErrStale", err)
	}
}

func updateFollow(t *testing.T, s store.Store) {
	o := create(t, s, ordertest.Report(shop, "1", noon()))
	term := func(f order.Field, v string) order.Expr { return order.Term{Field: f, Text: []string{v}} }
	none, one := []order.ID{}, []order.ID{o.ID}
	same(t, "tag before", none, selected(t, s, term(order.FieldTag, "vip")))
	edit(t, s, o.ID, func(o *order.Order) {
		o.Desk.Tags, o.Desk.Assignee = []string{"VIP"}, "u-7"
		o.Desk.Contact = &order.Contact{Name: "Meera Joshi"}
	})
	same(t, "tag", one, selected(t, s, term(order.FieldTag, "vip")))
	same(t, "assignee", one, selected(t, s, term(order.FieldAssignee, "u-7")))
	same(t, "new name", one, selected(t, s, term(order.Words, "meera")))
	same(t, "old name", none, selected(t, s, term(order.Words, "ishita")))
	edit(t, s, o.ID, func(o *order.Order) { o.Desk.Archived = true })
	same(t, "archived", none, selected(t, s, nil))
	same(t, "archived, asked for", one, selected(t, s, term(order.FieldFlag, "archived")))
	edit(t, s, o.ID, func(o *order.Order) { o.Desk = order.Desk{} })
	same(t, "tag after", none, selected(t, s, term(order.FieldTag, "vip")))
	same(t, "name after", one, selected(t, s, term(order.Words, "ishita")))
}

func updateTogether(t *testing.T, s store.Store) {
	const n = 32
	o := create(t, s, ordertest.Report(shop, "1", noon()))
	together(n, func(i int) {
		_, err := s.Orders().Update(t.Context(), o.ID, func(o *order.Order) error {
			o.AddNote(fmt.Sprint(i), "u", noon())
			return nil
		})
		if err != nil {
			t.Errorf("update %d: %v", i, err)
		}
	})
	got := get(t, s, o.ID)
	texts := map[string]bool{}
	for _, note := range got.Desk.Notes {
		texts[note.Text] = true
	}
	if len(texts) != n || got.Version != o.Version+n {
		t.Errorf("%d notes at version %d, want %d at %d", len(texts), got.Version, n, o.Version+n)
	}
}

func updatePanic(t *testing.T, s store.Store) {
	o := create(t, s, ordertest.Report(shop, "1", noon()))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = s.Orders().Update(t.Context(), o.ID, func(*order.Order) error { panic("boom") })
	}()
	edit(t, s, o.ID, func(o *order.Order) { o.Desk.Assignee = "u" })
	same(t, "assignee", "u", get(t, s, o.ID).Desk.Assignee)
}
