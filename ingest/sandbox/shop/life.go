package shop

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// step is what will happen to an order next; a zero time means nothing.
type step struct {
	at     time.Time
	status order.Status
	detail Detail
}

// plan decides what happens next to an order, from where it stands. Odds and
// delays are those of a small Indian brand: cash on delivery is refused often,
// parcels take days.
func (s *Shop) plan(o *Order) {
	o.steps++
	l := Lot{r: s.stream(o.Seq, o.steps), from: o.Updated}
	if next := s.cfg.Traits.Next; next == nil || !next(&l, o) {
		l.choose(o, s.cfg.Traits)
	}
	o.next = l.step
}

// Lot draws the next step of one order.
type Lot struct {
	r    *rand.Rand
	from time.Time
	step step
}

// Chance is true with a probability.
func (l *Lot) Chance(p float64) bool { return l.r.Float64() < p }

// Then sets the step, between two delays from the last change.
func (l *Lot) Then(status order.Status, d Detail, least, most time.Duration) {
	at := l.from.Add(least + time.Duration(l.r.Int64N(int64(most-least)))).Truncate(time.Second)
	l.step = step{at: at, status: status, detail: d}
}

const day = 24 * time.Hour

func (l *Lot) choose(o *Order, t Traits) {
	switch o.Status {
	case order.Pending:
		l.pending(o)
	case order.Confirmed:
		switch {
		case l.Chance(0.05):
			l.Then(order.Cancelled, "", 30*time.Minute, 10*time.Hour)
		case o.ByPlatform:
			l.Then(order.Shipped, "", 3*time.Hour, 20*time.Hour)
		default:
			l.Then(order.Processing, AwaitingPick, time.Hour, 18*time.Hour)
		}
	case order.Processing:
		if l.Chance(0.015) {
			l.Then(order.Cancelled, "", time.Hour, 6*time.Hour)
			return
		}
		l.Then(order.Shipped, PickedUp, 2*time.Hour, 20*time.Hour)
	case order.Shipped:
		l.shipped(o)
	case order.OutForDelivery:
		refuse := 0.02
		if o.COD {
			refuse = 0.11
		}
		if l.Chance(refuse) {
			l.Then(order.Returned, Refused, 4*time.Hour, 9*time.Hour)
			return
		}
		l.Then(order.Delivered, "", 2*time.Hour, 8*time.Hour)
	case order.Delivered:
		if t.Returns && l.Chance(0.04) {
			l.Then(order.Returned, CameBack, 3*day, 8*day)
		}
	case order.Returned:
		l.returned(o, t)
	case order.Cancelled:
		if t.Refunds && !o.Paid.IsZero() {
			l.Then(order.Refunded, "", 6*time.Hour, 2*day)
		}
	}
}

func (l *Lot) pending(o *Order) {
	switch {
	case o.Detail == PaymentFailed && l.Chance(0.4):
		l.Then(order.Confirmed, "", 3*time.Minute, 40*time.Minute)
	case o.Detail == PaymentFailed:
		l.Then(order.Cancelled, "", 50*time.Minute, 70*time.Minute)
	case o.COD && l.Chance(0.03):
		l.Then(order.Cancelled, "", time.Hour, 5*time.Hour)
	case o.COD:
		l.Then(order.Confirmed, "", 5*time.Minute, 2*time.Hour)
	case l.Chance(0.05):
		l.Then(order.Pending, PaymentFailed, 2*time.Minute, 10*time.Minute)
	default:
		l.Then(order.Confirmed, "", 20*time.Second, 6*time.Minute)
	}
}

func (l *Lot) shipped(o *Order) {
	switch {
	case o.ByPlatform, o.Detail == Lost, o.Detail == Damaged:
	case o.Detail != AtHub:
		l.Then(order.Shipped, AtHub, 6*time.Hour, day)
	case l.Chance(0.003):
		l.Then(order.Shipped, Lost, 5*day, 7*day)
	case l.Chance(0.001):
		l.Then(order.Shipped, Damaged, day, 2*day)
	default:
		l.Then(order.OutForDelivery, "", 12*time.Hour, 3*day)
	}
}

func (l *Lot) returned(o *Order, t Traits) {
	switch o.Detail {
	case Refused, "":
		l.Then(order.Returned, GoingBack, 12*time.Hour, 36*time.Hour)
	case GoingBack:
		l.Then(order.Returned, CameBack, 2*day, 5*day)
	case CameBack:
		if t.Refunds && !o.Paid.IsZero() {
			l.Then(order.Refunded, "", day, 3*day)
		}
	}
}

// Move changes the status of an order with all that goes with it. at is in
// whole seconds.
func (o *Order) Move(to order.Status, d Detail, at time.Time, by Actor) {
	o.Status, o.Detail, o.Word = to, d, ""
	o.plainLines(to)
	if slices.ContainsFunc(o.Parcels, func(p Parcel) bool { return p.State != "" }) {
		o.Parcels = slices.Clone(o.Parcels)
		for i := range o.Parcels {
			o.Parcels[i].State = ""
		}
	}
	o.History = append(slices.Clip(o.History), Change{At: at, Status: to, Detail: d, By: by})
	switch to {
	case order.Confirmed:
		if !o.COD && o.Paid.IsZero() {
			o.Paid = at
		}
	case order.Processing:
		if o.Parcel().Ref == "" {
			o.Parcels = append(slices.Clip(o.Parcels), Parcel{Ref: strconv.Itoa(len(o.Parcels) + 1), Made: at})
		}
	case order.Shipped:
		o.fulfil(at)
	case order.OutForDelivery:
		o.fulfil(at)
	case order.Delivered:
		o.fulfil(at)
		if o.Closed = at; o.Paid.IsZero() {
			o.Paid = at
		}
	case order.Refunded:
		if left := o.Total() - o.Refunded(); left > 0 {
			o.Refunds = append(slices.Clip(o.Refunds), Refund{ID: 900_000_000 + o.Seq*10 + len(o.Refunds), Amount: left, Reason: "order refunded", At: at})
		}
	}
}

// plainLines ends what set single lines apart: all go on together. Cancelled
// ones stay so, unless the rest is cancelled as well.
func (o *Order) plainLines(to order.Status) {
	if !slices.ContainsFunc(o.Lines, func(l Line) bool { return l.Word != "" || l.Cancelled }) {
		return
	}
	o.Lines = slices.Clone(o.Lines)
	for i := range o.Lines {
		if to == order.Cancelled {
			o.Lines[i].Cancelled = false
		}
		if !o.Lines[i].Cancelled {
			o.Lines[i].Word = ""
		}
	}
}

// Begin says where a new order stands on a platform that has no pending ones,
// or not for all. It is for Traits.Dress.
func (o *Order) Begin(status order.Status, d Detail) {
	o.Status, o.Detail = status, d
	o.History = []Change{{At: o.Created, Status: status, Detail: d, By: ByLife}}
	if status != order.Pending && !o.COD {
		o.Paid = o.Created
	}
}

// fulfil hands everything that is still there to the courier.
func (o *Order) fulfil(at time.Time) {
	if !slices.ContainsFunc(o.Lines, func(l Line) bool { return !l.Cancelled && l.Fulfilled < l.Quantity }) && o.Status != order.Shipped {
		return
	}
	o.Parcels = slices.Clone(o.Parcels)
	if o.Parcel().Ref == "" && !o.ByPlatform {
		o.Parcels = append(o.Parcels, Parcel{Ref: strconv.Itoa(len(o.Parcels) + 1), Made: at})
	}
	for i := range o.Parcels {
		if o.Parcels[i].Shipped.IsZero() {
			o.Parcels[i].Shipped = at
		}
	}
	lines := slices.Clone(o.Lines)
	for i := range lines {
		if !lines[i].Cancelled {
			lines[i].Fulfilled = lines[i].Quantity
		}
	}
	o.Lines = lines
}

// apply moves an order that is not listed yet or is held by the lock's owner.
func (s *Shop) apply(o *Order, to order.Status, d Detail, at time.Time, by Actor) {
	o.Move(to, d, at, by)
	o.Updated = at
	if p := o.Parcel(); to == order.Shipped && p.AWB == "" && p.Ref != "" {
		r := s.stream(o.Seq, 1<<19)
		p.Carrier, p.Service = carriers[r.IntN(len(carriers))], "Standard"
		p.AWB = fmt.Sprintf("%011d", 10_000_000_000+r.Int64N(89_999_999_999))
		i := slices.IndexFunc(o.Parcels, func(x Parcel) bool { return x.Ref == p.Ref })
		o.Parcels[i] = p // fulfil has just cloned them
	}
}

var carriers = [...]string{"Delhivery", "Blue Dart", "DTDC", "Ecom Express", "Xpressbees", "India Post"}

// appointment is an entry of the agenda. It is void when the order has taken
// another step since.
type appointment struct {
	at         int64
	seq, steps int
}

func (o *Order) appointment() appointment {
	return appointment{at: o.next.at.Unix(), seq: o.Seq, steps: o.steps}
}

// agenda is a heap of appointments, the soonest first.
type agenda []appointment

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].seq < a[j].seq
}
func (a *agenda) Push(x any) { *a = append(*a, x.(appointment)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

func (s *Shop) schedule(o *Order) {
	if !o.next.at.IsZero() {
		heap.Push(&s.due, o.appointment())
	}
}

// soonest is the order whose next step comes first, nil when none is planned.
func (s *Shop) soonest() *Order {
	for len(s.due) > 0 {
		o := s.orders[s.due[0].seq]
		if o.steps == s.due[0].steps && !o.Hidden {
			return o
		}
		heap.Pop(&s.due)
	}
	return nil
}
