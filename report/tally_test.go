package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

// placed is an order of two lines placed on the given clock of 22 November
// 2026 in India.
func placed(t testing.TB, id, clock string, change func(*order.Order)) order.Order {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", "2026-11-22 "+clock, india(t))
	if err != nil {
		t.Fatal(err)
	}
	o, _ := order.Absorb(nil, ordertest.Report("website", id, at.UTC()), at)
	o.Facts.Shipment.ShippedAt = time.Time{}
	o.Facts.SubStatus = ""
	if change != nil {
		change(&o)
	}
	return o
}

func count(t testing.TB, orders ...order.Order) (*DayFigures, []Visit, Names) {
	t.Helper()
	names := NewDictionary()
	day := DayOf(ordertest.Noon(), india(t))
	sum := NewTally(day, india(t), names)
	for _, o := range orders {
		sum.Add(o)
	}
	return sum.Figures(), sum.Visits(), names.Names()
}

func TestTallyCounts(t *testing.T) {
	t.Parallel()
	f, visits, names := count(t,
		placed(t, "1", "00:00", nil),
		placed(t, "2", "23:59", func(o *order.Order) { o.Status = order.Cancelled }),
		placed(t, "3", "12:00", func(o *order.Order) {
			o.Status, o.Facts.SubStatus, o.Facts.Payment = order.Returned, "RTO_DELIVERED", order.Prepaid
			o.Facts.Total = order.Money{}
			o.Facts.Customer.Phone, o.Facts.Customer.Email, o.Facts.Customer.ID = "", "", ""
		}),
		placed(t, "4", "12:30", func(o *order.Order) { o.Desk.Archived = true }),
		placed(t, "5", "12:30", func(o *order.Order) { o.Kind = order.Purchase }),
		placed(t, "6", "12:30", func(o *order.Order) { o.Facts.OrderedAt = o.Facts.OrderedAt.AddDate(0, 0, 1) }),
	)
	pending, cancelled, returned := StatusNumber(order.Pending), StatusNumber(order.Cancelled), StatusNumber(order.Returned)
	cod, prepaid := PaymentNumber(order.COD), PaymentNumber(order.Prepaid)
	paid := Cell{Orders: 1, Units: 3, Gross: 319600, Discount: 15000, Shipping: 4900, Tax: 9166}
	cell := func(status StatusNo, pay PaymentNo, change func(*Cell)) Cell {
		c := paid
		c.Status, c.Payment = status, pay
		change(&c)
		return c
	}
	want := &DayFigures{
		Day: DayOf(ordertest.Noon(), india(t)), Orders: 3, Customers: 1, Unknown: 1,
		Cells: []Cell{
			cell(pending, cod, func(*Cell) {}), cell(cancelled, cod, func(*Cell) {}),
			cell(returned, prepaid, func(c *Cell) { c.Gross, c.Unpriced, c.RTO = 0, 1, 1 }),
		},
		Hours: []Hour{{Hour: 0, Orders: 1, Net: 319600}, {Hour: 12, Orders: 1}, {Hour: 23, Orders: 1}},
		Sales: []Sale{
			{Product: 0, Orders: 3, Units: 3, Cancelled: 1, Returned: 1, Gross: 3 * 134900, Net: 134900},
			{Product: 1, Orders: 3, Units: 6, Cancelled: 2, Returned: 2, Gross: 3 * 179800, Net: 179800},
		},
	}
	if diff := cmp.Diff(want, f, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	wantNames := Names{Channels: []Channel{{"website", order.Organic}}, States: []string{"Maharashtra"},
		Products: []Product{{"PM-RING-01", "Rose Gold Plated Solitaire Ring"}, {"PM-EAR-02", "Pearl Drop Earrings"}}}
	if diff := cmp.Diff(wantNames, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if len(visits) != 1 || visits[0].Orders != 2 || visits[0].Net != 319600 || visits[0].Gross != 639200 || visits[0].Returned != 0 || visits[0].Pincode != "411001" {
		t.Errorf("visits %+v", visits)
	}
	if net := f.Cells[0].Net() + f.Cells[1].Net() + f.Cells[2].Net(); net != 319600 {
		t.Errorf("net %d", net)
	}
}

// A line may go another way than its order; a product on two lines is one
// product of one order; the price stands in for a total that is not given.
func TestTallyLines(t *testing.T) {
	t.Parallel()
	f, _, _ := count(t, placed(t, "1", "09:00", func(o *order.Order) {
		ring := o.Facts.Items[0]
		back, bare, foreign := ring, ring, ring
		back.Status = order.Returned
		bare.Quantity, bare.Total = 2, order.Money{}
		foreign.SKU, foreign.ProductID, foreign.Title, foreign.Total, foreign.UnitPrice = "", "", "Gift", order.Money{Minor: 500, Currency: "USD"}, order.Money{}
		o.Facts.Items = []order.Item{ring, back, bare, foreign}
		o.Status = order.Delivered
	}))
	want := []Sale{
		{Product: 0, Orders: 1, Units: 4, Returned: 1, Gross: 2*134900 + 2*149900 - 15000, Net: 134900 + 2*149900 - 15000},
		{Product: 1, Orders: 1, Units: 1},
	}
	if diff := cmp.Diff(want, f.Sales); diff != "" {
		t.Errorf("sales (-want +got):\n%s", diff)
	}
}

func TestTallyWaits(t *testing.T) {
	t.Parallel()
	status := func(o *order.Order, s, from order.Status, after, source time.Duration) {
		e := order.Event{Kind: order.EventStatus, Status: s, From: from, At: o.Facts.OrderedAt.Add(after)}
		if source > 0 {
			e.SourceAt = o.Facts.OrderedAt.Add(source)
		}
		o.History = append(o.History, e)
	}
	f, _, _ := count(t,
		placed(t, "1", "09:00", func(o *order.Order) {
			status(o, order.Confirmed, order.Pending, 30*time.Minute, 10*time.Minute) // the platform's own time counts
			status(o, order.Processing, order.Confirmed, time.Hour, 0)
			o.Facts.Shipment.ShippedAt = o.Facts.OrderedAt.Add(5 * time.Hour)
			status(o, order.Shipped, order.Processing, 9*time.Hour, 0)
			status(o, order.Delivered, order.Shipped, 72*time.Hour, 0)
			status(o, order.Delivered, order.Returned, 100*time.Hour, 0) // the first counts
		}),
		placed(t, "2", "09:00", func(o *order.Order) { // first seen delivered: nothing is known
			o.Status, o.History[0].Status = order.Delivered, order.Delivered
		}),
		placed(t, "3", "09:00", func(o *order.Order) {
			status(o, order.Processing, order.Pending, 10*time.Minute, 0)
			status(o, order.OutForDelivery, order.Processing, 5*time.Hour, 0)
			o.History = append(o.History, order.Event{Kind: order.EventSetAside, Status: order.Delivered, At: o.Facts.OrderedAt})
		}),
	)
	want := []Wait{
		{Step: ToConfirmed, Bucket: BucketOf(10 * time.Minute), Orders: 2},
		{Step: ToShipped, Bucket: BucketOf(5 * time.Hour), Orders: 2},
		{Step: ToDelivered, Bucket: BucketOf(72 * time.Hour), Orders: 1},
	}
	if diff := cmp.Diff(want, f.Waits); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
}

// Amounts that cannot be paise of one order stay out of the sums.
func TestTallyAmounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		total    order.Money
		gross    int64
		unpriced uint32
	}{
		"rupees":       {order.INR(129900), 129900, 0},
		"nothing":      {order.INR(0), 0, 0},
		"a credit":     {order.INR(-500), -500, 0},
		"not known":    {order.Money{}, 0, 1},
		"dollars":      {order.Money{Minor: 129900, Currency: "USD"}, 0, 1},
		"the greatest": {order.INR(MaxAmount), MaxAmount, 0},
		"beyond":       {order.INR(MaxAmount + 1), 0, 1},
		"far below":    {order.INR(-MaxAmount - 1), 0, 1},
	} {
		f, visits, _ := count(t, placed(t, "1", "09:00", func(o *order.Order) { o.Facts.Total = c.total }))
		if got := f.Cells[0]; got.Gross != c.gross || got.Unpriced != c.unpriced || visits[0].Gross != c.gross {
			t.Errorf("%s: gross %d, unpriced %d", name, got.Gross, got.Unpriced)
		}
	}
}

// Whatever order orders are counted in, the figures are the same.
func TestTallyInAnyOrder(t *testing.T) {
	t.Parallel()
	var orders []order.Order
	for i, state := range []string{"Kerala", "Goa", "Assam", "Goa"} {
		orders = append(orders, placed(t, string(rune('1'+i)), "10:00", func(o *order.Order) {
			o.Facts.Customer.Phone, o.Facts.Customer.Address.State = "9120000001", state
			o.Facts.Customer.Address.Pincode = string(rune('1'+i)) + "11001"
		}))
	}
	_, want, _ := count(t, orders...)
	_, got, _ := count(t, orders[3], orders[1], orders[0], orders[2])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("visits (-one way +the other):\n%s", diff)
	}
}

func TestAffects(t *testing.T) {
	t.Parallel()
	base := placed(t, "1", "10:00", nil)
	for name, c := range map[string]struct {
		change func(*order.Order)
		want   bool
	}{
		"nothing":          {func(*order.Order) {}, false},
		"a tag":            {func(o *order.Order) { o.Desk.Tags = []string{"vip"} }, false},
		"a note":           {func(o *order.Order) { o.AddNote("n", "u", ordertest.Noon()) }, false},
		"a platform word":  {func(o *order.Order) { o.Facts.PlatformStatus = "held" }, false},
		"the status":       {func(o *order.Order) { o.Status = order.Shipped }, true},
		"archiving":        {func(o *order.Order) { o.Desk.Archived = true }, true},
		"the time":         {func(o *order.Order) { o.Facts.OrderedAt = o.Facts.OrderedAt.Add(time.Millisecond) }, true},
		"the total":        {func(o *order.Order) { o.Facts.Total = order.INR(1) }, true},
		"the tax":          {func(o *order.Order) { o.Facts.Tax = order.INR(1) }, true},
		"a quantity":       {func(o *order.Order) { o.Facts.Items = []order.Item{o.Facts.Items[0]} }, true},
		"the phone":        {func(o *order.Order) { o.Desk.Contact = &order.Contact{Phone: "9120000001"} }, true},
		"the state":        {func(o *order.Order) { o.Desk.Address = &order.Address{State: "Goa"} }, true},
		"the return's way": {func(o *order.Order) { o.Facts.SubStatus = "rto" }, true},
		"shipping":         {func(o *order.Order) { o.Facts.Shipment.ShippedAt = ordertest.Noon() }, true},
		"delivery": {func(o *order.Order) {
			o.History = append(o.History, order.Event{Kind: order.EventStatus, Status: order.Delivered, At: ordertest.Noon()})
		}, true},
	} {
		o := base
		c.change(&o)
		if got := Affects(base, o); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
		// It never says no where a figure differs.
		a, av, an := count(t, base)
		b, bv, bn := count(t, o)
		if !c.want && (len(Differences(a, b, bn)) > 0 || !cmp.Equal(an, bn) || !cmp.Equal(av, bv)) {
			t.Errorf("%s changes figures", name)
		}
	}
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	last := Bucket(0)
	for m := range 200 * 24 * 60 {
		d := time.Duration(m) * time.Minute
		b := BucketOf(d)
		if b < last || b > last+1 {
			t.Fatalf("%v lies in %d after %d", d, b, last)
		}
		last = b
		if off := (b.Middle() - d).Abs(); b < 255 && off > max(time.Minute, d*33/1000) {
			t.Fatalf("%v is taken for %v", d, b.Middle())
		}
	}
	if BucketOf(-time.Hour) != 0 || BucketOf(1<<62) != 255 {
		t.Error("durations beyond the scale")
	}
	var s Spread
	if _, ok := s.Quantile(0.5); ok {
		t.Error("an empty spread has a median")
	}
	for h := range 100 {
		s.Add(BucketOf(time.Duration(h+1)*time.Hour), 1)
	}
	var twice Spread
	twice.Merge(&s)
	twice.Merge(&s)
	for q, want := range map[float64]time.Duration{0: time.Hour, 0.5: 50 * time.Hour, 0.9: 90 * time.Hour, 1: 100 * time.Hour} {
		got, ok := twice.Quantile(q)
		if off := (got - want).Abs(); !ok || off > want*4/100 {
			t.Errorf("quantile %v is %v, want about %v", q, got, want)
		}
	}
	if twice.Orders() != 200 {
		t.Errorf("%d orders", twice.Orders())
	}
}
