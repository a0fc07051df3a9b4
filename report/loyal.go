package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Loyal is the answer of /analytics/customers.
type Loyal struct {
	Overview
	Customers  int     `json:"customers"` // who ordered in the period
	Repeat     int     `json:"repeatCustomers"`
	RepeatRate float64 `json:"repeatRate"` // percent of them with two orders or more in it
	// Unknown counts orders of nobody in particular: some platforms tell no
	// customer.
	Unknown int           `json:"ordersWithoutCustomer"`
	Top     []CustomerRow `json:"top"`
	// States and Pincodes are where they live, by their last order; of the
	// pincodes the first MostPincodes.
	States   []PlaceRow `json:"states"`
	Pincodes []PlaceRow `json:"pincodes"`
	// New is who ordered for the first time ever, by step.
	New []NewStep `json:"newAndReturning"`
	// Often counts all customers ever by how many orders they have; the last
	// entry is that many or more. It, New, Ever and Cohorts are known of all
	// orders only, and left out where the filter narrows them.
	Often   []int       `json:"often"`
	Ever    *int        `json:"customersEver,omitempty"`
	Cohorts []CohortRow `json:"cohorts"`
	// Unfiltered says that the filter asks for a payment method or a state, by
	// which customers are not kept, and for more orders than are counted on the
	// spot: nobody is listed then.
	Unfiltered bool `json:"customersLeftOut,omitempty"`
}

// CustomerRow is one customer in a period. Name is filled in by who may read
// it; Key is empty for who may not.
type CustomerRow struct {
	Key      string      `json:"key,omitempty"`
	Name     string      `json:"name"`
	State    string      `json:"state"`
	Pincode  string      `json:"pincode"`
	Orders   int         `json:"orders"`
	Returned int         `json:"returned"`
	Units    int         `json:"units"`
	Gross    order.Money `json:"gross"`
	Net      order.Money `json:"net"`
	First    Day         `json:"first"`
	Last     Day         `json:"last"`
}

// PlaceRow is where customers live, by their last order.
type PlaceRow struct {
	State     string      `json:"state"`
	Pincode   string      `json:"pincode,omitempty"`
	Customers int         `json:"customers"`
	Orders    int         `json:"orders"`
	Net       order.Money `json:"net"`
}

// NewStep is how many customers a step saw for the first time ever, and how
// many it saw again. A customer counts once a day.
type NewStep struct {
	Range
	New       int `json:"new"`
	Returning int `json:"returning"`
}

// CohortRow is who first ordered in one month, and how many of them ordered
// again each month after; Months[0] is all of them.
type CohortRow struct {
	First     Day           `json:"first"`
	Customers int           `json:"customers"`
	Months    []int         `json:"months"`
	Net       []order.Money `json:"net"`
}

// newAndReturning splits the customers of each step. Who is new is known over
// all channels only, so that a filter must not narrow it.
func (f Filter) newAndReturning(fig Figures, l Loyalty) []NewStep {
	first := map[Day]int{}
	for _, n := range l.Newcomers {
		first[n.Day] += n.Customers
	}
	steps := f.Step().Split(f.Range)
	all := make([]NewStep, len(steps))
	for i, r := range steps {
		all[i].Range = r
		for _, d := range fig.in(r) {
			fresh := min(first[d.Day], int(d.Customers))
			all[i].New += fresh
			all[i].Returning += int(d.Customers) - fresh
		}
	}
	return all
}

// CohortMonths is how many months of newcomers are followed.
const CohortMonths = 12

// cohortRows turns pairs of months into a row for each of the newest months of
// newcomers.
func cohortRows(list []Cohort, today Day) []CohortRow {
	rows := []CohortRow{}
	at := map[Day]int{}
	oldest := today.Month().AddMonths(1 - CohortMonths)
	for _, c := range list {
		if c.First < oldest || c.First > today {
			continue
		}
		i, ok := at[c.First]
		if !ok {
			i, at[c.First] = len(rows), len(rows)
			months := monthsBetween(c.First, today) + 1
			row := CohortRow{First: c.First, Months: make([]int, months), Net: make([]order.Money, months)}
			for k := range row.Net {
				row.Net[k] = order.INR(0)
			}
			rows = append(rows, row)
		}
		k := monthsBetween(c.First, c.Month)
		if k < 0 || k >= len(rows[i].Months) {
			continue
		}
		rows[i].Months[k] += c.Customers
		rows[i].Net[k] = order.INR(rows[i].Net[k].Minor + c.Net)
	}
	for i := range rows {
		rows[i].Customers = rows[i].Months[0]
	}
	return rows
}

func monthsBetween(a, b Day) int {
	from, to := a.civil(), b.civil()
	return (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month())
}

// Loyal is the answer for a filter as of today, without names. of are the
// customers of the filter, nil where they could not be told; l is of everybody;
// fig must hold the days of Needs.
func (f Filter) Loyal(fig Figures, of *Customers, l Loyalty, today Day, zone *time.Location) Loyal {
	a := Loyal{Overview: f.overview(fig), Top: []CustomerRow{}, States: []PlaceRow{}, Pincodes: []PlaceRow{}, New: []NewStep{}, Often: []int{}, Cohorts: []CohortRow{},
		Unfiltered: of == nil}
	if !f.Narrow() {
		a.New, a.Often, a.Ever, a.Cohorts = f.newAndReturning(fig, l), l.Often[:], &l.Customers, cohortRows(l.Cohorts, today)
	}
	if a.Unfiltered {
		return a
	}
	a.Customers, a.Repeat, a.RepeatRate = of.Total, of.Repeat, rate(of.Repeat, of.Total)
	a.Unknown = max(0, a.Totals.Orders-of.Orders)
	for _, c := range of.Top {
		a.Top = append(a.Top, CustomerRow{Key: c.Key, State: c.State, Pincode: c.Pincode, Orders: c.Orders, Returned: c.Returned, Units: c.Units,
			Gross: order.INR(c.Gross), Net: order.INR(c.Net), First: DayOf(c.First, zone), Last: DayOf(c.Last, zone)})
	}
	a.States, a.Pincodes = places(of.Places)
	return a
}

// MostPincodes is how many pincodes an answer ranks.
const MostPincodes = 25

// places sums by state, and ranks the pincodes that are known.
func places(list []Place) (states, pincodes []PlaceRow) {
	states, pincodes = []PlaceRow{}, []PlaceRow{}
	at := map[string]int{}
	for _, p := range list {
		i, ok := at[p.State]
		if !ok {
			i, at[p.State] = len(states), len(states)
			states = append(states, PlaceRow{State: p.State, Net: order.INR(0)})
		}
		s := &states[i]
		s.Customers, s.Orders, s.Net = s.Customers+p.Customers, s.Orders+p.Orders, order.INR(s.Net.Minor+p.Net)
		if p.Pincode != "" && len(pincodes) < MostPincodes {
			pincodes = append(pincodes, PlaceRow{State: p.State, Pincode: p.Pincode, Customers: p.Customers, Orders: p.Orders, Net: order.INR(p.Net)})
		}
	}
	slices.SortStableFunc(states, func(a, b PlaceRow) int {
		return cmp.Or(cmp.Compare(b.Customers, a.Customers), cmp.Compare(a.State, b.State))
	})
	return states, pincodes
}

// CustomerQuery asks for the customers of the filter's range and channels. None
// of the known channels may fit; ok is then false and nobody is to be asked.
func (f Filter) CustomerQuery(known []Channel, limit int) (q CustomerQuery, ok bool) {
	q = CustomerQuery{Range: f.Range, Sort: ByValue, Limit: limit}
	if len(f.Platforms)+len(f.Channels) == 0 {
		return q, true
	}
	for i, in := range f.channels(Names{Channels: known}) {
		if in {
			q.Channels = append(q.Channels, known[i].ID)
		}
	}
	return q, len(q.Channels) > 0
}
