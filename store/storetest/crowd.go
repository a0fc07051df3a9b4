package storetest

import (
	"slices"

	"github.com/palmonas/palmonas-crm/report"
)

// crowd answers questions about customers the plain way, from all visits of
// each.
type crowd map[string][]report.Visit

func (c crowd) add(v report.Visit) { c[v.Customer] = append(c[v.Customer], v) }

func (c crowd) answer(q report.CustomerQuery) report.Customers {
	a := report.Customers{Total: len(c)}
	var all []report.Customer
	places := map[report.Place]report.Place{}
	for _, visits := range c {
		x := report.CustomerOf(visits)
		all = append(all, x)
		if x.Orders > 1 {
			a.Repeat++
		}
		a.Orders, a.Gross, a.Net = a.Orders+x.Orders, a.Gross+x.Gross, a.Net+x.Net
		at := report.Place{State: x.State, Pincode: x.Pincode}
		p := places[at]
		places[at] = report.Place{State: x.State, Pincode: x.Pincode, Customers: p.Customers + 1, Orders: p.Orders + x.Orders, Net: p.Net + x.Net}
	}
	for _, p := range places {
		a.Places = append(a.Places, p)
	}
	report.SortPlaces(a.Places)
	slices.SortFunc(all, q.Sort.Compare)
	limit, offset := q.Window()
	a.Top = all[min(offset, len(all)):min(offset+limit, len(all))]
	return a
}
