package insight

import (
	"context"
	"fmt"
	"net/url"

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
	c := newCount(r.Zone)
	if err := r.count(ctx, where, c); err != nil {
		return report.Pivot{}, err
	}
	return b.Pivot(c.figures()), nil
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
