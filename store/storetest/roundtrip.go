package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func roundTrips() []testCase {
	return []testCase{
		{"every field of a new order", roundTripNew},
		{"every field a person may set", roundTripDesk},
		{"the list row is the order's", roundTripRow},
		{"Unicode", roundTripUnicode},
		{"zones come back as UTC", roundTripZones},
		{"milliseconds are kept and finer is cut", roundTripMilliseconds},
		{"amounts: unknown, zero, negative, large, foreign", roundTripMoney},
		{"the least a report may say", roundTripMinimal},
		{"the largest order", roundTripLargest},
		{"the id holds the order time", roundTripID},
	}
}

// absorbed is what the domain makes of reports; the engine must store just that.
func absorbed(at time.Time, reports ...order.Report) order.Order {
	var current *order.Order
	for _, r := range reports {
		next, _ := order.Absorb(current, r, at)
		current = &next
	}
	return *current
}

func roundTripNew(t *testing.T, s store.Store) {
	r := ordertest.Report(shop, "1001", noon().Add(-time.Hour))
	got := create(t, s, r)
	want := absorbed(noon(), r)
	want.ID = got.ID
	same(t, "order", want, got)
}

func roundTripDesk(t *testing.T, s store.Store) {
	o := create(t, s, ordertest.Report(shop, "1", noon()))
	want := o
	fn := func(o *order.Order) {
		o.Desk = order.Desk{
			Tags: []string{"vip", "Diwali gift"}, Assignee: "u-1",
			Hold:     &order.Hold{Reason: "call first", Until: noon().Add(time.Hour), By: "u-2", At: noon()},
			Notes:    []order.Note{{Text: "wrapped\nin two lines", By: "u-1", At: noon()}, {Text: "second", By: "u-2", At: noon()}},
			Address:  &order.Address{Line1: "New lane", City: "Kochi", State: "Kerala", Pincode: "682001", Country: "IN"},
			Contact:  &order.Contact{Name: "Another Name", Email: "another@example.com", Phone: "+912000000999"},
			Archived: true,
		}
		o.Wish = &order.Wish{Status: order.Confirmed, At: noon(), By: "u-1", State: order.WishRefused, Key: "k-1", Attempts: 3,
			NextTry: noon().Add(time.Minute), Error: "the platform said no"}
		o.History = append(o.History, order.Event{Kind: order.EventPush, At: noon(), SourceAt: noon().Add(-time.Second),
			Source: order.FromUser, By: "u-1", Status: order.Confirmed, From: order.Pending, Note: "refused", Fields: []string{"a", "b"}})
		o.Version++
	}
	fn(&want)
	same(t, "what Update returns", want, update(t, s, o.ID, fn))
	same(t, "what is stored", want, get(t, s, o.ID))
	// Nothing set is not the same as set to nothing.
	want.Desk = order.Desk{Address: &order.Address{}, Contact: &order.Contact{}, Hold: &order.Hold{}}
	want.Wish = &order.Wish{}
	want.Version++
	update(t, s, o.ID, func(o *order.Order) { *o = want })
	same(t, "empty pointers", want, get(t, s, o.ID))
}

func roundTripRow(t *testing.T, s store.Store) {
	o := create(t, s, ordertest.Report(shop, "1", noon()))
	o = edit(t, s, o.ID, func(o *order.Order) {
		o.Desk.Tags, o.Desk.Assignee, o.Desk.Hold = []string{"vip"}, "u-1", &order.Hold{Reason: "x", At: noon()}
		o.Desk.Contact = &order.Contact{Name: "Corrected", Phone: "+912000000002"}
	})
	rows := list(t, s, order.Query{Limit: 10}).Rows
	same(t, "rows", []order.Row{o.Row()}, rows)
}

func roundTripUnicode(t *testing.T, s store.Store) {
	for i, name := range []string{"ईशिता राव", "இஷிதா", "Zoë Fernández", "李小龙", "👩‍👩‍👧 family", "a\u0301 decomposed", "\u200b zero width", "right \u202e to left"} {
		r := ordertest.Report(shop, fmt.Sprint("ü-", i, "-", name), noon().Add(time.Duration(i)*time.Second))
		r.Facts.Customer.Name, r.Facts.Customer.Address.City, r.Facts.Items[0].Title = name, name, name
		got := create(t, s, r)
		same(t, "name", name, got.Facts.Customer.Name)
		byRef, err := s.Orders().ByRef(t.Context(), r.Ref)
		if err != nil {
			t.Fatalf("by ref: %v", err)
		}
		same(t, "by ref", got, byRef)
	}
}

func roundTripZones(t *testing.T, s store.Store) {
	india := time.FixedZone("IST", 5*3600+1800)
	r := ordertest.Report(shop, "1", time.Date(2026, 11, 22, 0, 10, 0, 0, india))
	got := create(t, s, r)
	for what, at := range map[string]time.Time{
		"ordered": got.Facts.OrderedAt, "ship by": got.Facts.ShipBy, "shipped": got.Facts.Shipment.ShippedAt,
		"created": got.CreatedAt, "updated": got.UpdatedAt, "history": got.History[0].At,
	} {
		if at.Location() != time.UTC {
			t.Errorf("%s came back in %s", what, at.Location())
		}
	}
	if want := time.Date(2026, 11, 21, 18, 40, 0, 0, time.UTC); !got.Facts.OrderedAt.Equal(want) {
		t.Errorf("ordered at %s, want %s", got.Facts.OrderedAt, want)
	}
}

func roundTripMilliseconds(t *testing.T, s store.Store) {
	const fine = 123_456_789 * time.Nanosecond
	r := ordertest.Report(shop, "1", noon().Add(fine))
	got := create(t, s, r)
	const kept = 123 * time.Millisecond
	same(t, "ordered", noon().Add(kept), got.Facts.OrderedAt)
	same(t, "ship by", noon().Add(48*time.Hour+kept), got.Facts.ShipBy)
	same(t, "shipped", noon().Add(20*time.Hour+kept), got.Facts.Shipment.ShippedAt)
	got = update(t, s, got.ID, func(o *order.Order) { o.AddNote("x", "u", noon().Add(fine)) })
	same(t, "note", noon().Add(kept), got.Desk.Notes[0].At)
}

func roundTripMoney(t *testing.T, s store.Store) {
	for i, m := range []order.Money{
		{}, order.INR(0), order.INR(-12345), order.INR(1), order.INR(1 << 60), {Minor: 5, Currency: "JPY"}, {Minor: 0, Currency: "USD"}, {Minor: -1, Currency: "KWD"},
	} {
		r := ordertest.Minimal(shop, fmt.Sprint(i), noon())
		r.Facts.Total, r.Facts.Tax = m, m
		r.Facts.Items = []order.Item{{SKU: "a", Quantity: 1, Total: m}}
		got := create(t, s, r)
		same(t, fmt.Sprintf("total %v", m), []order.Money{m, m, m}, []order.Money{got.Facts.Total, got.Facts.Tax, got.Facts.Items[0].Total})
	}
}

func roundTripMinimal(t *testing.T, s store.Store) {
	r := ordertest.Minimal(shop, "1", noon())
	got := create(t, s, r)
	want := absorbed(noon(), r)
	want.ID = got.ID
	same(t, "order", want, got)
	same(t, "rows", []order.Row{want.Row()}, list(t, s, order.Query{Limit: 10}).Rows)
}

func roundTripLargest(t *testing.T, s store.Store) {
	r := ordertest.Report(shop, "1", noon())
	r.Facts.Items = nil
	for i := range order.MaxItems {
		r.Facts.Items = append(r.Facts.Items, order.Item{LineID: fmt.Sprint(i), SKU: fmt.Sprint("sku-", i), Title: strings.Repeat("long ", 100), Quantity: 1, Total: order.INR(100)})
	}
	r.Facts.Customer.Name = strings.Repeat("x", order.MaxTextSize)
	got := create(t, s, r)
	same(t, "items", r.Facts.Items, got.Facts.Items)
	same(t, "found by the last SKU", []order.ID{got.ID}, selected(t, s, order.Term{Field: order.FieldSKU, Text: []string{"sku-499"}}))
}

func roundTripID(t *testing.T, s store.Store) {
	early := create(t, s, ordertest.Minimal(shop, "late to arrive", noon().Add(-time.Hour)))
	late := create(t, s, ordertest.Minimal(shop, "first to arrive", noon()))
	if early.ID >= late.ID {
		t.Errorf("id %s of the earlier order is not below %s", early.ID, late.ID)
	}
	for _, o := range []order.Order{early, late} {
		if order.NewID(o.Facts.OrderedAt, uint32(o.ID)) != o.ID {
			t.Errorf("id %s does not hold the order time %s", o.ID, o.Facts.OrderedAt)
		}
	}
}
