package platformtest

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

func sorted(orders []Order) []Order {
	slices.SortFunc(orders, func(a, b Order) int {
		return cmp.Or(a.Modified.Compare(b.Modified), cmp.Compare(a.ID, b.ID))
	})
	return orders
}

// read is what a run brought.
type read struct {
	cursor  string
	pages   int
	reports map[string]order.Report // the last of each id
	rejects []ingest.Reject
}

func (r read) ids() []string {
	ids := make([]string, 0, len(r.reports))
	for id := range r.reports {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// run reads from a cursor until no page waits, as the Syncer does: every report
// is checked, and the cursor goes through text as it does in a store.
func (w *world) run(p ingest.Platform, cursor string) read {
	w.t.Helper()
	got := read{cursor: cursor, reports: map[string]order.Report{}}
	for more := true; more; {
		if got.pages++; got.pages > 200 {
			w.t.Fatal("paging does not end")
		}
		page, err := p.Fetch(w.t.Context(), got.cursor)
		if err != nil {
			w.t.Fatalf("page %d: %v", got.pages, err)
		}
		if page.More && (page.Next == "" || page.Next == got.cursor) {
			w.t.Fatalf("page %d says that more waits, but its cursor does not move", got.pages)
		}
		for _, r := range page.Reports {
			w.check(r)
			got.reports[r.Ref.PlatformOrderID] = r
		}
		got.rejects = append(got.rejects, page.Rejects...)
		if page.Next != "" {
			got.cursor = roundTrip(w, page.Next)
		}
		more = page.More
	}
	return got
}

// roundTrip is what becomes of a cursor in a store.
func roundTrip(w *world, cursor string) string {
	w.t.Helper()
	b, err := json.Marshal(cursor)
	if err != nil {
		w.t.Fatal(err)
	}
	var back string
	if err := json.Unmarshal(b, &back); err != nil || back != cursor {
		w.t.Fatalf("cursor %q does not survive as JSON text", cursor)
	}
	return back
}

// check holds a report to what the store demands.
func (w *world) check(r order.Report) {
	w.t.Helper()
	ch := w.c.Channel(w.srv.URL)
	r.Ref.Channel, r.Platform = ch.ID, ch.Platform
	if err := r.Validate(); err != nil {
		w.t.Errorf("order %s: %v", r.Ref.PlatformOrderID, err)
	}
	if r.Facts.PlatformStatus == "" {
		w.t.Errorf("order %s: the platform's own word is missing", r.Ref.PlatformOrderID)
	}
	if r.Facts.OrderNumber == "" {
		w.t.Errorf("order %s: no order number", r.Ref.PlatformOrderID)
	}
	if r.At.Location().String() != "UTC" || r.Facts.OrderedAt.Location().String() != "UTC" {
		w.t.Errorf("order %s: times are not UTC", r.Ref.PlatformOrderID)
	}
}

// quiet fails the test if an error tells a secret.
func (w *world) quiet(err error) {
	w.t.Helper()
	for name, secret := range w.c.Secrets.Credentials {
		if err != nil && secret != "" && strings.Contains(err.Error(), secret) {
			w.t.Errorf("the error tells %s: %v", name, err)
		}
	}
}
