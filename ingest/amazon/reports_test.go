package amazon

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	sandbox "github.com/palmonas/palmonas-crm/ingest/sandbox/amazon"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// backfill reads a whole account under the documented limits.
func backfill(t *testing.T, options map[string]string, orders int) (s *shop.Shop, got map[string]order.Report, searches, waits int, cursor string, err error) {
	t.Helper()
	s = shop.New(shop.Config{Seed: 4, Orders: orders, Days: 30, Now: time.Now, Traits: sandbox.Traits()})
	account := sandbox.New(s, sandbox.Options{Seed: 4, Settle: -1})
	srv := httptest.NewServer(account)
	t.Cleanup(srv.Close)
	ch, sec := account.Channel(srv.URL)
	for k, v := range options {
		ch.Options[k] = v
	}
	ch.Options["since"] = time.Now().AddDate(0, 0, -31).Format(time.RFC3339)
	pause := func(context.Context, time.Duration) error { waits++; return nil }
	p, err := New(ingest.Config{Channel: ch, Secrets: sec, Sleep: pause})
	if err != nil {
		t.Fatal(err)
	}
	got = map[string]order.Report{}
	for more := true; more; {
		page, err := p.Fetch(t.Context(), cursor)
		if err != nil {
			return s, got, searches, waits, cursor, err
		}
		for _, r := range page.Reports {
			if err := r.Validate(); err != nil {
				t.Errorf("%s: %v", r.Ref.PlatformOrderID, err)
			}
			got[r.Ref.PlatformOrderID] = r
		}
		if len(page.Rejects) > 0 {
			t.Errorf("%+v", page.Rejects[0])
		}
		cursor, more = page.Next, page.More
	}
	recent, _ := s.Calls()
	for _, c := range recent {
		if c.Path == ordersPath {
			searches++
		}
	}
	return s, got, searches, waits, cursor, nil
}

// A month of five thousand orders would need fifty list calls, two and a half
// hours at Amazon's rate; from reports it is read at once, and only the last
// days come from the list.
func TestBackfillFromReports(t *testing.T) {
	t.Parallel()
	s, got, searches, waits, _, err := backfill(t, map[string]string{"backfill": "reports"}, 5000)
	if err != nil {
		t.Fatal(err)
	}
	want, missing := 0, 0
	s.Each(func(o shop.Order) {
		want++
		r, ok := got[o.ID]
		switch {
		case !ok:
			missing++
		case r.Facts.Total.Known() && r.Facts.Total.Minor != o.Total():
			t.Errorf("%s: total %s, the account has %d", o.ID, r.Facts.Total.Decimal(), o.Total())
		case r.Status == "" || len(r.Facts.Items) != len(o.Lines):
			t.Errorf("%s: %q, %d items of %d", o.ID, r.Status, len(r.Facts.Items), len(o.Lines))
		}
	})
	if missing > 0 || want != 5000 {
		t.Errorf("%d of %d orders are missing", missing, want)
	}
	if searches > 20 {
		t.Errorf("%d list calls", searches)
	}
	t.Logf("%d orders, %d list calls, %d waits", len(got), searches, waits)
}

// A seller whose application may not ask for reports is read from the list.
func TestBackfillWithoutTheRole(t *testing.T) {
	t.Parallel()
	c := cursor{Version: cursorVersion, After: time.Now().AddDate(0, 0, -20), Before: time.Now().AddDate(0, 0, -13)}
	p := &Platform{set: settings{reports: true}}
	if !p.wantsReport(c, time.Now()) {
		t.Error("an old window is not read from a report")
	}
	c.NoReport = true
	if p.wantsReport(c, time.Now()) {
		t.Error("a window without a report asks for one")
	}
	for status, none := range map[int]bool{400: true, 403: true, 404: true, 429: false, 500: false} {
		if noReport(&ingest.StatusError{Status: status}) != none {
			t.Errorf("HTTP %d", status)
		}
	}
}
