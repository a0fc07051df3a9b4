package desk_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

var job = desk.Actor{By: "u1", Via: "page", Ref: "job-1"}

// run carries an action out and returns the outcomes by order.
func run(t testing.TB, d desk.Desk, a desk.Action, ids []order.ID) (map[order.ID]desk.Outcome, desk.Tally) {
	t.Helper()
	got := map[order.ID]desk.Outcome{}
	tally, err := d.Run(t.Context(), job, a, ids, func(list []desk.Outcome) error {
		for _, o := range list {
			got[o.ID] = o
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, tally
}

func undo(t testing.TB, d desk.Desk, a desk.Action, done map[order.ID]desk.Outcome) (map[order.ID]desk.Outcome, desk.Tally) {
	t.Helper()
	before, got := map[order.ID]desk.Before{}, map[order.ID]desk.Outcome{}
	for id, o := range done {
		if o.What == desk.Changed {
			before[id] = *o.Before
		}
	}
	tally, err := d.Undo(t.Context(), job, a, before, func(list []desk.Outcome) error {
		for _, o := range list {
			got[o.ID] = o
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, tally
}

func TestPlanThenRun(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ids := add(t, d, 6, order.Confirmed, order.Shipped, order.Processing)
	if _, err := d.Hold(t.Context(), asha, ids[3], 0, "waits for Kamala", time.Time{}); err != nil { // confirmed
		t.Fatal(err)
	}
	if _, err := d.Archive(t.Context(), asha, ids[0], 0, ""); err != nil { // confirmed
		t.Fatal(err)
	}
	d.Push = func(_ context.Context, o order.Order, _ order.Status) (bool, error) {
		if o.ID == ids[5] {
			return false, errors.New("no route to host")
		}
		return true, nil
	}
	a := desk.Action{Kind: desk.BulkStatus, Status: order.Shipped, Note: "picked up"}
	all := append(slices.Clone(ids), 42, ids[2])
	p, err := d.Plan(t.Context(), a, desk.Selection{IDs: all})
	if err != nil {
		t.Fatal(err)
	}
	want := map[order.ID]string{ids[0]: "archived", ids[1]: "has this status already", ids[3]: "an order that is confirmed cannot become shipped",
		ids[4]: "has this status already", ids[5]: "its channel does not work right now", 42: "no such order"}
	got := map[order.ID]string{}
	for _, s := range p.Skipped {
		got[s.ID] = s.Reason
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if p.Requested() != 7 || p.Allowed != 1 || p.Reasons[0] != (desk.Count{Reason: "has this status already", Orders: 2}) {
		t.Errorf("requested %d, allowed %d, reasons %v", p.Requested(), p.Allowed, p.Reasons)
	}
	audited := len(audit(t, d))
	outcomes, tally := run(t, d, p.Action, p.IDs)
	if tally != (desk.Tally{Changed: 1, Skipped: 6}) {
		t.Errorf("tally %+v", tally)
	}
	for id, reason := range want {
		if o := outcomes[id]; o.What != desk.Skipped || o.Why != reason {
			t.Errorf("%s: %+v, want the reason of the dry run: %s", id, o, reason)
		}
	}
	o := get(t, d, ids[2])
	if o.Status != order.Shipped || o.Wish.State != order.WishWaiting || o.History[len(o.History)-1].Note != "picked up" {
		t.Errorf("%s, wish %+v", o.Status, o.Wish)
	}
	entries := audit(t, d)
	if len(entries) != audited+2 {
		t.Fatalf("%d audit entries for one bulk act", len(entries)-audited)
	}
	if begun := entries[1]; begun.Note != "begun" || begun.Action != entries[0].Action || begun.Object != "job:job-1" {
		t.Errorf("its beginning: %+v", begun)
	}
	e := entries[0]
	if e.Action != "order.bulk.status" || e.Object != "job:job-1" || e.After != `{"status":"shipped","requested":7,"changed":1,"skipped":6,"failed":0}` || strings.Contains(e.After+e.Note, "picked") {
		t.Errorf("entry %+v", e)
	}
}

// TestPlanOfAQuery: the same query as the list, frozen when it is looked at.
func TestPlanOfAQuery(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ids := add(t, d, 5, order.Pending, order.Shipped)
	if _, err := d.Archive(t.Context(), asha, ids[2], 0, ""); err != nil {
		t.Fatal(err)
	}
	q := order.Query{Where: order.Term{Field: order.FieldStatus, Text: []string{"pending"}}, Sort: order.NewestFirst}
	p, err := d.Plan(t.Context(), desk.Action{Kind: desk.BulkTag, Tag: " rush "}, desk.Selection{Query: &q})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.IDs, []order.ID{ids[0], ids[4]}) || p.Action.Tag != "rush" {
		t.Errorf("ids %v, action %+v", p.IDs, p.Action)
	}
	again, err := d.Plan(t.Context(), desk.Action{Kind: desk.BulkTag, Tag: "rush"}, desk.Selection{IDs: []order.ID{ids[4], ids[0]}})
	if err != nil || again.Fingerprint() != p.Fingerprint() {
		t.Error("the fingerprint depends on the sequence")
	}
	again, err = d.Plan(t.Context(), desk.Action{Kind: desk.BulkTag, Tag: "rush"}, desk.Selection{IDs: []order.ID{ids[4], ids[1]}})
	if err != nil || again.Fingerprint() == p.Fingerprint() {
		t.Error("another list has the same fingerprint")
	}
}

func TestPlanRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ids := add(t, d, 1, order.Pending)
	for field, a := range map[string]desk.Action{
		"action":   {Kind: "delete"},
		"status":   {Kind: desk.BulkStatus, Status: order.Pending},
		"note":     {Kind: desk.BulkStatus, Status: order.Shipped, Note: strings.Repeat("x", 2001)},
		"tag":      {Kind: desk.BulkTag, Tag: "a,b"},
		"assignee": {Kind: desk.BulkAssign, Assignee: "u3"},
		"reason":   {Kind: desk.BulkHold},
		"until":    {Kind: desk.BulkHold, Reason: "x", Until: ordertest.Noon().Add(-time.Hour)},
	} {
		var faults order.FieldErrors
		if _, err := d.Plan(t.Context(), a, desk.Selection{IDs: ids}); !errors.As(err, &faults) || faults.For(field) == "" {
			t.Errorf("%+v: got %v, want a fault at %s", a, err, field)
		}
	}
	var faults order.FieldErrors
	for name, sel := range map[string]desk.Selection{
		"none": {}, "too many": {IDs: make([]order.ID, desk.MaxBulk+1)},
		"an empty query": {Query: &order.Query{Where: order.Or{}, Sort: order.NewestFirst}},
	} {
		if _, err := d.Plan(t.Context(), desk.Action{Kind: desk.BulkRelease}, sel); !errors.As(err, &faults) || faults.For("ids") == "" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestEveryAction: each takes effect, is skipped with a reason when it is said
// again, and is undone without a trace but the history.
func TestEveryAction(t *testing.T) {
	t.Parallel()
	until := ordertest.Noon().Add(24 * time.Hour)
	tests := []struct {
		a     desk.Action
		setUp func(d desk.Desk, id order.ID) error
		holds func(order.Order) bool
		again string
	}{
		{a: desk.Action{Kind: desk.BulkStatus, Status: order.Cancelled}, holds: func(o order.Order) bool { return o.Status == order.Cancelled }, again: "has this status already"},
		{a: desk.Action{Kind: desk.BulkTag, Tag: "vip"}, holds: func(o order.Order) bool { return o.HasTag("vip") }, again: "has this tag already"},
		{a: desk.Action{Kind: desk.BulkUntag, Tag: "old"}, holds: func(o order.Order) bool { return !o.HasTag("old") }, again: "does not have this tag"},
		{a: desk.Action{Kind: desk.BulkAssign, Assignee: "u2"}, holds: func(o order.Order) bool { return o.Desk.Assignee == "u2" }, again: "assigned to this person already"},
		{a: desk.Action{Kind: desk.BulkAssign}, setUp: func(d desk.Desk, id order.ID) error {
			_, err := d.Assign(context.Background(), asha, id, "u2")
			return err
		}, holds: func(o order.Order) bool { return o.Desk.Assignee == "" }, again: "assigned to nobody already"},
		{a: desk.Action{Kind: desk.BulkHold, Reason: "stock", Until: until}, holds: func(o order.Order) bool { return o.Desk.Hold.Until.Equal(until) }, again: "on hold for this reason already"},
		{a: desk.Action{Kind: desk.BulkHold, Reason: "stock"}, setUp: func(d desk.Desk, id order.ID) error {
			_, err := d.Hold(context.Background(), asha, id, 0, "first", until)
			return err
		}, holds: func(o order.Order) bool { return o.Desk.Hold.Reason == "stock" }, again: "on hold for this reason already"},
		{a: desk.Action{Kind: desk.BulkRelease}, setUp: func(d desk.Desk, id order.ID) error {
			_, err := d.Hold(context.Background(), asha, id, 0, "first", until)
			return err
		}, holds: func(o order.Order) bool { return o.Desk.Hold == nil }, again: "not on hold"},
		{a: desk.Action{Kind: desk.BulkArchive, Reason: "a test"}, holds: func(o order.Order) bool { return o.Desk.Archived }, again: "archived"},
		{a: desk.Action{Kind: desk.BulkRestore}, setUp: func(d desk.Desk, id order.ID) error {
			_, err := d.Archive(context.Background(), asha, id, 0, "")
			return err
		}, holds: func(o order.Order) bool { return !o.Desk.Archived }, again: "not archived"},
	}
	for _, tt := range tests {
		t.Run(string(tt.a.Kind), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			id := add(t, d, 1, order.Pending)[0]
			if _, err := d.SetTags(t.Context(), asha, id, 0, []string{"old"}); err != nil {
				t.Fatal(err)
			}
			if tt.setUp != nil {
				if err := tt.setUp(d, id); err != nil {
					t.Fatal(err)
				}
			}
			before := get(t, d, id)
			done, tally := run(t, d, tt.a, []order.ID{id})
			if tally.Changed != 1 || !tt.holds(get(t, d, id)) {
				t.Fatalf("%+v, %+v", done[id], get(t, d, id).Desk)
			}
			if again, _ := run(t, d, tt.a, []order.ID{id}); again[id].What != desk.Skipped || again[id].Why != tt.again {
				t.Errorf("again: %+v, want %q", again[id], tt.again)
			}
			back, tally := undo(t, d, tt.a, done)
			if tally.Changed != 1 {
				t.Fatalf("undo: %+v", back[id])
			}
			after := get(t, d, id)
			if after.Desk.Hold != nil {
				after.Desk.Hold.By, after.Desk.Hold.At = before.Desk.Hold.By, before.Desk.Hold.At
			}
			if before.Status != after.Status || !cmp.Equal(before.Wish, after.Wish) || !cmp.Equal(before.Desk, after.Desk) {
				t.Errorf("left %s %+v\nof   %s %+v", after.Status, after.Desk, before.Status, before.Desk)
			}
			if n := len(after.History); n != len(before.History)+2 {
				t.Errorf("%d entries in the history for an act and its undo", n-len(before.History))
			}
			if again, tally := undo(t, d, tt.a, done); tally.Changed != 0 {
				t.Errorf("undone twice: %+v", again[id])
			}
		})
	}
}

// TestUndoStopsAtThePlatform: an order that was pushed, or that somebody moved
// on, keeps its status; the others go back.
func TestUndoStopsAtThePlatform(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.Push = func(context.Context, order.Order, order.Status) (bool, error) { return true, nil }
	ids := add(t, d, 3, order.Pending)
	a := desk.Action{Kind: desk.BulkStatus, Status: order.Confirmed}
	done, _ := run(t, d, a, ids)
	if _, err := d.Store.Orders().Update(t.Context(), ids[0], func(o *order.Order) error {
		o.MarkTried(ordertest.Noon().Add(time.Minute))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.SetStatus(t.Context(), asha, ids[1], 0, order.Processing, ""); err != nil {
		t.Fatal(err)
	}
	back, tally := undo(t, d, a, done)
	if tally != (desk.Tally{Changed: 1, Skipped: 2}) || back[ids[0]].Why == "" || back[ids[1]].Why == "" {
		t.Errorf("%+v %+v", tally, back)
	}
	for i, want := range []order.Status{order.Confirmed, order.Processing, order.Pending} {
		if o := get(t, d, ids[i]); o.Status != want {
			t.Errorf("order %d is %s, want %s", i, o.Status, want)
		}
	}
}

func TestJournal(t *testing.T) {
	t.Parallel()
	want := []desk.Outcome{
		{ID: order.NewID(ordertest.Noon(), 1), Order: "W1", What: desk.Changed, Before: &desk.Before{Key: "k", Wish: &order.Wish{Status: order.Confirmed, At: ordertest.Noon()}}},
		{ID: order.NewID(ordertest.Noon(), 2), What: desk.Skipped, Why: "on hold"},
	}
	var b bytes.Buffer
	if err := errors.Join(desk.WriteOutcomes(&b, want[:1]), desk.WriteOutcomes(&b, want[1:])); err != nil {
		t.Fatal(err)
	}
	b.WriteString(`{"id":"cut o`)
	var got []desk.Outcome
	if err := desk.ReadOutcomes(&b, func(o desk.Outcome) error { got = append(got, o); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := desk.ReadOutcomes(strings.NewReader("{\n"), func(desk.Outcome) error { return nil }); err == nil {
		t.Error("a broken line was read")
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	want := map[desk.Kind]account.Permission{desk.BulkStatus: account.OrdersStatus, desk.BulkArchive: account.OrdersDelete, desk.BulkRestore: account.OrdersDelete}
	for _, k := range desk.Kinds() {
		expected := account.OrdersEdit
		if p, special := want[k]; special {
			expected = p
		}
		if k.Permission() != expected {
			t.Errorf("%s needs %s", k, k.Permission())
		}
	}
}

func TestUnsupportedIsSkippedWithThePlatformsReason(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ids := add(t, d, 1, order.Pending)
	d.Push = func(context.Context, order.Order, order.Status) (bool, error) {
		return false, &ingest.UnsupportedError{Reason: "the marketplace confirms by itself"}
	}
	p, err := d.Plan(t.Context(), desk.Action{Kind: desk.BulkStatus, Status: order.Confirmed}, desk.Selection{IDs: ids})
	if err != nil || p.Skipped[0].Reason != "the marketplace confirms by itself" || p.Skipped[0].Order == "" {
		t.Errorf("%v %+v", err, p.Skipped)
	}
}
