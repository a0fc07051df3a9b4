package privacy

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// What was erased is found by nothing and comes back with nothing; other
// customers keep theirs.
func TestErase(t *testing.T) {
	t.Parallel()
	now := ordertest.Noon()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "p.db"), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	one, two := ordertest.Report("shop", "1", now), ordertest.Report("shop", "2", now)
	two.Facts.Customer = order.Customer{Name: "Somebody Else", Email: "else@example.com"}
	if _, err := s.Orders().Absorb(t.Context(), []order.Report{one, two}, now); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"1", "2"} {
		q := channel.Quarantined{ID: "q" + id, Channel: "shop", Source: order.FromWebhook, PlatformOrderID: id, Reason: "r", Payload: []byte("Ishita Rao"), FirstAt: now, LastAt: now, Times: 1}
		if err := s.Channels().Quarantine(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	r := Request{Channel: "shop", Orders: []string{"1", "unknown"}, By: "system", Via: "webhook", Reason: "asked by the platform"}
	done, err := Erase(t.Context(), s, r, now)
	if err != nil || done != (Erased{Orders: 1, Records: 1}) {
		t.Fatalf("%+v, %v", done, err)
	}
	if again, err := Erase(t.Context(), s, r, now); err != nil || again != (Erased{}) {
		t.Errorf("again: %+v, %v", again, err)
	}
	if _, err := s.Orders().Absorb(t.Context(), []order.Report{one}, now); err != nil {
		t.Fatal(err)
	}
	o, err := s.Orders().ByRef(t.Context(), one.Ref)
	if err != nil || !o.Erased() || o.Facts.Customer.Name != "" || o.Facts.Total != one.Facts.Total {
		t.Errorf("%+v, %v", o.Facts.Customer, err)
	}
	for words, want := range map[string]int{"ishita": 0, "somebody": 1} {
		if n, err := s.Orders().Count(t.Context(), order.Term{Field: order.Words, Text: []string{words}}, 10); err != nil || n != want {
			t.Errorf("%s finds %d, %v", words, n, err)
		}
	}
	if n, err := s.Channels().QuarantineCount(t.Context(), "shop"); err != nil || n != 1 {
		t.Errorf("%d records left, %v", n, err)
	}
	entries, err := s.Audit().List(t.Context(), store.AuditQuery{Action: "privacy."})
	if err != nil || len(entries) != 1 || entries[0].Object != "channel:shop" {
		t.Errorf("%+v, %v", entries, err)
	}
}
