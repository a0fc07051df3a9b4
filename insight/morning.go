package insight

import (
	"context"

	"github.com/palmonas/palmonas-crm/report"
)

// Morning gathers the digest of this day, over all channels. Asking twice gives
// the same but for what has changed.
func (r Reader) Morning(ctx context.Context) (report.Morning, error) {
	today, f := r.Today(), report.Filter{}
	history, err := r.days(ctx, report.History(today))
	if err != nil {
		return report.Morning{}, err
	}
	now, err := r.Waiting(ctx, f)
	if err != nil {
		return report.Morning{}, err
	}
	sources, err := r.Sources(ctx, f)
	if err != nil {
		return report.Morning{}, err
	}
	notable, _ := f.Anomalies(history, today)
	if err := r.explain(ctx, f, notable, sources); err != nil {
		return report.Morning{}, err
	}
	return f.Morning(history, today, now, sources, notable), nil
}
