package desk_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func phoneOrder() desk.New {
	return desk.New{
		Channel: "website", OrderedAt: ordertest.Noon().Add(-time.Hour), Payment: order.COD,
		Customer: order.Customer{Name: "Asha  Rao", Phone: "98765 43210",
			Address: order.Address{Line1: "4 Hill Road", City: "Mumbai", State: "MH", Pincode: "400050"}},
		Items: []order.Item{{SKU: "RING-1", Quantity: 2, UnitPrice: order.INR(100000), Discount: order.INR(5000), Tax: order.INR(9000)},
			{Title: "Gift box", Quantity: 1, UnitPrice: order.INR(4900)}},
		Discount: order.INR(1000), Shipping: order.INR(5000), Tags: []string{"phone"},
	}
}

func withWebsite(t *testing.T) desk.Desk {
	t.Helper()
	d := newDesk(t)
	if err := d.Store.Channels().Create(t.Context(), channel.Channel{ID: "website", Platform: order.Organic, Adapter: channel.Manual, Name: "Website"}); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCreate(t *testing.T) {
	t.Parallel()
	d := withWebsite(t)
	o, err := d.Create(t.Context(), asha, phoneOrder())
	if err != nil {
		t.Fatal(err)
	}
	f := o.Facts
	if f.Subtotal != order.INR(204900) || f.Discount != order.INR(6000) || f.Tax != order.INR(9000) || f.Total != order.INR(203900) || f.Items[0].Total != order.INR(195000) {
		t.Errorf("amounts %+v", f)
	}
	if o.Status != order.Pending || o.Platform != order.Organic || !o.HasTag("phone") || f.Customer.Phone != "+919876543210" || f.Customer.Address.State != "Maharashtra" {
		t.Errorf("order %+v", o)
	}
	if !desk.MadeHere(o) || f.OrderNumber != o.Ref.PlatformOrderID {
		t.Errorf("named %q, %q", o.Ref.PlatformOrderID, f.OrderNumber)
	}
	entries, err := d.Store.Audit().List(t.Context(), store.AuditQuery{Action: "order.create"})
	if err != nil || len(entries) != 1 || strings.Contains(entries[0].After, "Asha") {
		t.Errorf("audit %+v, %v", entries, err)
	}
}

// TestCreateIsNotPushed: no platform knows an order that was made here.
func TestCreateIsNotPushed(t *testing.T) {
	t.Parallel()
	d := withWebsite(t)
	d.Push = func(context.Context, order.Order, order.Status) (bool, error) { return true, nil }
	o, err := d.Create(t.Context(), asha, phoneOrder())
	if err != nil {
		t.Fatal(err)
	}
	if o, err = d.SetStatus(t.Context(), asha, o.ID, o.Version, order.Confirmed, ""); err != nil || o.Wish.State != order.WishLocal {
		t.Errorf("wish %+v, %v", o.Wish, err)
	}
}

// TestPlatformsOwnNumbers: a shop's own numbers may look like the names that
// are given here; what it reports is told to it all the same.
func TestPlatformsOwnNumbers(t *testing.T) {
	t.Parallel()
	d := withWebsite(t)
	d.Push = func(context.Context, order.Order, order.Status) (bool, error) { return true, nil }
	r := ordertest.Report("website", "PLM-1001", d.Now().Add(-time.Hour))
	done, err := d.Store.Orders().Absorb(t.Context(), []order.Report{r}, d.Now())
	if err != nil || done[0].Err != nil {
		t.Fatal(err, done)
	}
	o, err := d.Store.Orders().Get(t.Context(), done[0].ID)
	if err != nil || desk.MadeHere(o) {
		t.Fatalf("made here: %v, %v", desk.MadeHere(o), err)
	}
	if o, err = d.SetStatus(t.Context(), asha, o.ID, o.Version, order.Cancelled, ""); err != nil || o.Wish.State != order.WishWaiting {
		t.Errorf("wish %+v, %v", o.Wish, err)
	}
}

func TestCreateTwice(t *testing.T) {
	t.Parallel()
	d := withWebsite(t)
	n := phoneOrder()
	n.PlatformOrderID = "W-1001"
	o, err := d.Create(t.Context(), asha, n)
	if err != nil || o.Ref.PlatformOrderID != "W-1001" {
		t.Fatal(o.Ref, err)
	}
	if _, err := d.Create(t.Context(), asha, n); !errors.Is(err, store.ErrConflict) {
		t.Errorf("twice: %v", err)
	}
	seeded := phoneOrder()
	seeded.Seed = "same"
	if _, err := d.Create(t.Context(), asha, seeded); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Create(t.Context(), asha, seeded); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the same seed twice: %v", err)
	}
	// What the platform says later counts.
	r := ordertest.Report("website", "W-1001", n.OrderedAt)
	r.Status, r.At = order.Shipped, n.OrderedAt.Add(time.Minute)
	if _, err := d.Store.Orders().Absorb(t.Context(), []order.Report{r}, ordertest.Noon()); err != nil {
		t.Fatal(err)
	}
	if now, err := d.Store.Orders().Get(t.Context(), o.ID); err != nil || now.Status != order.Shipped || now.Facts.Total != r.Facts.Total {
		t.Errorf("after the platform's report: %s %v, %v", now.Status, now.Facts.Total, err)
	}
}

// TestCreateRefuses breaks one rule at a time.
func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	d := withWebsite(t)
	for field, change := range map[string]func(*desk.New){
		"channel":                  func(n *desk.New) { n.Channel = "nowhere" },
		"orderedAt":                func(n *desk.New) { n.OrderedAt = time.Time{} },
		"orderedAt ":               func(n *desk.New) { n.OrderedAt = ordertest.Noon().Add(time.Hour) },
		"status":                   func(n *desk.New) { n.Status = "lost" },
		"paymentMethod":            func(n *desk.New) { n.Payment = "barter" },
		"platformOrderId":          func(n *desk.New) { n.PlatformOrderID = "PLM-MINE" },
		"items":                    func(n *desk.New) { n.Items = nil },
		"items.0.quantity":         func(n *desk.New) { n.Items[0].Quantity = 0 },
		"items.0.unitPrice":        func(n *desk.New) { n.Items[0].UnitPrice = order.Money{} },
		"items.0.unitPrice ":       func(n *desk.New) { n.Items[0].UnitPrice = order.INR(-1) },
		"items.0.discount":         func(n *desk.New) { n.Items[0].Discount = order.INR(200001) },
		"items.0.total":            func(n *desk.New) { n.Items[0].Total = order.INR(1) },
		"items.1.sku":              func(n *desk.New) { n.Items[1].Title = " " },
		"items.1.unitPrice":        func(n *desk.New) { n.Items[1].UnitPrice = order.Money{Minor: 1, Currency: "USD"} },
		"discount":                 func(n *desk.New) { n.Discount = order.INR(10_000_000) },
		"shipping":                 func(n *desk.New) { n.Shipping = order.INR(-1) },
		"subtotal":                 func(n *desk.New) { n.Subtotal = order.INR(1) },
		"total":                    func(n *desk.New) { n.Total = order.INR(203901) },
		"tax":                      func(n *desk.New) { n.Tax = order.INR(1) },
		"tags.0":                   func(n *desk.New) { n.Tags = []string{"a,b"} },
		"customer.name":            func(n *desk.New) { n.Customer = order.Customer{} },
		"customer.phone":           func(n *desk.New) { n.Customer.Phone = "12" },
		"customer.address.pincode": func(n *desk.New) { n.Customer.Address.Pincode = "000000" },
		"body":                     func(n *desk.New) { n.OrderNumber = strings.Repeat("x", 3000) },
	} {
		n := phoneOrder()
		n.Items = slices.Clone(n.Items)
		change(&n)
		_, err := d.Create(t.Context(), asha, n)
		var faults order.FieldErrors
		if !errors.As(err, &faults) || faults.For(strings.TrimSpace(field)) == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	if n, err := d.Store.Orders().Count(t.Context(), nil, 10); err != nil || n != 0 {
		t.Errorf("%d orders were stored, %v", n, err)
	}
}
