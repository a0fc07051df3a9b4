package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
)

// BenchFigures measures what pages ask of the figures of a store that was
// counted.
func BenchFigures(b *testing.B, s store.Store) {
	all, err := s.Figures().Days(b.Context(), report.Ever())
	if err != nil {
		b.Fatal(err)
	}
	if len(all.Days) == 0 {
		b.Fatal("no figures to measure")
	}
	last := all.Days[len(all.Days)-1].Day
	for _, days := range []int{1, 30, 90, 100_000} {
		r := report.Range{From: max(last-report.Day(days)+1, report.Ever().From), To: last}
		name := fmt.Sprintf("%d days", days)
		if days == 100_000 {
			name = "all days"
		}
		b.Run("figures of "+name, func(b *testing.B) {
			measure(b, func(int) error { _, err := s.Figures().Days(b.Context(), r); return err })
		})
		b.Run("figures of "+name+", added up by channel and status", func(b *testing.B) {
			measure(b, func(int) error { return addUp(b, s, r) })
		})
		b.Run("sales of "+name, func(b *testing.B) {
			measure(b, func(int) error { _, err := s.Figures().Sales(b.Context(), r); return err })
		})
		b.Run("customers of "+name, func(b *testing.B) {
			measure(b, func(int) error {
				_, err := s.Figures().Customers(b.Context(), report.CustomerQuery{Range: r})
				return err
			})
		})
	}
	b.Run("customers of a channel, all days", func(b *testing.B) {
		q := report.CustomerQuery{Range: report.Ever(), Channels: []string{shop}}
		measure(b, func(int) error { _, err := s.Figures().Customers(b.Context(), q); return err })
	})
	b.Run("customers of all days but one", func(b *testing.B) {
		q := report.CustomerQuery{Range: report.Range{From: report.Ever().From, To: last - 1}}
		measure(b, func(int) error { _, err := s.Figures().Customers(b.Context(), q); return err })
	})
	b.Run("customers by orders, place 5000", func(b *testing.B) {
		q := report.CustomerQuery{Range: report.Ever(), Sort: report.ByOrders, Offset: 5000}
		measure(b, func(int) error { _, err := s.Figures().Customers(b.Context(), q); return err })
	})
	b.Run("loyalty", func(b *testing.B) {
		measure(b, func(int) error { _, err := s.Figures().Loyalty(b.Context()); return err })
	})
	b.Run("all days after an edit", func(b *testing.B) { benchAfterEdit(b, s) })
}

// addUp is the least a page does with figures.
func addUp(b *testing.B, s store.Store, r report.Range) error {
	f, err := s.Figures().Days(b.Context(), r)
	type key struct {
		channel uint32
		status  report.StatusNo
	}
	sums := map[key]int64{}
	for _, d := range f.Days {
		for i := range d.Cells {
			c := &d.Cells[i]
			sums[key{c.Channel, c.Status}] += c.Gross
		}
	}
	if len(sums) == 0 {
		b.Error("nothing to add up")
	}
	return err
}

// benchAfterEdit asks for everything after an order changed its status, so that
// a day is counted on the spot.
func benchAfterEdit(b *testing.B, s store.Store) {
	rows := list(b, s, order.Query{Limit: 1}).Rows
	statuses := []order.Status{order.Confirmed, order.Processing}
	measured := 0
	measureOnly(b, func() {
		measured++
		edit(b, s, rows[0].ID, func(o *order.Order) { o.Status = statuses[measured%2] })
	}, func() error { _, err := s.Figures().Days(b.Context(), report.Ever()); return err })
}

// measureOnly times fn alone, after each prepare.
func measureOnly(b *testing.B, prepare func(), fn func() error) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		prepare()
		start := time.Now()
		if err := fn(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	reportTimes(b, took)
}
