package shop

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// blank is an order that was just placed, without content.
func (s *Shop) blank(seq int, at time.Time) *Order {
	o := &Order{Seq: seq, Created: at, Updated: at, Status: order.Pending}
	o.ID, o.Number = s.cfg.Traits.ID(s.stream(seq, 1<<17), seq)
	o.History = []Change{{At: at, Status: order.Pending, By: ByLife}}
	return o
}

// compose is the n-th order of the shop.
func (s *Shop) compose(seq int, at time.Time) *Order {
	r, t := s.stream(seq, 0), s.cfg.Traits
	o := s.blank(seq, at)
	o.Customer = s.customer(r)
	o.COD = r.Float64() < t.COD
	o.ByPlatform = r.Float64() < t.ByPlatform
	o.Collected = !o.ByPlatform && r.Float64() < t.Collected
	o.Express = o.ByPlatform && r.Float64() < 0.8
	o.Business = r.Float64() < 0.01
	o.Method = prepaidMethods[r.IntN(len(prepaidMethods))]
	if o.COD {
		o.Method = "cod"
	}
	o.Lines = basket(r)
	if r.Float64() < 0.3 {
		o.discount(coupons[r.IntN(len(coupons))])
	}
	if o.Items() < 999_00 {
		o.Shipping = 49_00
	}
	if t.Dress != nil {
		t.Dress(r, o)
	}
	return o
}

var prepaidMethods = [...]string{"upi", "upi", "upi", "card", "card", "netbanking", "wallet"}

type coupon struct {
	code    string
	percent int64
}

var coupons = [...]coupon{{"FESTIVE10", 10}, {"WELCOME5", 5}, {"SHAADI15", 15}}

// discount takes a percentage off each line, in whole rupees.
func (o *Order) discount(c coupon) {
	o.Coupon = c.code
	for i, l := range o.Lines {
		o.Lines[i].Discount = l.Amount * c.percent / 100 / 100 * 100
		o.Lines[i].Amount = l.Amount - o.Lines[i].Discount
	}
}

// basket fills an order: mostly one piece, sometimes a set.
func basket(r *rand.Rand) []Line {
	n := 1
	switch x := r.Float64(); {
	case x > 0.97:
		n = 4 + r.IntN(2)
	case x > 0.90:
		n = 3
	case x > 0.72:
		n = 2
	}
	lines := make([]Line, 0, n)
	for _, p := range r.Perm(len(catalogue))[:n] {
		l, _ := Article(p + 1)
		if r.Float64() > 0.88 {
			l.Quantity = 2 + r.IntN(2)
			l.Amount = l.Unit * int64(l.Quantity)
		}
		lines = append(lines, l)
	}
	return lines
}

// customer picks one of the pool; a few of them buy often, and all shops of
// one seed share the pool.
func (s *Shop) customer(r *rand.Rand) Customer {
	x := r.Float64()
	n := int(x * x * float64(s.pool))
	p := rand.New(rand.NewPCG(uint64(s.cfg.Seed), uint64(n)+1<<40))
	c := Customer{Country: "IN"}
	if p.Float64() < 0.04 {
		c.First, c.Last = scripts[p.IntN(len(scripts))].First, scripts[p.IntN(len(scripts))].Last
	} else {
		c.First, c.Last = givenNames[p.IntN(len(givenNames))], surnames[p.IntN(len(surnames))]
	}
	if p.Float64() < 0.6 {
		c.ID = n + 1
	}
	c.Email = "buyer" + strconv.Itoa(n+1) + "@example.com"
	c.Phone = fmt.Sprintf("+9190000%05d", n%100_000)
	place := places[p.IntN(len(places))]
	c.City, c.State, c.StateCode = place.city, place.state, place.code
	c.Pincode = place.pins[p.IntN(len(place.pins))]
	c.Line1 = fmt.Sprintf("%d, %s", 1+p.IntN(420), streets[p.IntN(len(streets))])
	if p.Float64() < 0.5 {
		c.Line2 = "Near " + landmarks[p.IntN(len(landmarks))]
	}
	return c
}
