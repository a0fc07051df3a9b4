package platformtest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

func wantIDs(t *testing.T, got read, want []string) {
	t.Helper()
	want = slices.Clone(want)
	slices.Sort(want)
	if diff := cmp.Diff(want, got.ids()); diff != "" {
		t.Errorf("orders differ (-want +got):\n%s", diff)
	}
}

func testPaging(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	ids := w.add(10)
	got := w.run(w.adapter(), "")
	wantIDs(t, got, ids)
	if got.pages < 4 {
		t.Errorf("%d pages for 10 orders of 3 a page", got.pages)
	}
	if got.cursor == "" {
		t.Error("no cursor after a whole run: the next one would read everything again")
	}
}

func testSameCursor(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	w.add(7)
	p := w.adapter()
	first, err := p.Fetch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		again, err := p.Fetch(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if len(again.Reports) != len(first.Reports) || again.More != first.More {
			t.Fatalf("%d orders, then %d", len(first.Reports), len(again.Reports))
		}
		for i := range again.Reports {
			if again.Reports[i].Ref != first.Reports[i].Ref {
				t.Errorf("order %d: %v, then %v", i, first.Reports[i].Ref, again.Reports[i].Ref)
			}
		}
	}
}

func testResume(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	ids := w.add(10)
	page, err := w.adapter().Fetch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	got := w.run(w.adapter(), roundTrip(w, page.Next))
	for _, r := range page.Reports {
		got.reports[r.Ref.PlatformOrderID] = r
	}
	wantIDs(t, got, ids)
}

func testLate(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	w.add(5)
	cursor := w.run(w.adapter(), "").cursor
	late := w.now().Add(-c.LateBy)
	id := w.put(Order{ID: c.OrderID(500), Created: late, Modified: late})
	if got := w.run(w.adapter(), cursor); !slices.Contains(got.ids(), id) {
		t.Errorf("an order that turned up %s late was not found, only %v", c.LateBy, got.ids())
	}
}

func testRange(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	noon := w.now().Add(-48 * time.Hour).Truncate(time.Hour)
	for i := range 24 {
		at := noon.Add(time.Duration(i) * time.Hour)
		w.put(Order{ID: c.OrderID(i + 1), Created: at, Modified: at})
	}
	p := w.adapter()
	got := w.run(p, p.Since(noon.Add(5*time.Hour), noon.Add(9*time.Hour)))
	for i := 5; i < 9; i++ {
		if !slices.Contains(got.ids(), c.OrderID(i+1)) {
			t.Errorf("the order of hour %d is missing", i)
		}
	}
	if n := len(got.reports); n > 8 {
		t.Errorf("%d orders for 4 hours of one each", n)
	}
	if open := w.run(p, p.Since(noon.Add(20*time.Hour), time.Time{})); !slices.Contains(open.ids(), c.OrderID(24)) {
		t.Error("an open range misses the newest order")
	}
}

func testQuiet(t *testing.T, c Case) {
	w := newWorld(t, c, 50)
	w.put(Order{ID: c.OrderID(1), Created: w.now().Add(-72 * time.Hour), Modified: w.now().Add(-72 * time.Hour)})
	p := w.adapter()
	cursor := w.run(p, "").cursor
	for range 3 {
		w.advance(time.Minute)
		before := w.count()
		got := w.run(p, cursor)
		cursor = got.cursor
		if n := w.count() - before; n != got.pages || n > 3 {
			t.Errorf("%d requests for %d pages", n, got.pages)
		}
	}
}

func testChanged(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	ids := w.add(4)
	p := w.adapter()
	before := w.run(p, "")
	w.advance(time.Hour)
	w.put(Order{ID: ids[1], Created: before.reports[ids[1]].Facts.OrderedAt, Modified: w.now().Add(-time.Minute)})
	after := w.run(p, before.cursor)
	r, ok := after.reports[ids[1]]
	if !ok {
		t.Fatal("the changed order is missing")
	}
	if !r.At.After(before.reports[ids[1]].At) {
		t.Errorf("its time did not move: %s", r.At)
	}
}

func testTies(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	var ids []string
	at := w.now().Add(-time.Hour)
	for i := range 10 {
		ids = append(ids, w.put(Order{ID: c.OrderID(i + 1), Created: at, Modified: at}))
	}
	ids = append(ids, w.put(Order{ID: c.OrderID(50), Created: at.Add(time.Minute), Modified: at.Add(time.Minute)}))
	wantIDs(t, w.run(w.adapter(), ""), ids)
}

func testStatuses(t *testing.T, c Case) {
	if len(c.Statuses) == 0 {
		t.Fatal("the case names no status")
	}
	w := newWorld(t, c, 50)
	want, n := map[string]order.Status{}, 0
	for word, status := range c.Statuses {
		n++
		at := w.now().Add(-time.Duration(n) * time.Minute)
		want[w.put(Order{ID: c.OrderID(n), Created: at, Modified: at, Status: word})] = status
	}
	got := w.run(w.adapter(), "")
	for id, status := range want {
		if r := got.reports[id]; r.Status != status {
			t.Errorf("%q became %q, want %q", r.Facts.PlatformStatus, r.Status, status)
		}
	}
}

func testUnknownStatus(t *testing.T, c Case) {
	w := newWorld(t, c, 50)
	at := w.now().Add(-time.Minute)
	id := w.put(Order{ID: c.OrderID(1), Created: at, Modified: at, Status: c.UnknownStatus})
	got := w.run(w.adapter(), "")
	r, ok := got.reports[id]
	if !ok {
		t.Fatalf("the order is missing; rejects: %v", reasons(got.rejects))
	}
	if r.Status != "" || r.Facts.PlatformStatus != c.UnknownStatus {
		t.Errorf("status %q, word %q; want none and %q", r.Status, r.Facts.PlatformStatus, c.UnknownStatus)
	}
}

func testBare(t *testing.T, c Case) {
	w := newWorld(t, c, 50)
	at := w.now().Add(-time.Minute)
	id := w.put(Order{ID: c.OrderID(1), Created: at, Modified: at, Bare: true})
	got := w.run(w.adapter(), "")
	if r, ok := got.reports[id]; !ok || !r.Facts.OrderedAt.Equal(at) {
		t.Errorf("order %+v; rejects: %v", r.Ref, reasons(got.rejects))
	}
}

func testBroken(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	ids := w.add(7)
	at := w.now().Add(-3*time.Minute - time.Second)
	bad := w.put(Order{ID: c.OrderID(99), Created: at, Modified: at, Broken: true})
	got := w.run(w.adapter(), "")
	wantIDs(t, got, ids)
	if len(got.rejects) == 0 {
		t.Fatal("nothing was set aside")
	}
	for _, x := range got.rejects {
		if x.Reason == "" || len(x.Payload) == 0 || x.PlatformOrderID != bad {
			t.Errorf("set aside: order %q, reason %q, %d bytes; want order %q", x.PlatformOrderID, x.Reason, len(x.Payload), bad)
		}
	}
}

func reasons(rejects []ingest.Reject) []string {
	var all []string
	for _, x := range rejects {
		all = append(all, x.Reason)
	}
	return all
}

func testFetchOne(t *testing.T, c Case) {
	w := newWorld(t, c, 3)
	ids := w.add(3)
	p := w.adapter()
	r, err := p.FetchOne(t.Context(), ids[1])
	if err != nil || r.Ref.PlatformOrderID != ids[1] {
		t.Fatalf("order %q, %v", r.Ref.PlatformOrderID, err)
	}
	w.check(r)
	listed := w.run(p, "").reports[ids[1]]
	if diff := cmp.Diff(listed.Facts, r.Facts); diff != "" || listed.Status != r.Status || !listed.At.Equal(r.At) {
		t.Errorf("read alone it differs from the list:\n%s", diff)
	}
	if _, err := p.FetchOne(t.Context(), c.GoneID); !errors.Is(err, ingest.ErrGone) {
		t.Errorf("unknown order: %v, want ErrGone", err)
	}
	for _, id := range []string{"", "..", "../" + ids[0], ids[0] + "/../" + ids[1], ids[0] + "?x=1", ids[0] + "#x", "a b\r\nX: y", "%2e%2e"} {
		if r, err := p.FetchOne(t.Context(), id); err == nil {
			t.Errorf("id %q gave order %q", id, r.Ref.PlatformOrderID)
		}
	}
}
