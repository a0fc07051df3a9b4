package insight

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
)

// mostCounted is how many orders a built report with a query reads one by one.
const mostCounted = 100_000

// ParseBuild reads the parameters of a built report. Faults are
// order.FieldErrors, those of Filter among them.
func (r Reader) ParseBuild(ctx context.Context, v url.Values) (report.Build, error) {
	b, err := report.ParseBuild(v, r.Today())
	if err != nil {
		return report.Build{}, err
	}
	_, err = r.Filter(ctx, b.Filter.Values())
	return b, err
}

// Build answers a built report. Without a query it comes from the figures kept
// ready; with one the orders are counted, up to 100,000 of them: more is
// order.FieldErrors at q.
func (r Reader) Build(ctx context.Context, b report.Build, where order.Expr) (report.Pivot, error) {
	if b.Q == "" {
		fig, err := r.days(ctx, b.Range)
		if err != nil {
			return report.Pivot{}, err
		}
		return b.Pivot(fig), nil
	}
	n, err := r.Store.Orders().Count(ctx, where, mostCounted+1)
	if err != nil {
		return report.Pivot{}, fmt.Errorf("insight: %w", err)
	}
	if n > mostCounted {
		return report.Pivot{}, order.FieldErrors{{Field: "q", Message: "more than 1,00,000 orders of these days match: narrow the query or the period"}}
	}
	fig, err := r.count(ctx, where)
	if err != nil {
		return report.Pivot{}, err
	}
	return b.Pivot(fig), nil
}

// Where is the condition of all orders of a built report, for who may ask with
// it.
func (r Reader) Where(b report.Build) (order.Expr, error) {
	q, err := b.List(report.Part{}).QueryAt(r.Zone, r.Now())
	if err != nil {
		return nil, fmt.Errorf("insight: %w", err)
	}
	return q.Where, nil
}

// count makes figures of the orders of a condition.
func (r Reader) count(ctx context.Context, where order.Expr) (report.Figures, error) {
	names, days := report.NewDictionary(), map[report.Day]*report.Tally{}
	err := r.Store.Orders().Each(ctx, order.Query{Where: where, Sort: order.NewestFirst}, func(o order.Order) error {
		d := report.DayOf(o.Facts.OrderedAt, r.Zone)
		if days[d] == nil {
			days[d] = report.NewTally(d, r.Zone, names)
		}
		days[d].Add(o)
		return nil
	})
	if err != nil {
		return report.Figures{}, fmt.Errorf("insight: count orders: %w", err)
	}
	fig := report.Figures{Range: report.Ever(), Names: names.Names()}
	for _, t := range days {
		fig.Days = append(fig.Days, t.Figures())
	}
	slices.SortFunc(fig.Days, func(a, b *report.DayFigures) int { return int(a.Day) - int(b.Day) })
	return fig, nil
}
