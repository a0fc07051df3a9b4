package report

import (
	"testing"

	"github.com/palmonas/palmonas-crm/order"
)

// Orders are counted one by one for what is not kept by payment method and
// state up to a bound; beyond it nothing is told rather than something wrong.
func TestSiftIsBounded(t *testing.T) {
	t.Parallel()
	today := Date(2026, 11, 22)
	figures := func(now, before uint32) Figures {
		day := func(d Day, n uint32) *DayFigures {
			return &DayFigures{Day: d, Orders: n + 5, Cells: []Cell{{Payment: PaymentNumber(order.COD), Orders: n}, {Payment: PaymentNumber(order.Prepaid), Orders: 5}}}
		}
		return Figures{Range: Ever(), Names: Names{Channels: []Channel{{ID: "shop", Platform: order.Organic}}, States: []string{"Goa"}},
			Days: []*DayFigures{day(today-1, before), day(today, now)}}
	}
	f := Filter{Range: Range{today, today}, Payment: order.COD}
	for _, tt := range []struct {
		name        string
		now, before uint32
		compared    bool
		enough      bool
	}{
		{"few", 10, 10, true, true},
		{"just as many", MostSifted, 0, true, true},
		{"one too many", MostSifted + 1, 0, false, false},
		{"too many with the day before", MostSifted, 1, true, false},
		{"too many, but the day before is not asked for", MostSifted, 1, false, true},
	} {
		if _, enough := f.Sift(figures(tt.now, tt.before), tt.compared); enough != tt.enough {
			t.Errorf("%s: enough is %v", tt.name, enough)
		}
	}
	fig := figures(MostSifted+1, 0)
	if a := f.ComparePlatforms(fig); !a.Unfiltered || len(a.Platforms) != 1 || a.Platforms[0].Orders != MostSifted+1 || len(a.Platforms[0].Times) != 0 {
		t.Errorf("platforms: %+v", a)
	}
	if a := f.BestSellers(fig); !a.Unfiltered || a.Totals.Orders != MostSifted+1 {
		t.Errorf("products: %+v", a)
	}
	if a := f.Trends(fig, fig, today); a.Hours != nil {
		t.Errorf("hours: %+v", a.Hours)
	}
	if a := f.Loyal(fig, nil, Loyalty{Customers: 7}, today, india(t)); !a.Unfiltered || a.Ever != nil || len(a.Often)+len(a.Cohorts)+len(a.New) != 0 {
		t.Errorf("customers: %+v", a)
	}
	// The counted orders answer instead, with their own numbers of words.
	own := Figures{Names: Names{Channels: []Channel{{ID: "other", Platform: order.Amazon}, {ID: "shop", Platform: order.Organic}}, States: []string{"Goa"}, Products: []Product{{SKU: "R1", Title: "Ring"}}},
		Days: []*DayFigures{{Day: today, Hours: []Hour{{Channel: 1, Hour: 9, Orders: 3}}, Sales: []Sale{{Channel: 1, Orders: 2, Units: 4}}, Waits: []Wait{{Channel: 1, Step: ToShipped, Bucket: 5, Orders: 2}}}}}
	fig.Sifted = &own
	if a := f.ComparePlatforms(fig); a.Unfiltered || len(a.Platforms[0].Times) != 1 || a.Platforms[0].Times[0].Orders != 2 {
		t.Errorf("counted times: %+v", a)
	}
	if a := f.BestSellers(fig); a.Unfiltered || len(a.Products) != 1 || a.Products[0].Units != 4 {
		t.Errorf("counted products: %+v", a)
	}
	if h := f.Trends(fig, fig, today).Hours; h == nil || h.Orders[today.Weekday()][9] != 3 {
		t.Errorf("counted hours: %+v", h)
	}
}
