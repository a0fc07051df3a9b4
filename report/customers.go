package report

import (
	"cmp"
	"slices"
	"strings"
)

// CustomerOf sums the visits of one customer, in any order.
func CustomerOf(visits []Visit) Customer {
	var c Customer
	for _, v := range visits {
		c.Key = v.Customer
		c.add(v)
	}
	return c
}

func (c *Customer) add(v Visit) {
	c.Orders, c.Returned, c.Units = c.Orders+v.Orders, c.Returned+v.Returned, c.Units+v.Units
	c.Gross, c.Net = c.Gross+v.Gross, c.Net+v.Net
	if c.First.IsZero() || v.First.Before(c.First) {
		c.First = v.First
	}
	if d := v.Last.Compare(c.Last); d > 0 || d == 0 && cmp.Or(cmp.Compare(v.State, c.State), cmp.Compare(v.Pincode, c.Pincode)) > 0 {
		c.Last, c.State, c.Pincode = v.Last, v.State, v.Pincode
	}
}

// SumKind says what a CustomerSum is a sum of.
type SumKind string

// The sums that customers add up to. A and B are what tells sums of a kind
// apart: nothing; the number of orders; the first day; the first month and a
// month; nothing, but Text is the place.
const (
	SumAll      SumKind = "all"
	SumOften    SumKind = "often"
	SumNewcomer SumKind = "newcomer"
	SumCohort   SumKind = "cohort"
	SumPlace    SumKind = "place"
)

// SumKinds lists the kinds.
func SumKinds() []SumKind { return []SumKind{SumAll, SumOften, SumNewcomer, SumCohort, SumPlace} }

// SumKey names one sum.
type SumKey struct {
	Kind SumKind
	A, B Day
	Text string
}

// CustomerSum is what customers add to one key. It is a plain sum, so that a
// store can take a customer out of them and put the changed one in.
type CustomerSum struct {
	Customers, Orders int64
	Gross, Net        int64
}

// CustomerSums is a set of sums.
type CustomerSums map[SumKey]CustomerSum

// AddCustomer adds the sums of one customer, given all visits; sign is -1 to
// take them out again. CustomerSums that come to nothing are left at zero.
func (s CustomerSums) AddCustomer(visits []Visit, sign int64) {
	if len(visits) == 0 {
		return
	}
	c := CustomerOf(visits)
	add := func(k SumKey, customers, orders int, gross, net int64) {
		v := s[k]
		v.Customers += sign * int64(customers)
		v.Orders += sign * int64(orders)
		v.Gross += sign * gross
		v.Net += sign * net
		s[k] = v
	}
	first := visits[0].Day
	for _, v := range visits {
		first = min(first, v.Day)
	}
	add(SumKey{Kind: SumAll}, 1, c.Orders, c.Gross, c.Net)
	add(SumKey{Kind: SumOften, A: Day(min(c.Orders, OftenMax))}, 1, c.Orders, c.Gross, c.Net)
	add(SumKey{Kind: SumNewcomer, A: first}, 1, c.Orders, c.Gross, c.Net)
	add(SumKey{Kind: SumPlace, Text: c.State + "\x00" + c.Pincode}, 1, c.Orders, c.Gross, c.Net)
	var months []Day
	for _, v := range visits {
		k := SumKey{Kind: SumCohort, A: first.Month(), B: v.Day.Month()}
		people := 0
		if !slices.Contains(months, k.B) {
			months = append(months, k.B)
			people = 1
		}
		add(k, people, v.Orders, v.Gross, v.Net)
	}
}

// Loyalty reads the answer out of the sums of everybody.
func (s CustomerSums) Loyalty() Loyalty {
	var l Loyalty
	for k, v := range s {
		if v == (CustomerSum{}) {
			continue
		}
		switch k.Kind {
		case SumAll:
			l.Customers = int(v.Customers)
		case SumOften:
			if i := int(k.A) - 1; i >= 0 && i < len(l.Often) {
				l.Often[i] = int(v.Customers)
			}
		case SumNewcomer:
			l.Newcomers = append(l.Newcomers, Newcomers{Day: k.A, Customers: int(v.Customers)})
		case SumCohort:
			l.Cohorts = append(l.Cohorts, Cohort{First: k.A, Month: k.B, Customers: int(v.Customers), Orders: int(v.Orders), Net: v.Net})
		}
	}
	slices.SortFunc(l.Newcomers, func(a, b Newcomers) int { return cmp.Compare(a.Day, b.Day) })
	slices.SortFunc(l.Cohorts, func(a, b Cohort) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Month, b.Month))
	})
	return l
}

// Customers is everybody's part of the answer to a CustomerQuery, without the
// list.
func (s CustomerSums) Customers() Customers {
	all := s[SumKey{Kind: SumAll}]
	once := s[SumKey{Kind: SumOften, A: 1}]
	c := Customers{Total: int(all.Customers), Repeat: int(all.Customers - once.Customers), Orders: int(all.Orders), Gross: all.Gross, Net: all.Net}
	for k, v := range s {
		if k.Kind == SumPlace && v != (CustomerSum{}) {
			state, pin, _ := strings.Cut(k.Text, "\x00")
			c.Places = append(c.Places, Place{State: state, Pincode: pin, Customers: int(v.Customers), Orders: int(v.Orders), Net: v.Net})
		}
	}
	SortPlaces(c.Places)
	return c
}

// CustomersOf answers a query from the visits that it selects, in any order.
func CustomersOf(visits []Visit, q CustomerQuery) Customers {
	byKey, sums := map[string][]Visit{}, CustomerSums{}
	for _, v := range visits {
		byKey[v.Customer] = append(byKey[v.Customer], v)
	}
	all := make([]Customer, 0, len(byKey))
	for _, list := range byKey {
		sums.AddCustomer(list, 1)
		all = append(all, CustomerOf(list))
	}
	slices.SortFunc(all, q.Sort.Compare)
	limit, offset := q.Window()
	c := sums.Customers()
	c.Top = all[min(offset, len(all)):min(offset+limit, len(all))]
	return c
}

// SortPlaces puts the places with most customers first.
func SortPlaces(list []Place) {
	slices.SortFunc(list, func(a, b Place) int {
		return cmp.Or(cmp.Compare(b.Customers, a.Customers), cmp.Compare(b.Orders, a.Orders), cmp.Compare(a.State, b.State), cmp.Compare(a.Pincode, b.Pincode))
	})
}

// Compare orders customers by a sort; it is 0 for the same customer only.
func (by CustomerSort) Compare(a, b Customer) int {
	c := 0
	switch by {
	case ByOrders:
		c = cmp.Compare(b.Orders, a.Orders)
	case ByLastSeen:
		c = b.Last.Compare(a.Last)
	default:
		c = cmp.Compare(b.Net, a.Net)
	}
	return cmp.Or(c, cmp.Compare(a.Key, b.Key))
}

// Window is the part of the list that the query asks for, within its bounds.
func (q CustomerQuery) Window() (limit, offset int) {
	limit = q.Limit
	if limit <= 0 {
		limit = 50
	}
	return min(limit, 500), min(max(q.Offset, 0), 10_000)
}
