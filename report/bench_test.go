package report

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/palmonas/palmonas-crm/order"
)

// million are figures as a million orders of a year make them: 2,740 a day over
// seven channels, 36 states and 2,000 products.
func million() (Figures, Day) {
	rng := rand.New(rand.NewPCG(1, 2))
	fig := Figures{Range: Ever()}
	for i := range 7 {
		fig.Names.Channels = append(fig.Names.Channels, Channel{ID: fmt.Sprint("channel-", i), Platform: order.Platforms()[i%5]})
	}
	fig.Names.States = order.StatesOfIndia()
	for i := range 2000 {
		fig.Names.Products = append(fig.Names.Products, Product{SKU: fmt.Sprint("SKU-", i), Title: "Ring"})
	}
	today := Date(2026, 11, 22)
	for d := today - 400; d <= today; d++ {
		day := &DayFigures{Day: d, Orders: 2740, Customers: 2000}
		for range 1200 {
			day.Cells = append(day.Cells, Cell{Channel: rng.Uint32N(7), State: rng.Uint32N(36), Status: StatusNo(rng.Uint32N(9)), Payment: PaymentNo(rng.Uint32N(3)),
				Orders: 2, Units: 4, Gross: 250_000, Tax: 7_000})
		}
		for i := range uint32(168) {
			day.Hours = append(day.Hours, Hour{Channel: i % 7, Hour: uint8(i / 7), Orders: 16, Net: 4_000_000})
		}
		for i := range uint32(2000) {
			day.Sales = append(day.Sales, Sale{Channel: i % 7, Product: i, Orders: 2, Units: 3, Net: 400_000})
		}
		for i := range uint32(300) {
			day.Waits = append(day.Waits, Wait{Channel: i % 7, Step: Step(i % 3), Bucket: Bucket(i % 255), Orders: 9})
		}
		fig.Days = append(fig.Days, day)
	}
	return fig, today
}

// BenchmarkMillion is what each answer costs beside reading the figures, over a
// whole financial year compared with the one before.
func BenchmarkMillion(b *testing.B) {
	fig, today := million()
	f := Filter{Range: Range{today - 364, today}, Compare: CompareYear}
	for name, ask := range map[string]func(){
		"dashboard": func() { f.Dashboard(fig, fig, today, Now{}, nil) },
		"revenue":   func() { f.Revenue(fig) },
		"platforms": func() { f.ComparePlatforms(fig) },
		"trends":    func() { f.Trends(fig, fig, today) },
		"products":  func() { f.BestSellers(fig).Best() },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				ask()
			}
		})
	}
}
