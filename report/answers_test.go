package report

import (
	"testing"

	"github.com/palmonas/palmonas-crm/order"
)

// Every number that counts orders equals the length of the list it leads to.
func TestNumbersLeadToTheirOrders(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1500, 240)
	for name, f := range s.questions() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			same := func(what string, n int, p Part) {
				t.Helper()
				if got := s.matching(t, f.List(p)); got != n {
					t.Errorf("%s: the figure is %d, the list %s has %d", what, n, f.List(p).Values().Encode(), got)
				}
			}
			totals := func(what string, have Totals, p Part) {
				t.Helper()
				same(what+", orders", have.Orders, p)
				p.Statuses = Earning()
				same(what+", earning", have.Earning, p)
				p.Statuses = []order.Status{order.Cancelled}
				same(what+", cancelled", have.Cancelled, p)
				p.Statuses = SentBack()
				same(what+", sent back", have.SentBack, p)
			}
			revenue := f.Revenue(s.fig)
			totals("totals", revenue.Totals, Part{})
			for _, m := range revenue.Timeline {
				totals("step "+m.Words(), m.Totals, Part{Range: m.Range})
				for p, x := range m.Platforms {
					totals("step "+m.Words()+" of "+string(p), x, Part{Range: m.Range, Platform: p})
				}
				if m.Before != nil {
					totals("step before "+m.Before.Words(), m.Before.Totals, Part{Range: m.Before.Range})
				}
			}
			for _, r := range revenue.States {
				totals("state "+r.Name, r.Totals, Part{State: r.Name})
			}
			for _, r := range revenue.Payments {
				totals("payment "+string(r.Method), r.Totals, Part{Payment: r.Method})
			}
			platforms := f.ComparePlatforms(s.fig)
			for _, r := range platforms.Platforms {
				totals(string(r.Platform), r.Totals, Part{Platform: r.Platform})
			}
			for _, r := range platforms.Channels {
				totals(r.ID, r.Totals, Part{Channel: r.ID})
			}
			for _, r := range f.statuses(s.fig) {
				same(string(r.Status), r.Orders, Part{Statuses: []order.Status{r.Status}})
			}
			for _, r := range f.BestSellers(s.fig).Products {
				same(r.SKU, r.Orders, Part{SKU: r.SKU})
			}
		})
	}
}

// Amounts equal a plain sum over the orders.
func TestSumsAreExact(t *testing.T) {
	t.Parallel()
	s := newShop(t, 800, 60)
	f := Filter{Preset: Last30, Range: Last30.Range(s.today)}
	var gross, net, discount, shipping, tax int64
	units, earning := 0, 0
	for _, o := range s.orders {
		if !f.Range.Has(DayOf(o.Facts.OrderedAt, s.zone)) {
			continue
		}
		gross += o.Facts.Total.Minor
		units += o.Facts.Units()
		if o.Status.CountsAsRevenue() {
			earning++
			net += o.Facts.Total.Minor
			discount += o.Facts.Discount.Minor
			shipping += o.Facts.Shipping.Minor
			tax += o.Facts.Tax.Minor
		}
	}
	got := f.Revenue(s.fig)
	want := Totals{Gross: order.INR(gross), Net: order.INR(net), Discount: order.INR(discount), Shipping: order.INR(shipping), Tax: order.INR(tax)}
	if h := got.Totals; h.Gross != want.Gross || h.Net != want.Net || h.Discount != want.Discount || h.Shipping != want.Shipping || h.Tax != want.Tax || h.Units != units {
		t.Errorf("got %+v, want %+v and %d units", h, want, units)
	}
	if want := net / int64(earning); got.Totals.Average.Minor < want || got.Totals.Average.Minor > want+1 {
		t.Errorf("an order is worth %s, want about %d", got.Totals.Average.Decimal(), want)
	}
	var steps, before, states, payments int64
	for _, m := range got.Timeline {
		steps += m.Net.Minor
		before += m.Before.Net.Minor
	}
	for _, r := range got.States {
		states += r.Net.Minor
	}
	for _, r := range got.Payments {
		payments += r.Net.Minor
	}
	if steps != net || states != net || payments != net {
		t.Errorf("net is %d; the steps sum to %d, states to %d, payments to %d", net, steps, states, payments)
	}
	if before != got.Previous.Net.Minor {
		t.Errorf("before it was %s; the steps sum to %d", got.Previous.Net.Decimal(), before)
	}
}

// An order placed at half past midnight in India counts on that day, though in
// London it is still the day before.
func TestDayEdges(t *testing.T) {
	t.Parallel()
	edge := Date(2026, 11, 10)
	s := newShop(t, 4, 1, func(i int, r *order.Report) {
		at := edge.Start(india(t))
		switch i {
		case 0:
			at = at.Add(-1e6) // a millisecond before
		case 2:
			at = at.Add(30 * 60e9)
		case 3:
			at = (edge + 1).Start(india(t)).Add(-1e6)
		}
		r.Facts.OrderedAt = at.UTC()
	})
	for day, want := range map[Day]int{edge - 1: 1, edge: 3, edge + 1: 0} {
		f := Filter{Range: Range{day, day}, Compare: CompareNone}
		if got := f.Revenue(s.fig).Totals.Orders; got != want {
			t.Errorf("%s has %d orders, want %d", day, got, want)
		}
		if got := s.matching(t, f.List(Part{})); got != want {
			t.Errorf("the list of %s has %d orders, want %d", day, got, want)
		}
	}
}
