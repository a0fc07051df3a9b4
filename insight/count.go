package insight

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
)

// count is figures made of orders one by one, for questions that the kept ones
// cannot answer. It is for one goroutine.
type count struct {
	zone  *time.Location
	names *report.Dictionary
	days  map[report.Day]*report.Tally
}

func newCount(zone *time.Location) *count {
	return &count{zone: zone, names: report.NewDictionary(), days: map[report.Day]*report.Tally{}}
}

func (c *count) add(o order.Order) {
	d := report.DayOf(o.Facts.OrderedAt, c.zone)
	if c.days[d] == nil {
		c.days[d] = report.NewTally(d, c.zone, c.names)
	}
	c.days[d].Add(o)
}

// figures are those of the orders so far.
func (c *count) figures() report.Figures {
	fig := report.Figures{Range: report.Ever(), Names: c.names.Names()}
	for _, t := range c.days {
		fig.Days = append(fig.Days, t.Figures())
	}
	slices.SortFunc(fig.Days, func(a, b *report.DayFigures) int { return int(a.Day) - int(b.Day) })
	return fig
}

// visits are those of the orders so far, in no order.
func (c *count) visits() []report.Visit {
	var all []report.Visit
	for _, t := range c.days {
		all = append(all, t.Visits()...)
	}
	return all
}

// count reads the orders of a condition into c.
func (r Reader) count(ctx context.Context, where order.Expr, c *count) error {
	err := r.Store.Orders().Each(ctx, order.Query{Where: where, Sort: order.NewestFirst}, func(o order.Order) error {
		c.add(o)
		return nil
	})
	if err != nil {
		return fmt.Errorf("insight: count orders: %w", err)
	}
	return nil
}

// sift counts the orders that a filter selects, where it asks for a payment
// method or a state and they are not too many: those of its days, and with
// compared those of the days before. It returns nil where kept figures are all
// there is. fig must hold the days of the filter's Needs.
func (r Reader) sift(ctx context.Context, f report.Filter, fig report.Figures, compared bool) (*count, error) {
	if f.Coarse() {
		return nil, nil
	}
	ranges, enough := f.Sift(fig, compared)
	if !enough {
		return nil, nil
	}
	c := newCount(r.Zone)
	for _, days := range ranges {
		q, err := f.List(report.Part{Range: days}).QueryAt(r.Zone, r.Now())
		if err != nil {
			return nil, fmt.Errorf("insight: %w", err)
		}
		if err := r.count(ctx, q.Where, c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// sifted is fig with what the filter's own orders tell.
func (r Reader) sifted(ctx context.Context, f report.Filter, fig report.Figures, compared bool) (report.Figures, error) {
	c, err := r.sift(ctx, f, fig, compared)
	if err == nil && c != nil {
		own := c.figures()
		fig.Sifted = &own
	}
	return fig, err
}
