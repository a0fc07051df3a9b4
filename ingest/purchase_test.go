package ingest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/sandbox"
	"github.com/palmonas/palmonas-crm/order"
)

// deliver lets the platforms send their webhooks and works them off.
func (d *desk) deliver(t *testing.T, sent func() []parcel) {
	t.Helper()
	before := len(sent())
	d.clock.advance(time.Minute)
	d.world.Advance(t.Context())
	for _, h := range sent()[before:] {
		if _, err := d.syncer.Receive(t.Context(), h.channel, h.header, h.body, h.at); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.syncer.WorkInbox(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) purchase(t *testing.T, number string) order.Order {
	t.Helper()
	o, err := d.store.Orders().ByRef(t.Context(), order.Ref{Channel: d.ids[sandbox.Blinkit], PlatformOrderID: "PO:BLINKIT:" + number})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// want moves a purchase order by hand and tells Blinkit.
func (d *desk) want(t *testing.T, number string, to order.Status, note string) ingest.PushTally {
	t.Helper()
	id := d.ids[sandbox.Blinkit]
	_, p, err := d.syncer.Platform(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	o := d.purchase(t, number)
	tell := p.(ingest.Pusher).CanPush(o, to) == nil
	if _, err := d.store.Orders().Update(t.Context(), o.ID, func(o *order.Order) error {
		return o.SetStatus(to, "u1", note, tell, d.clock.Now())
	}); err != nil {
		t.Fatal(err)
	}
	done, err := d.syncer.Push(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	d.clock.advance(time.Minute)
	return done
}

// TestPurchaseOrders lives through Blinkit's own purchase orders: they arrive
// by webhook, are accepted, packed and announced, and never count as sales.
func TestPurchaseOrders(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 5, 60)
	if _, err := d.syncer.Pull(t.Context(), d.ids[sandbox.Blinkit], ""); err != nil {
		t.Fatal(err)
	}
	sent := d.collect(t)
	consumers, err := d.store.Orders().Count(t.Context(), nil, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	kept, withdrawn := d.world.Purchase(sandbox.Blinkit), d.world.Purchase(sandbox.Blinkit)
	d.deliver(t, sent)
	o := d.purchase(t, kept)
	if o.Kind != order.Purchase || o.Status != order.Pending || len(o.Facts.Items) != 3 || o.Facts.Total.Minor <= 0 || o.CustomerKey() != "" {
		t.Errorf("stored as %+v", o)
	}
	d.world.Withdraw(sandbox.Blinkit, withdrawn)
	d.deliver(t, sent)
	if o := d.purchase(t, withdrawn); o.Status != order.Cancelled || o.Facts.PlatformStatus != "PO_CANCEL" || o.Facts.OrderedAt.IsZero() {
		t.Errorf("withdrawn: %s %q", o.Status, o.Facts.PlatformStatus)
	}

	faults, err := sandbox.ParseFaults("drop=0.5")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.world.SetFaults(sandbox.Blinkit, faults); err != nil { // answers get lost
		t.Fatal(err)
	}
	d.want(t, kept, order.Confirmed, "")
	for i := 0; i < 60 && d.purchase(t, kept).Wish != nil; i++ {
		d.clock.advance(time.Hour)
		_, _ = d.syncer.Push(t.Context(), d.ids[sandbox.Blinkit]) // its failures are the fault
	}
	if err := d.world.SetFaults(sandbox.Blinkit, sandbox.Faults{}); err != nil {
		t.Fatal(err)
	}
	if o := d.purchase(t, kept); o.Status != order.Confirmed || o.Wish != nil || o.Facts.PlatformStatus != "PO_ACCEPTED" {
		t.Fatalf("accepted: %s %q, wish %+v", o.Status, o.Facts.PlatformStatus, o.Wish)
	}
	d.want(t, kept, order.Processing, "")
	if done := d.want(t, kept, order.Shipped, ""); done.Refused != 1 || !strings.Contains(d.purchase(t, kept).Wish.Error, "invoice number") {
		t.Errorf("without an invoice: %+v, %+v", done, d.purchase(t, kept).Wish)
	}
	if _, err := d.store.Orders().Update(t.Context(), o.ID, func(o *order.Order) error {
		o.AddNote("Invoice no. PLM/26/0012, courier Delhivery AWB 1490001", "u1", d.clock.Now())
		return o.RetryWish("u1", d.clock.Now())
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.syncer.Push(t.Context(), d.ids[sandbox.Blinkit]); err != nil {
		t.Fatal(err)
	}
	d.want(t, kept, order.Delivered, "received in full") // nobody to tell
	if o := d.purchase(t, kept); o.Status != order.Delivered || o.Reported.Status != order.Shipped || o.Facts.PlatformStatus != "ASN_ACCEPTED" {
		t.Errorf("in the end: %s, reported %s %q, wish %+v", o.Status, o.Reported.Status, o.Facts.PlatformStatus, o.Wish)
	}

	theirs := d.world.Purchases(sandbox.Blinkit)
	if theirs[0].Status != "accepted" || len(theirs[0].Notices) != 1 || theirs[0].Notices[0] != "PLM/26/0012" || theirs[1].Status != "withdrawn" {
		t.Errorf("Blinkit has %+v", theirs)
	}
	if n, err := d.store.Orders().Count(t.Context(), nil, 10_000); err != nil || n != consumers {
		t.Errorf("%d orders of customers before, %d after, %v", consumers, n, err)
	}
	if n, err := d.store.Channels().QuarantineCount(t.Context(), d.ids[sandbox.Blinkit]); err != nil || n != 0 {
		t.Errorf("%d records in quarantine, %v", n, err)
	}
}
