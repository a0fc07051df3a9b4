// Package insight reads figures from the store and makes the answers of package
// report from them. Pages, the API, exports and the morning digest all ask
// here, so that one number has one value everywhere. It knows no HTTP and no
// HTML.
package insight

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/scope"
)

// Reader answers questions about figures. All fields are needed; it is safe for
// concurrent use.
type Reader struct {
	Store   store.Store
	Figures store.Figures
	Now     func() time.Time
	Zone    *time.Location // of the business day; the figures must be of the same
}

// Today is the business day of this moment.
func (r Reader) Today() report.Day { return report.DayOf(r.Now(), r.Zone) }

// Filter reads the parameters of a question. What is unknown or impossible is
// order.FieldErrors, an unknown channel among it.
func (r Reader) Filter(ctx context.Context, v url.Values) (report.Filter, error) {
	f, err := report.ParseFilter(v, r.Today())
	if err != nil {
		return report.Filter{}, err
	}
	if len(f.Channels) == 0 {
		// Who sees some channels only asks for no others: what is kept over all of
		// them is left out, as for anybody who chooses those channels.
		f.Channels = scope.From(ctx).Channels()
		return f, nil
	}
	known, err := r.Store.Channels().List(ctx)
	if err != nil {
		return report.Filter{}, fmt.Errorf("insight: %w", err)
	}
	var faults order.FieldErrors
	for _, id := range f.Channels {
		if !slices.ContainsFunc(known, func(c channel.Channel) bool { return c.ID == id }) {
			faults = append(faults, order.FieldError{Field: "channel", Message: fmt.Sprintf("there is no channel %q", id)})
		}
	}
	if len(faults) > 0 {
		return report.Filter{}, faults
	}
	return f, nil
}

func (r Reader) days(ctx context.Context, days report.Range) (report.Figures, error) {
	fig, err := r.Figures.Days(ctx, days)
	if err != nil {
		return report.Figures{}, fmt.Errorf("insight: %w", err)
	}
	return fig, nil
}

// sales is days with what was sold of each product.
func (r Reader) sales(ctx context.Context, days report.Range) (report.Figures, error) {
	fig, err := r.Figures.Sales(ctx, days)
	if err != nil {
		return report.Figures{}, fmt.Errorf("insight: %w", err)
	}
	return fig, nil
}

// Revenue answers /analytics/revenue.
func (r Reader) Revenue(ctx context.Context, f report.Filter) (report.Revenue, error) {
	fig, err := r.days(ctx, f.Needs())
	if err != nil {
		return report.Revenue{}, err
	}
	return f.Revenue(fig), nil
}

// Platforms answers /analytics/platforms.
func (r Reader) Platforms(ctx context.Context, f report.Filter) (report.Platforms, error) {
	fig, err := r.days(ctx, f.Needs())
	if err == nil {
		fig, err = r.sifted(ctx, f, fig, false)
	}
	if err != nil {
		return report.Platforms{}, err
	}
	return f.ComparePlatforms(fig), nil
}

// Products answers /analytics/products.
func (r Reader) Products(ctx context.Context, f report.Filter) (report.Products, error) {
	all, err := r.allProducts(ctx, f)
	return all.Best(), err
}

func (r Reader) allProducts(ctx context.Context, f report.Filter) (report.Products, error) {
	read := r.sales
	if !f.Coarse() {
		read = r.days
	}
	fig, err := read(ctx, f.Needs())
	if err == nil {
		fig, err = r.sifted(ctx, f, fig, true)
	}
	if err != nil {
		return report.Products{}, err
	}
	return f.BestSellers(fig), nil
}

// Trends answers /analytics/trends.
func (r Reader) Trends(ctx context.Context, f report.Filter) (report.Trends, error) {
	today := r.Today()
	fig, err := r.days(ctx, f.Needs())
	if err == nil {
		fig, err = r.sifted(ctx, f, fig, false)
	}
	if err != nil {
		return report.Trends{}, err
	}
	history, err := r.days(ctx, report.History(today))
	if err != nil {
		return report.Trends{}, err
	}
	a := f.Trends(fig, history, today)
	sources, err := r.Sources(ctx, f)
	if err != nil {
		return report.Trends{}, err
	}
	return a, r.explain(ctx, f, a.Notable, sources)
}

// Dashboard answers the first page.
func (r Reader) Dashboard(ctx context.Context, f report.Filter) (report.Dashboard, error) {
	today := r.Today()
	fig, err := r.days(ctx, f.Needs())
	if err != nil {
		return report.Dashboard{}, err
	}
	history, err := r.days(ctx, report.Watched(today))
	if err != nil {
		return report.Dashboard{}, err
	}
	now, err := r.Waiting(ctx, f)
	if err != nil {
		return report.Dashboard{}, err
	}
	sources, err := r.Sources(ctx, f)
	if err != nil {
		return report.Dashboard{}, err
	}
	a := f.Dashboard(fig, history, today, now, sources)
	return a, r.explain(ctx, f, a.Notable, sources)
}

// maxCount is how far orders that wait are counted.
const maxCount = 10_000

// Waiting counts what waits to be shipped now, of the filter but of every day.
func (r Reader) Waiting(ctx context.Context, f report.Filter) (report.Now, error) {
	now := report.Now{At: r.Now().UTC()}
	for late, into := range map[bool]*int{false: &now.ToDispatch, true: &now.Late} {
		q, err := f.ToDispatch(late).QueryAt(r.Zone, r.Now())
		if err != nil {
			return report.Now{}, fmt.Errorf("insight: %w", err)
		}
		if *into, err = r.Store.Orders().Count(ctx, q.Where, maxCount+1); err != nil {
			return report.Now{}, fmt.Errorf("insight: %w", err)
		}
		if *into > maxCount {
			*into, now.AtLeast = maxCount, true
		}
	}
	return now, nil
}

// Sources are the channels that the filter asks for, and how fresh they are.
func (r Reader) Sources(ctx context.Context, f report.Filter) ([]report.Source, error) {
	all, err := r.Store.Channels().List(ctx)
	if err != nil {
		return nil, fmt.Errorf("insight: %w", err)
	}
	list := []report.Source{}
	for _, ch := range all {
		if len(f.Channels) > 0 && !slices.Contains(f.Channels, ch.ID) || len(f.Platforms) > 0 && !slices.Contains(f.Platforms, ch.Platform) {
			continue
		}
		p, err := r.Store.Channels().Progress(ctx, ch.ID)
		if err != nil {
			return nil, fmt.Errorf("insight: %w", err)
		}
		s := report.Source{ID: ch.ID, Name: ch.Name, Platform: ch.Platform, Enabled: ch.Enabled, Failures: p.Failures, Manual: ch.Adapter == channel.Manual}
		_, s.Stale = ingest.Stale(ch, p, r.Now())
		if !p.LastSuccess.IsZero() {
			at := p.LastSuccess
			s.LastSuccess = &at
		}
		list = append(list, s)
	}
	return list, nil
}

// explain finds the reasons of what stands out. Drops of a channel that has not
// been read since have that one, whatever else was odd.
func (r Reader) explain(ctx context.Context, f report.Filter, list []report.Anomaly, sources []report.Source) error {
	if len(list) == 0 {
		return nil
	}
	fig, err := r.sales(ctx, report.Watched(r.Today()))
	if err != nil {
		return err
	}
	f.Explain(fig, list)
	report.Stale(list, func(a report.Anomaly) (string, bool) {
		end := (a.Day + 1).Start(r.Zone)
		for _, s := range sources {
			if s.Platform == a.Platform && s.Enabled && !s.Manual && s.Stale && s.LastSuccess != nil && s.LastSuccess.Before(end) {
				return s.ID, true
			}
		}
		return "", false
	})
	return nil
}
