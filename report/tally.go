package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// MaxAmount is the greatest amount of one order, in paise, that sums include:
// ten billion rupees. What is beyond is an error of its source, and would drown
// every other number.
const MaxAmount = 1_000_000_000_000

// Meaning numbers what a Tally counts: raise it with every change of that, so
// that stores count anew what they have kept.
const Meaning = 2

// Counts reports whether an order takes part in figures: those that lists show
// unless told otherwise.
func Counts(o order.Order) bool { return order.Match(nil, o) }

// Tally counts the orders of one business day. It is the one place that says
// what a figure counts: stores precompute with it and verify with it. A Tally
// is for one goroutine.
type Tally struct {
	day    Day
	zone   *time.Location
	names  *Dictionary
	orders uint32
	nobody uint32
	cells  map[cellKey]*Cell
	hours  map[hourKey]*Hour
	sales  map[saleKey]*Sale
	waits  map[waitKey]*Wait
	visits map[visitKey]*Visit
}

type cellKey struct {
	channel, state uint32
	status         StatusNo
	payment        PaymentNo
}

type hourKey struct {
	channel uint32
	hour    uint8
}

type saleKey struct{ channel, product uint32 }

type waitKey struct {
	channel uint32
	step    Step
	bucket  Bucket
}

type visitKey struct {
	customer string
	channel  uint32
}

// NewTally begins an empty count of a day in the shop's zone; words are
// numbered by names.
func NewTally(day Day, zone *time.Location, names *Dictionary) *Tally {
	return &Tally{
		day: day, zone: zone, names: names,
		cells: map[cellKey]*Cell{}, hours: map[hourKey]*Hour{}, sales: map[saleKey]*Sale{}, waits: map[waitKey]*Wait{}, visits: map[visitKey]*Visit{},
	}
}

// at returns the value under a key, made empty on first use.
func at[K comparable, V any](m map[K]*V, k K) *V {
	v := m[k]
	if v == nil {
		v = new(V)
		m[k] = v
	}
	return v
}

// Add counts one order. Those that do not count, or were not placed on the day,
// are passed over.
func (t *Tally) Add(o order.Order) {
	if !Counts(o) || DayOf(o.Facts.OrderedAt, t.zone) != t.day {
		return
	}
	t.orders++
	channel := Channel{ID: o.Ref.Channel, Platform: o.Platform}
	no := t.names.Channel(channel)
	gross, priced := rupees(o.Facts.Total)
	net := int64(0)
	if o.Status.CountsAsRevenue() {
		net = gross
	}
	state := stateOf(o)
	t.addCell(o, no, state, gross, priced)
	h := at(t.hours, hourKey{no, uint8(o.Facts.OrderedAt.In(t.zone).Hour())})
	h.Orders, h.Net = h.Orders+1, h.Net+net
	t.addSales(o, no)
	t.addWaits(o, no)
	t.addVisit(o, no, channel, state, gross, net)
}

// rupees is an amount in paise; ok is false for one that sums leave out.
func rupees(m order.Money) (paise int64, ok bool) {
	if m.Currency != "INR" || m.Minor > MaxAmount || m.Minor < -MaxAmount {
		return 0, false
	}
	return m.Minor, true
}

func (t *Tally) addCell(o order.Order, channel uint32, state string, gross int64, priced bool) {
	k := cellKey{channel, t.names.State(state), StatusNumber(o.Status), PaymentNumber(o.Facts.Payment)}
	c := at(t.cells, k)
	c.Orders++
	c.Units += units(o.Facts.Units())
	if !priced {
		c.Unpriced++
	}
	if backBeforeDelivery(o) {
		c.RTO++
	}
	c.Gross += gross
	c.Discount += known(o.Facts.Discount)
	c.Shipping += known(o.Facts.Shipping)
	c.Tax += known(o.Facts.Tax)
}

// known is an amount in paise, 0 where sums leave it out.
func known(m order.Money) int64 {
	paise, _ := rupees(m)
	return paise
}

// stateOf is the state as the query language compares it, in its canonical
// spelling.
func stateOf(o order.Order) string { return order.NormaliseState(o.ShipTo().Address.State) }

// units is a number of pieces; sources give no more than millions.
func units(n int) uint32 { return uint32(max(n, 0)) }

// backBeforeDelivery reports a return to origin: platforms name its steps rto,
// rto_in_transit and so on.
func backBeforeDelivery(o order.Order) bool {
	return o.Status == order.Returned && strings.HasPrefix(strings.ToLower(o.Facts.SubStatus), "rto")
}

func (t *Tally) addSales(o order.Order, channel uint32) {
	var seen []string
	for _, it := range o.Facts.Items {
		p := productOf(it)
		s := at(t.sales, saleKey{channel, t.names.Product(p)})
		// An order with two titles of one SKU is one order of that SKU, also when
		// its products are summed.
		if name := cmp.Or(p.SKU, "\x00"+p.Title); !slices.Contains(seen, name) {
			seen = append(seen, name)
			s.Orders++
		}
		n := units(it.Quantity)
		s.Units += n
		status := lineStatus(o, it)
		switch status {
		case order.Cancelled:
			s.Cancelled += n
		case order.Returned, order.Refunded:
			s.Returned += n
		}
		amount := lineTotal(it)
		s.Gross += amount
		if status.CountsAsRevenue() {
			s.Net += amount
		}
	}
}

func productOf(it order.Item) Product {
	return Product{SKU: cmp.Or(it.SKU, it.ProductID), Title: it.Title}
}

// lineStatus is the line's own status where it went another way than its
// order; an order that is out of the revenue takes its lines along.
func lineStatus(o order.Order, it order.Item) order.Status {
	if it.Status == "" || !o.Status.CountsAsRevenue() {
		return o.Status
	}
	return it.Status
}

// lineTotal is what the line costs; from its price when no total is given.
func lineTotal(it order.Item) int64 {
	if paise, ok := rupees(it.Total); ok {
		return paise
	}
	sum, err := it.UnitPrice.Times(int64(it.Quantity))
	if paise, ok := rupees(sum); ok && err == nil {
		return paise - known(it.Discount)
	}
	return 0
}

func (t *Tally) addWaits(o order.Order, channel uint32) {
	for _, step := range Steps() {
		if when := reached(o, step); !when.IsZero() {
			at(t.waits, waitKey{channel, step, BucketOf(when.Sub(o.Facts.OrderedAt))}).Orders++
		}
	}
}

// reached is when the desk saw an order get to a step: an order that was first
// seen beyond it tells nothing, nor does one that skipped it. The carrier's own
// time of shipping is better than any report.
func reached(o order.Order, step Step) time.Time {
	var to []order.Status
	switch step {
	case ToConfirmed:
		to = []order.Status{order.Confirmed, order.Processing}
	case ToShipped:
		if at := o.Facts.Shipment.ShippedAt; !at.IsZero() {
			return at
		}
		to = []order.Status{order.Shipped, order.OutForDelivery}
	case ToDelivered:
		to = []order.Status{order.Delivered}
	}
	for _, e := range o.History {
		if e.Kind == order.EventStatus && e.Status != e.From && slices.Contains(to, e.Status) {
			if !e.SourceAt.IsZero() {
				return e.SourceAt
			}
			return e.At
		}
	}
	return time.Time{}
}

func (t *Tally) addVisit(o order.Order, no uint32, channel Channel, state string, gross, net int64) {
	key := o.CustomerKey()
	if key == "" {
		t.nobody++
		return
	}
	v := at(t.visits, visitKey{key, no})
	placed := o.Facts.OrderedAt
	v.Customer, v.Channel, v.Day = key, channel, t.day
	v.Orders++
	if o.Status == order.Returned || o.Status == order.Refunded {
		v.Returned++
	}
	v.Units += o.Facts.Units()
	v.Gross, v.Net = v.Gross+gross, v.Net+net
	if v.First.IsZero() || placed.Before(v.First) {
		v.First = placed
	}
	pin := order.NormalisePincode(o.ShipTo().Address.Pincode)
	// Two orders of one millisecond must give one answer in whatever order they
	// are counted.
	if c := placed.Compare(v.Last); c > 0 || c == 0 && cmp.Or(cmp.Compare(state, v.State), cmp.Compare(pin, v.Pincode)) > 0 {
		v.Last, v.State, v.Pincode = placed, state, pin
	}
}

// Figures is what was counted so far; the lists are sorted by their numbers.
func (t *Tally) Figures() *DayFigures {
	f := &DayFigures{Day: t.day, Orders: t.orders, Unknown: t.nobody}
	for _, k := range slices.SortedFunc(maps.Keys(t.cells), compareCells) {
		c := *t.cells[k]
		c.Channel, c.State, c.Status, c.Payment = k.channel, k.state, k.status, k.payment
		f.Cells = append(f.Cells, c)
	}
	for _, k := range slices.SortedFunc(maps.Keys(t.hours), func(a, b hourKey) int {
		return cmp.Or(cmp.Compare(a.channel, b.channel), cmp.Compare(a.hour, b.hour))
	}) {
		h := *t.hours[k]
		h.Channel, h.Hour = k.channel, k.hour
		f.Hours = append(f.Hours, h)
	}
	for _, k := range slices.SortedFunc(maps.Keys(t.sales), func(a, b saleKey) int {
		return cmp.Or(cmp.Compare(a.channel, b.channel), cmp.Compare(a.product, b.product))
	}) {
		s := *t.sales[k]
		s.Channel, s.Product = k.channel, k.product
		f.Sales = append(f.Sales, s)
	}
	for _, k := range slices.SortedFunc(maps.Keys(t.waits), func(a, b waitKey) int {
		return cmp.Or(cmp.Compare(a.channel, b.channel), cmp.Compare(a.step, b.step), cmp.Compare(a.bucket, b.bucket))
	}) {
		w := *t.waits[k]
		w.Channel, w.Step, w.Bucket = k.channel, k.step, k.bucket
		f.Waits = append(f.Waits, w)
	}
	people := map[string]bool{}
	for k := range t.visits {
		people[k.customer] = true
	}
	f.Customers = uint32(len(people))
	return f
}

func compareCells(a, b cellKey) int {
	return cmp.Or(cmp.Compare(a.channel, b.channel), cmp.Compare(a.state, b.state), cmp.Compare(a.status, b.status), cmp.Compare(a.payment, b.payment))
}

// Visits is what each known customer ordered, by customer and channel.
func (t *Tally) Visits() []Visit {
	list := make([]Visit, 0, len(t.visits))
	for _, v := range t.visits {
		list = append(list, *v)
	}
	slices.SortFunc(list, func(a, b Visit) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Channel.ID, b.Channel.ID), cmp.Compare(a.Channel.Platform, b.Channel.Platform))
	})
	return list
}
