package desk_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

var asha = desk.Actor{By: "u1", Via: "page", IP: "192.0.2.7", Ref: "req-1"}

func newDesk(t testing.TB) desk.Desk {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "desk.db"), Now: ordertest.Noon})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, u := range []account.User{{ID: "u2", Email: "u2@example.com", Role: account.Support}, {ID: "u3", Email: "u3@example.com", Role: account.Support, Disabled: true}} {
		if err := s.Users().Create(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	return desk.Desk{Store: s, Now: ordertest.Noon}
}

// add stores n orders with these statuses in turn and returns their ids.
func add(t testing.TB, d desk.Desk, n int, statuses ...order.Status) []order.ID {
	t.Helper()
	reports := make([]order.Report, n)
	for i := range reports {
		reports[i] = ordertest.Report("website", fmt.Sprintf("W%05d", i), ordertest.Noon().Add(-time.Duration(i)*time.Minute))
		reports[i].Status = statuses[i%len(statuses)]
	}
	stored, err := d.Store.Orders().Absorb(t.Context(), reports, ordertest.Noon())
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]order.ID, n)
	for i, a := range stored {
		if a.Err != nil {
			t.Fatal(a.Err)
		}
		ids[i] = a.ID
	}
	return ids
}

func get(t testing.TB, d desk.Desk, id order.ID) order.Order {
	t.Helper()
	o, err := d.Store.Orders().Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func audit(t testing.TB, d desk.Desk) []account.Entry {
	t.Helper()
	all, err := d.Store.Audit().List(t.Context(), store.AuditQuery{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestActs: each act takes effect once, with one audit entry that names it and
// holds nothing personal.
func TestActs(t *testing.T) {
	t.Parallel()
	secret := "Kamala Nair 9812345678"
	acts := []struct {
		action string
		do     func(context.Context, desk.Desk, order.ID) (order.Order, error)
		holds  func(order.Order) bool
	}{
		{"order.status", func(ctx context.Context, d desk.Desk, id order.ID) (order.Order, error) {
			return d.SetStatus(ctx, asha, id, 1, order.Confirmed, secret)
		}, func(o order.Order) bool { return o.Status == order.Confirmed }},
		{"order.note", func(ctx context.Context, d desk.Desk, id order.ID) (order.Order, error) {
			return d.AddNote(ctx, asha, id, secret)
		}, func(o order.Order) bool { return len(o.Desk.Notes) == 1 }},
		{"order.tags", func(ctx context.Context, d desk.Desk, id order.ID) (order.Order, error) {
			return d.Tag(ctx, asha, id, "vip", "gift")
		}, func(o order.Order) bool { return cmp.Equal(o.Desk.Tags, []string{"vip", "gift"}) }},
		{"order.assign", func(ctx context.Context, d desk.Desk, id order.ID) (order.Order, error) {
			return d.Assign(ctx, asha, id, "u2")
		}, func(o order.Order) bool { return o.Desk.Assignee == "u2" }},
		{"order.hold", func(ctx context.Context, d desk.Desk, id order.ID) (order.Order, error) {
			return d.Hold(ctx, asha, id, 1, secret, time.Time{})
		}, func(o order.Order) bool { return o.OnHold(ordertest.Noon()) }},
		{"order.correct", func(ctx context.Context, d desk.Desk, id order.ID) (order.Order, error) {
			return d.Correct(ctx, asha, id, 1, desk.Correction{Contact: &order.Contact{Name: "Kamala Nair", Phone: "9812345678"},
				Address: &order.Address{Line1: "Kamala Nair's house", City: "Kochi", Pincode: "682001"}})
		}, func(o order.Order) bool {
			return o.ShipTo().Phone == "+919812345678" && o.ShipTo().Address.City == "Kochi"
		}},
		{"order.archive", func(ctx context.Context, d desk.Desk, id order.ID) (order.Order, error) {
			return d.Archive(ctx, asha, id, 1, secret)
		}, func(o order.Order) bool { return o.Desk.Archived }},
	}
	for _, act := range acts {
		t.Run(act.action, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			id := add(t, d, 1, order.Pending)[0]
			got, err := act.do(t.Context(), d, id)
			if err != nil || !act.holds(got) {
				t.Fatalf("%v, %+v", err, got.Desk)
			}
			if diff := cmp.Diff(get(t, d, id), got); diff != "" {
				t.Errorf("returned another order than the stored one: %s", diff)
			}
			entries := audit(t, d)
			if len(entries) != 1 {
				t.Fatalf("%d audit entries", len(entries))
			}
			e := entries[0]
			if e.Action != act.action || e.Object != "order:"+id.String() || e.By != "u1" || e.Via != "page" || e.IP != asha.IP || e.Ref != asha.Ref || e.Before == e.After {
				t.Errorf("entry %+v", e)
			}
			for _, word := range []string{"Kamala", "98123", "Kochi"} {
				if strings.Contains(e.Before+e.After+e.Note, word) {
					t.Errorf("the audit holds %q: %+v", word, e)
				}
			}
		})
	}
}

func TestUndoingActs(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	id := add(t, d, 1, order.Pending)[0]
	before := get(t, d, id)
	steps := []func() (order.Order, error){
		func() (order.Order, error) { return d.SetTags(ctx, asha, id, 1, []string{"a"}) },
		func() (order.Order, error) { return d.Untag(ctx, asha, id, "A") },
		func() (order.Order, error) { return d.Hold(ctx, asha, id, 3, "stock", time.Time{}) },
		func() (order.Order, error) { return d.Release(ctx, asha, id, 4) },
		func() (order.Order, error) { return d.Assign(ctx, asha, id, "u2") },
		func() (order.Order, error) { return d.Assign(ctx, asha, id, "") },
		func() (order.Order, error) {
			return d.Correct(ctx, asha, id, 7, desk.Correction{Contact: &order.Contact{Name: "x"}})
		},
		func() (order.Order, error) {
			return d.Correct(ctx, asha, id, 8, desk.Correction{RevertContact: true, RevertAddress: true})
		},
		func() (order.Order, error) { return d.Archive(ctx, asha, id, 9, "") },
		func() (order.Order, error) { return d.Restore(ctx, asha, id) },
	}
	for i, do := range steps {
		if o, err := do(); err != nil || o.Version != int64(i+2) {
			t.Fatalf("step %d: %v, version %d", i, err, o.Version)
		}
	}
	after := get(t, d, id)
	if len(after.Desk.Tags) != 0 || after.Desk.Hold != nil || after.Desk.Assignee != "" || after.Desk.Contact != nil || after.Desk.Archived {
		t.Errorf("left %+v of %+v", after.Desk, before.Desk)
	}
	if n := len(audit(t, d)); n != len(steps) {
		t.Errorf("%d audit entries for %d acts", n, len(steps))
	}
	if _, err := d.Restore(ctx, asha, id); err != nil || len(audit(t, d)) != len(steps) {
		t.Errorf("what changes nothing was audited: %v", err)
	}
}

func TestActsRefused(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	ids := add(t, d, 2, order.Pending)
	archived := ids[1]
	if _, err := d.Archive(ctx, asha, archived, 0, ""); err != nil {
		t.Fatal(err)
	}
	unsupported := &ingest.UnsupportedError{Reason: "the shop confirms by itself"}
	broken := errors.New("no route to host")
	d.Push = func(_ context.Context, _ order.Order, to order.Status) (bool, error) {
		if to == order.Cancelled {
			return false, broken
		}
		return true, unsupported
	}
	field := func(name string) func(error) bool {
		return func(err error) bool {
			var faults order.FieldErrors
			return errors.As(err, &faults) && faults.For(name) != ""
		}
	}
	is := func(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }
	move := func(err error) bool { var m *order.TransitionError; return errors.As(err, &m) }
	tests := []struct {
		name string
		do   func(id order.ID) (order.Order, error)
		want func(error) bool
	}{
		{"a stale version", func(id order.ID) (order.Order, error) { return d.SetTags(ctx, asha, id, 9, nil) }, is(order.ErrStale)},
		{"a status on a stale version", func(id order.ID) (order.Order, error) {
			return d.SetStatus(ctx, asha, id, 9, order.Confirmed, "")
		}, is(order.ErrStale)},
		{"a jump", func(id order.ID) (order.Order, error) { return d.SetStatus(ctx, asha, id, 1, order.Delivered, "") }, move},
		{"what the platform cannot be told", func(id order.ID) (order.Order, error) {
			return d.SetStatus(ctx, asha, id, 1, order.Confirmed, "")
		}, is(unsupported)},
		{"a broken channel", func(id order.ID) (order.Order, error) { return d.SetStatus(ctx, asha, id, 1, order.Cancelled, "") }, is(desk.ErrChannel)},
		{"nobody of that id", func(id order.ID) (order.Order, error) { return d.Assign(ctx, asha, id, "u9") }, field("assignee")},
		{"somebody disabled", func(id order.ID) (order.Order, error) { return d.Assign(ctx, asha, id, "u3") }, field("assignee")},
		{"both corrections at once", func(id order.ID) (order.Order, error) {
			return d.Correct(ctx, asha, id, 1, desk.Correction{Address: &order.Address{}, Contact: &order.Contact{}})
		}, func(err error) bool { return field("name")(err) && field("line1")(err) }},
		{"nothing to retry", func(id order.ID) (order.Order, error) { return d.RetryWish(ctx, asha, id, 1) }, is(order.ErrNoWish)},
		{"nothing to drop", func(id order.ID) (order.Order, error) { return d.DropWish(ctx, asha, id, 1) }, is(order.ErrNoWish)},
		{"an archived order", func(order.ID) (order.Order, error) { return d.AddNote(ctx, asha, archived, "x") }, is(order.ErrArchived)},
		{"an unknown order", func(order.ID) (order.Order, error) { return d.AddNote(ctx, asha, 42, "x") }, is(store.ErrNotFound)},
		{"the status of an unknown order", func(order.ID) (order.Order, error) {
			return d.SetStatus(ctx, asha, 42, 1, order.Confirmed, "")
		}, is(store.ErrNotFound)},
	}
	audited := len(audit(t, d))
	for _, tt := range tests {
		before := get(t, d, ids[0])
		if _, err := tt.do(ids[0]); !tt.want(err) {
			t.Errorf("%s: got %v", tt.name, err)
		}
		if diff := cmp.Diff(before, get(t, d, ids[0])); diff != "" {
			t.Errorf("%s changed the order: %s", tt.name, diff)
		}
	}
	if n := len(audit(t, d)); n != audited {
		t.Errorf("%d entries about what did not happen", n-audited)
	}
	next, why := d.Choices(ctx, get(t, d, ids[0]))
	if len(next) != 0 || why == nil {
		t.Errorf("choices %v, %v", next, why)
	}
}

// deaf is a store whose audit takes nothing.
type deaf struct{ store.Store }

func (deaf) Audit() store.Audit { return deafAudit{} }

type deafAudit struct{ store.Audit }

func (deafAudit) Append(context.Context, ...account.Entry) ([]account.Entry, error) {
	return nil, errors.New("disk full")
}

// TestAuditLost: what was done stays done, and the loss is logged.
func TestAuditLost(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := add(t, d, 1, order.Pending)[0]
	var log bytes.Buffer
	d.Store, d.Log = deaf{d.Store}, slog.New(slog.NewTextHandler(&log, nil))
	o, err := d.AddNote(t.Context(), asha, id, "x")
	if err != nil || len(o.Desk.Notes) != 1 {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "audit entry lost") || !strings.Contains(log.String(), id.String()) {
		t.Errorf("log %q", log.String())
	}
}
