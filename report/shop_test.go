package report

import (
	"slices"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

// shop is some orders and their figures, counted as stores count them.
type shop struct {
	zone   *time.Location
	now    time.Time
	today  Day
	orders []order.Order
	fig    Figures
}

// newShop holds n synthetic orders of the last days.
func newShop(t testing.TB, n, days int, change ...func(i int, r *order.Report)) shop {
	t.Helper()
	s := shop{zone: india(t), now: ordertest.Noon()}
	s.today = DayOf(s.now, s.zone)
	for i := range n {
		r := ordertest.Synthetic(7, i, days, s.now)
		for _, fn := range change {
			fn(i, &r)
		}
		o, _ := order.Absorb(nil, r, s.now)
		s.orders = append(s.orders, o)
	}
	s.count()
	return s
}

func (s *shop) count() {
	names, days := NewDictionary(), map[Day]*Tally{}
	for _, o := range s.orders {
		d := DayOf(o.Facts.OrderedAt, s.zone)
		if days[d] == nil {
			days[d] = NewTally(d, s.zone, names)
		}
		days[d].Add(o)
	}
	s.fig = Figures{Range: Ever(), Names: names.Names()}
	for _, t := range days {
		s.fig.Days = append(s.fig.Days, t.Figures())
	}
	slices.SortFunc(s.fig.Days, func(a, b *DayFigures) int { return int(a.Day - b.Day) })
}

// matching counts the orders that a list shows.
func (s shop) matching(t testing.TB, l order.Filter) int {
	t.Helper()
	parsed, err := order.ParseFilter(l.Values())
	if err != nil {
		t.Fatalf("%+v: %v", l, err)
	}
	q, err := parsed.QueryAt(s.zone, s.now)
	if err != nil {
		t.Fatalf("%+v: %v", l, err)
	}
	n := 0
	for _, o := range s.orders {
		if order.Match(q.Where, o) {
			n++
		}
	}
	return n
}

// questions are filters that differ in every way that matters.
func (s shop) questions() map[string]Filter {
	day := Last30.Range(s.today)
	return map[string]Filter{
		"30 days":      {Preset: Last30, Range: day},
		"one platform": {Preset: Last30, Range: day, Platforms: []order.Platform{order.Flipkart}},
		"cash in two states": {Preset: Last30, Range: day, Payment: order.COD, States: []string{"Maharashtra", "Tamil Nadu"},
			Compare: CompareYear},
		"one channel, one day": {Range: Range{s.today - 3, s.today - 3}, Channels: []string{"website"}, Compare: CompareNone},
		"financial year":       {Preset: ThisYear, Range: ThisYear.Range(s.today)},
	}
}
