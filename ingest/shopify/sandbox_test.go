package shopify

import (
	"errors"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	sandbox "github.com/palmonas/palmonas-crm/ingest/sandbox/shopify"
	"github.com/palmonas/palmonas-crm/order"
)

// simulated is the adapter of a simulated store.
func simulated(t *testing.T, s *shop.Shop) ingest.Platform {
	t.Helper()
	st := sandbox.New(s, sandbox.Options{Seed: 1, LimitFactor: 1e6})
	srv := httptest.NewServer(st)
	t.Cleanup(srv.Close)
	ch, sec := st.Channel(srv.URL)
	p, err := New(ingest.Config{Channel: ch, Secrets: sec})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Whatever goes wrong on the way, every order of the store arrives as the store
// has it.
func TestSandboxWithFaults(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{"none", "429=0.05,500=0.05", "duplicate=0.3,repeat=0.1,overlap=5", "expire=0.2", "unparsable=0.1"} {
		t.Run(spec, func(t *testing.T) {
			t.Parallel()
			faults, err := shop.ParseFaults(spec)
			if err != nil {
				t.Fatal(err)
			}
			s := shop.New(shop.Config{Seed: 1, Orders: 600, Days: 25, Traits: sandbox.Traits(), Faults: faults, Now: time.Now})
			p, got, rejects, cursor := simulated(t, s), map[string]order.Report{}, []string(nil), ""
			for more, failures := true, 0; more; {
				page, err := p.Fetch(t.Context(), cursor)
				if err != nil {
					if failures++; !errors.Is(err, ingest.ErrTemporary) || failures > 20 {
						t.Fatal(err)
					}
					continue
				}
				for _, r := range page.Reports {
					got[r.Ref.PlatformOrderID] = r
				}
				for _, x := range page.Rejects {
					rejects = append(rejects, x.PlatformOrderID)
				}
				cursor, more = page.Next, page.More
			}
			var all []shop.Order
			s.Each(func(o shop.Order) { all = append(all, o) })
			for _, o := range all {
				r, ok := got[o.ID]
				switch {
				case s.Unparsable(o):
					if !slices.Contains(rejects, o.ID) {
						t.Errorf("%s, which cannot be read, was not set aside", o.ID)
					}
				case !ok:
					t.Errorf("%s is missing", o.ID)
				case !r.At.Equal(o.Updated.Truncate(time.Second)), r.Status != o.Status:
					t.Errorf("%s is %s as of %s, the store has %s as of %s", o.ID, r.Status, r.At, o.Status, o.Updated)
				case slices.Contains(r.Facts.Flags, order.NeedsAttention):
					t.Errorf("%s is flagged", o.ID)
				}
			}
		})
	}
}

// A status that is told shows when the order is read.
func TestSandboxPush(t *testing.T) {
	t.Parallel()
	s := shop.New(shop.Config{Seed: 2, Orders: 200, Days: 5, Traits: sandbox.Traits(), Now: time.Now})
	p := simulated(t, s)
	var id string
	s.Each(func(o shop.Order) {
		if o.Status == order.Confirmed && !o.COD {
			id = o.ID
		}
	})
	r, err := p.FetchOne(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	o := order.Order{Ref: r.Ref, Status: r.Status, Facts: r.Facts}
	o.Facts.Shipment = order.Shipment{Carrier: "Delhivery", AWB: "AWB77"}
	for _, to := range []order.Status{order.Shipped, order.Delivered, order.Returned, order.Refunded} {
		if err := p.(ingest.Pusher).Push(t.Context(), o, order.Wish{Status: to, At: time.Now(), Key: "k-" + string(to)}); err != nil {
			t.Fatalf("%s: %v", to, err)
		}
		got, err := p.FetchOne(t.Context(), id)
		if err != nil || got.Status != to || got.Facts.Shipment.AWB != "AWB77" {
			t.Fatalf("told %s, reads %s with parcel %q, %v", to, got.Status, got.Facts.Shipment.AWB, err)
		}
	}
	err = p.(ingest.Pusher).Push(t.Context(), o, order.Wish{Status: order.Cancelled, At: time.Now(), Key: "k-cancel"})
	var refused *ingest.RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("cancelled after the refund: %v", err)
	}
}
