package rollup

import (
	"context"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
)

// settleWait is how long an answer waits until dirty days are counted, which
// may be somebody else's turn.
const settleWait = 500 * time.Millisecond

// settle works dirty days off before customers are asked for, since those are
// not counted on the spot. It returns how many days are left: because they are
// many, because it takes too long, or because nothing can be stored just now.
func (k *Keeper) settle(ctx context.Context) (pending int, err error) {
	marks, err := k.engine.Marks(ctx, report.Ever(), manyMarks)
	if err != nil || len(marks) == 0 {
		return 0, err
	}
	if len(marks) > spotDays {
		return len(marks), nil
	}
	soon, cancel := context.WithTimeout(ctx, settleWait)
	defer cancel()
	if _, err := k.Recount(soon, spotDays); err != nil {
		return len(marks), ctx.Err()
	}
	return 0, nil
}

// Loyalty implements store.Figures.
func (k *Keeper) Loyalty(ctx context.Context) (report.Loyalty, error) {
	pending, err := k.settle(ctx)
	if err != nil {
		return report.Loyalty{}, fmt.Errorf("loyalty: %w", err)
	}
	sums, err := k.engine.Sums(ctx, report.SumAll, report.SumOften, report.SumNewcomer, report.SumCohort)
	if err != nil {
		return report.Loyalty{}, fmt.Errorf("loyalty: %w", err)
	}
	l := sums.Loyalty()
	l.Pending = pending
	return l, nil
}

// Customer implements store.Figures.
func (k *Keeper) Customer(ctx context.Context, key string) (report.Customer, error) {
	if _, err := k.settle(ctx); err != nil {
		return report.Customer{}, fmt.Errorf("customer %s: %w", key, err)
	}
	visits, err := k.engine.Visits(ctx, key)
	if err == nil && len(visits) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return report.Customer{}, fmt.Errorf("customer %s: %w", key, err)
	}
	return report.CustomerOf(visits), nil
}

// Customers implements store.Figures. All customers over all time are kept
// ready; any other selection is added up from the visits of its days.
func (k *Keeper) Customers(ctx context.Context, q report.CustomerQuery) (report.Customers, error) {
	a, err := k.customers(ctx, q)
	if err != nil {
		return report.Customers{}, fmt.Errorf("customers: %w", err)
	}
	return a, nil
}

func (k *Keeper) customers(ctx context.Context, q report.CustomerQuery) (report.Customers, error) {
	pending, err := k.settle(ctx)
	if err != nil {
		return report.Customers{}, err
	}
	inside, err := k.engine.Revisions(ctx, q.Range)
	if err != nil {
		return report.Customers{}, err
	}
	whole := len(q.Channels) == 0
	if whole && q.Range != report.Ever() {
		all, err := k.engine.Revisions(ctx, report.Ever())
		if err != nil {
			return report.Customers{}, err
		}
		whole = len(all) == len(inside)
	}
	var a report.Customers
	if whole {
		a, err = k.everybody(ctx, q)
	} else {
		a, err = k.some(ctx, q, inside)
	}
	a.Pending = pending
	return a, err
}

func (k *Keeper) everybody(ctx context.Context, q report.CustomerQuery) (report.Customers, error) {
	sums, err := k.engine.Sums(ctx, report.SumAll, report.SumOften, report.SumPlace)
	if err != nil {
		return report.Customers{}, err
	}
	a := sums.Customers()
	limit, offset := q.Window()
	a.Top, err = k.engine.Best(ctx, q.Sort, limit, offset)
	return a, err
}

func (k *Keeper) some(ctx context.Context, q report.CustomerQuery, inside []Revision) (report.Customers, error) {
	days := make([]report.Day, len(inside))
	for i, r := range inside {
		days[i] = r.Day
	}
	var channels map[string]bool
	if len(q.Channels) > 0 {
		channels = map[string]bool{}
		for _, c := range q.Channels {
			channels[c] = true
		}
	}
	everyone := &crowd{}
	err := k.engine.Read(ctx, PartVisits, days, func(_ Revision, doc []byte) error {
		if len(doc) == 0 {
			return nil
		}
		return everyone.add(doc, channels)
	})
	return everyone.answer(q), err
}
