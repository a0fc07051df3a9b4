package privacy

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

const marker = "Zyxwvut"

func openDesk(t *testing.T) store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir() + "/test.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// put stores one order of a person whose every field holds the marker.
func put(t *testing.T, s store.Store, p order.Platform, n int, status order.Status, at time.Time) order.Order {
	t.Helper()
	r := ordertest.Synthetic(1, n, 30, at)
	r.Platform, r.Status, r.At, r.Facts.OrderedAt = p, status, at, at.Add(-time.Hour)
	r.Facts.Customer = order.Customer{Name: marker + " Rao", Email: strings.ToLower(marker) + "@example.com", Phone: "+919876543210",
		Address: order.Address{Line1: marker + " Lane", City: "Pune", State: "Maharashtra", Pincode: "411001", Country: "IN"}}
	got, err := s.Orders().Absorb(t.Context(), []order.Report{r}, at)
	if err != nil || got[0].Err != nil {
		t.Fatal(err, got)
	}
	o, err := s.Orders().Get(t.Context(), got[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestExportAndErasePerson(t *testing.T) {
	t.Parallel()
	s, at := openDesk(t), ordertest.Noon()
	o := put(t, s, order.Organic, 1, order.Delivered, at)
	old := put(t, s, order.Organic, 2, order.Delivered, at)
	if _, err := s.Orders().Update(t.Context(), old.ID, func(o *order.Order) error {
		o.AddNote(marker+" called", "u1", at)
		return o.Archive("u1", "", at)
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Channels().Quarantine(t.Context(), channel.Quarantined{ID: "q1", Channel: o.Ref.Channel, PlatformOrderID: o.Ref.PlatformOrderID,
		Payload: []byte(marker), FirstAt: at, LastAt: at}); err != nil {
		t.Fatal(err)
	}
	key := o.CustomerKey()
	if err := s.Records().Create(t.Context(), store.Record{Kind: kindCustomer, ID: key, At: at, Doc: []byte(`{"notes":[{"Text":"` + marker + `"}]}`)}); err != nil {
		t.Fatal(err)
	}
	ask := Ask{Keys: []string{key}, By: "u1", Via: "page", Reason: "asked by letter"}

	var out bytes.Buffer
	n, err := Export(t.Context(), s, ask, &out, at)
	if err != nil || n != 2 || strings.Count(out.String(), marker+" Rao") != 2 || !strings.Contains(out.String(), marker+" called") {
		t.Fatalf("%d, %v\n%s", n, err, out.String())
	}
	dry, err := ErasePerson(t.Context(), s, ask, true, nil, at)
	if err != nil || dry.Orders != 2 {
		t.Fatal(dry, err)
	}
	if still, _ := s.Orders().Get(t.Context(), o.ID); still.Erased() {
		t.Fatal("a dry run erased")
	}
	var told []Request
	done, err := ErasePerson(t.Context(), s, ask, false, func(r Request) error { told = append(told, r); return nil }, at)
	if err != nil || done.Orders != 2 || done.Records != 1 || len(told) == 0 {
		t.Fatal(done, told, err)
	}
	out.Reset()
	if n, err = Export(t.Context(), s, ask, &out, at); n != 0 || err != nil || strings.Contains(out.String(), marker) {
		t.Errorf("afterwards %d orders are found, %v", n, err)
	}
	for _, id := range []order.ID{o.ID, old.ID} {
		after, err := s.Orders().Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.WriteString(strings.Join(order.SearchWords(after), " ")); err != nil || strings.Contains(strings.ToLower(b.String()), strings.ToLower(marker)) {
			t.Errorf("still found by %s", b.String())
		}
		if after.Facts.Total != o.Facts.Total && id == o.ID {
			t.Error("the amount changed")
		}
	}
	if _, err := s.Channels().QuarantinedOne(t.Context(), "q1"); err == nil {
		t.Error("the payload is still there")
	}
	err = s.Audit().Each(t.Context(), 0, func(e account.Entry) error {
		if strings.Contains(e.Note+e.Before+e.After, marker) {
			t.Errorf("the audit holds personal data: %+v", e)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRetention: Amazon's customers go 30 days after the end of their order,
// the orders and amounts stay, others' customers stay too.
func TestRetention(t *testing.T) {
	t.Parallel()
	s, at := openDesk(t), ordertest.Noon()
	due := put(t, s, order.Amazon, 1, order.Delivered, at.AddDate(0, 0, -31))
	fresh := put(t, s, order.Amazon, 2, order.Delivered, at.AddDate(0, 0, -29))
	open := put(t, s, order.Amazon, 3, order.Shipped, at.AddDate(0, 0, -90))
	other := put(t, s, order.Organic, 4, order.Delivered, at.AddDate(0, 0, -400))
	run := func(dry bool, want int) {
		t.Helper()
		done, err := Retain(t.Context(), s, dry, at)
		if err != nil || done.Orders != want {
			t.Fatalf("dry %v: %+v, %v; want %d", dry, done, err, want)
		}
	}
	run(true, 1)
	run(false, 1)
	run(false, 0)
	for o, erased := range map[order.ID]bool{due.ID: true, fresh.ID: false, open.ID: false, other.ID: false} {
		got, err := s.Orders().Get(t.Context(), o)
		if err != nil || got.Erased() != erased {
			t.Errorf("order %s erased: %v, %v", o, got.Erased(), err)
		}
	}
	rules := Retention{order.Organic: 365}
	if err := SaveRetention(t.Context(), s, rules, at); err != nil {
		t.Fatal(err)
	}
	run(false, 1)
	if err := SaveRetention(t.Context(), s, Retention{order.Swiggy: -1}, at); err == nil {
		t.Error("negative days were taken")
	}
	// A late report of the platform brings nothing back.
	r := ordertest.Synthetic(1, 1, 30, at)
	r.Platform, r.Ref, r.Status, r.At, r.Facts.Customer = order.Amazon, due.Ref, order.Returned, at, order.Customer{Name: marker}
	if _, err := s.Orders().Absorb(t.Context(), []order.Report{r}, at); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Orders().Get(t.Context(), due.ID); got.Facts.Customer.Name != "" || got.Status != order.Returned {
		t.Errorf("a late report: %q, %s", got.Facts.Customer.Name, got.Status)
	}
}
