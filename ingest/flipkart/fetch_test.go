package flipkart

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// Whatever the history, the page size and the lost page links: every order
// arrives, with all its shipments.
func TestEveryShipmentArrives(t *testing.T) {
	t.Parallel()
	words := []string{"APPROVED", "PACKED", "SHIPPED", "DELIVERED", "CANCELLED", "RETURNED", "NEW_WORD"}
	rapid.Check(t, func(rt *rapid.T) {
		s := newSeller(t)
		s.pageSize = rapid.IntRange(1, 5).Draw(rt, "page size")
		want := map[string]int{}
		for i, minutes := range rapid.SliceOfN(rapid.IntRange(1, 35*24*60), 0, 25).Draw(rt, "modified minutes ago") {
			id := fmt.Sprintf("OD%d", rapid.IntRange(1, 12).Draw(rt, "order"))
			s.put(fmt.Sprintf("S%d", i), id, day.Add(-time.Duration(minutes)*time.Minute), rapid.SampledFrom(words).Draw(rt, "word"))
			want[id]++
		}
		lost := rapid.SliceOfN(rapid.IntRange(1, 60), 0, 3).Draw(rt, "calls whose link is refused")
		s.hook = func(w http.ResponseWriter, r *http.Request) bool {
			if !r.URL.Query().Has("token") || !slices.Contains(lost, len(s.calls)) {
				return false
			}
			w.WriteHeader(http.StatusBadRequest)
			return true
		}
		p := s.platform(t, at(day), "since", day.Add(-36*24*time.Hour).Format(time.RFC3339))
		// Not bounded by the test server's clock, which is ours and later.
		got, _ := drain(t, p, "")
		have := map[string]int{}
		for id, r := range got {
			have[id] = len(r.Facts.Items)
		}
		if d := cmp.Diff(want, have); d != "" {
			rt.Fatalf("shipments by order (-want +got):\n%s", d)
		}
	})
}

func TestPollReadsThreeLists(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	s.put("S1", "OD1", day.Add(-time.Hour), "APPROVED")
	now := day
	p := s.platform(t, func() time.Time { return now })
	_, cursor := drain(t, p, "")
	s.calls = nil
	now = day.Add(time.Minute)
	got, _ := drain(t, p, cursor)
	if len(s.calls) != 3 || len(got) != 0 {
		t.Errorf("%d calls for nothing new: %v", len(s.calls), s.calls)
	}
	// It moved to another list since; one poll must find it there.
	s.shipments = nil
	s.put("S1", "OD1", now, "SHIPPED")
	if got, _ = drain(t, p, cursor); got["OD1"].Status != order.Shipped {
		t.Errorf("after it was shipped: %+v", got)
	}
}

func TestShipmentsOfOneOrderAreReadTogether(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	s.put("S1", "OD1", day.Add(-40*24*time.Hour), "APPROVED") // outside the window
	s.put("S2", "OD1", day.Add(-time.Hour), "SHIPPED")
	s.put("S3", "OD1", day.Add(-2*time.Hour), "CANCELLED")
	got, _ := drain(t, s.platform(t, at(day)), "")
	r := got["OD1"]
	if len(r.Facts.Items) != 3 || r.Status != order.Processing || !slices.Equal(r.Facts.Flags, []order.Flag{order.PartiallyCancelled, order.PartiallyShipped}) {
		t.Errorf("%s %v, %d items", r.Status, r.Facts.Flags, len(r.Facts.Items))
	}
	if r.Facts.Shipment.AWB != "FMPCS2" || r.Facts.Customer != (order.Customer{}) {
		t.Errorf("parcel %+v, customer %+v; Flipkart's own parcels have no customer", r.Facts.Shipment, r.Facts.Customer)
	}
}

func TestSelfShippedOrderHasACustomer(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	s.put("S1", "OD1", day.Add(-time.Hour), "APPROVED")["shipmentType"] = "SELF"
	p := s.platform(t, at(day))
	want := order.Customer{Name: "Asha Kumari", Phone: "+919000000001",
		Address: order.Address{Line1: "12 MG Road", Line2: "Near park", City: "Pune", State: "Maharashtra", Pincode: "411001", Country: "IN"}}
	for _, id := range []string{"OD1", "shipment:S1", "item:S11"} {
		r, err := p.FetchOne(t.Context(), id)
		if d := cmp.Diff(want, r.Facts.Customer); err != nil || d != "" || r.Ref.PlatformOrderID != "OD1" {
			t.Errorf("%s: %v (-want +got):\n%s", id, err, d)
		}
	}
	// The shipping view is not documented well; without it the order is still there.
	s.hook = func(w http.ResponseWriter, r *http.Request) bool {
		if r.PathValue("ids") == "S1" {
			w.WriteHeader(http.StatusForbidden)
		}
		return r.PathValue("ids") == "S1"
	}
	if r, err := p.FetchOne(t.Context(), "OD1"); err != nil || r.Facts.Customer != (order.Customer{}) {
		t.Errorf("without the view: %+v, %v", r.Facts.Customer, err)
	}
	for _, id := range []string{"shipment:S9", "item:9", "shipment:", "item:../x"} {
		if _, err := p.FetchOne(t.Context(), id); !errors.Is(err, ingest.ErrGone) {
			t.Errorf("%s: %v, want ErrGone", id, err)
		}
	}
}

func TestPageLinks(t *testing.T) {
	t.Parallel()
	for link, ok := range map[string]bool{
		"/v3/shipments/filter?nextPage=true&token=x": true,
		"/v3/shipments/filter/next":                  true,
		"https://evil.example/v3/shipments/filter":   false,
		"//evil.example/v3/shipments/filter":         false,
		"/v3/shipments/../../oauth-service":          false,
		"/v3/shipments/%2e%2e/x":                     false,
		"/v2/returns":                                false,
		"":                                           false,
	} {
		if pageLink(link) != ok {
			t.Errorf("%q: accepted %v", link, !ok)
		}
	}
}

func TestPageLinksRejectedForEver(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	s.pageSize = 1
	for i := range 3 {
		s.put(fmt.Sprint("S", i), fmt.Sprint("OD", i), day.Add(-time.Hour), "APPROVED")
	}
	s.hook = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Has("token") {
			w.WriteHeader(http.StatusGone)
		}
		return r.URL.Query().Has("token")
	}
	now := day
	p := s.platform(t, func() time.Time { return now })
	cursor, err := p.Since(day.Add(-2*time.Hour), time.Time{}), error(nil)
	got := map[string]order.Report{}
	for n := 0; err == nil; n++ {
		var page ingest.Page
		if page, err = p.Fetch(t.Context(), cursor); err == nil {
			cursor = page.Next
		}
		for _, r := range page.Reports {
			got[r.Ref.PlatformOrderID] = r
		}
		if n > 30 {
			t.Fatal("it goes on for ever, unnoticed")
		}
	}
	if !errors.Is(err, ingest.ErrTemporary) {
		t.Fatalf("error %v, want ErrTemporary", err)
	}
	s.hook, now = nil, now.Add(restartRest)
	rest, _ := drain(t, p, cursor)
	if maps.Copy(got, rest); len(got) != 3 {
		t.Errorf("after the platform recovered: %d orders", len(got))
	}
}

func TestNewNamesEveryFault(t *testing.T) {
	t.Parallel()
	cfg := ingest.Config{}
	cfg.Channel.BaseURL = "http://api.flipkart.net"
	cfg.Channel.Options = map[string]string{"since": "yesterday", "delivery_days": "0"}
	cfg.Secrets.Webhook = []string{" "}
	_, err := New(cfg)
	for _, want := range []string{"app_id", "app_secret", "base_url", "since", "delivery_days", "webhook secret"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named in: %v", want, err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(`{"v":1,"from":"2026-03-01T00:00:00Z","until":"2026-03-02T00:00:00Z"}`)
	f.Add(`{"v":1,"from":"2026-03-01T00:00:00Z","to":"2026-03-08T00:00:00Z","list":2,"past":true,"next":"/v3/shipments/filter?x=1","restarts":9}`)
	p := &Platform{now: at(day)}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := p.parseCursor(text)
		if err != nil {
			return
		}
		c = c.begin(day)
		if c.Done {
			return
		}
		next, _ := c.next("", day, day)
		back, err := p.parseCursor(next.String())
		if err != nil || back.From.Before(c.From.Truncate(time.Millisecond)) {
			t.Errorf("next %s: %v", next, err)
		}
	})
}
