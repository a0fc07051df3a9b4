package rollup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/report"
)

// Recount implements store.Figures. Of two that meet, one wins each day.
func (k *Keeper) Recount(ctx context.Context, limit int) (int, error) {
	select {
	case k.recounting <- struct{}{}:
		defer func() { <-k.recounting }()
	case <-ctx.Done():
		return 0, fmt.Errorf("recount: %w", ctx.Err())
	}
	marks, err := k.engine.Marks(ctx, report.Ever(), limit)
	if err != nil {
		return 0, fmt.Errorf("recount: %w", err)
	}
	for n, m := range marks {
		if err := k.recount(ctx, m); err != nil {
			return n, fmt.Errorf("recount %s: %w", m.Day, err)
		}
	}
	return len(marks), nil
}

func (k *Keeper) recount(ctx context.Context, m Mark) error {
	c := Counted{Mark: m}
	var before []report.Visit
	revisions, err := k.engine.Revisions(ctx, report.Range{From: m.Day, To: m.Day})
	if err != nil {
		return err
	}
	for _, r := range revisions {
		c.Before = r.Number
	}
	err = k.engine.Read(ctx, PartVisits, []report.Day{m.Day}, func(at Revision, doc []byte) error {
		if at.Number != c.Before {
			return errOvertaken
		}
		before, err = decodeVisits(doc)
		return err
	})
	if errors.Is(err, errOvertaken) {
		return nil // by another process; the mark stays if there is more to do
	}
	if err != nil {
		return err
	}
	t, err := k.count(ctx, m.Day)
	if err != nil {
		return err
	}
	figures, visits := t.Figures(), t.Visits()
	if figures.Orders > 0 {
		names := k.names.Names()
		c.Figures, c.Sales, c.Visits = encodeFigures(figures, names), encodeSales(figures.Sales, names), encodeVisits(visits)
	}
	c.Changes = changes(before, visits)
	_, err = k.engine.Keep(ctx, c)
	return err
}

var errOvertaken = errors.New("the day was counted by another process")

// changes lists the customers whose visits differ; both lists are sorted by
// customer.
func changes(before, after []report.Visit) []Change {
	var list []Change
	for len(before) > 0 || len(after) > 0 {
		var customer string
		switch {
		case len(before) == 0:
			customer = after[0].Customer
		case len(after) == 0:
			customer = before[0].Customer
		default:
			customer = min(before[0].Customer, after[0].Customer)
		}
		var was, is []report.Visit
		was, before = cut(before, customer)
		is, after = cut(after, customer)
		if !slices.EqualFunc(was, is, sameVisit) {
			list = append(list, Change{Customer: customer, Visits: is})
		}
	}
	return list
}

func sameVisit(a, b report.Visit) bool {
	times := a.First.Equal(b.First) && a.Last.Equal(b.Last)
	a.First, a.Last, b.First, b.Last = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return times && a == b
}

// cut splits off the visits at the head of a list that are of a customer.
func cut(list []report.Visit, customer string) (head, rest []report.Visit) {
	n := 0
	for n < len(list) && list[n].Customer == customer {
		n++
	}
	return list[:n], list[n:]
}

// Rebuild implements store.Figures.
func (k *Keeper) Rebuild(ctx context.Context, progress func(done, of int)) error {
	days, err := k.engine.Occupied(ctx)
	if err == nil {
		err = k.engine.Restart(ctx, days)
	}
	if err != nil {
		return fmt.Errorf("rebuild figures: %w", err)
	}
	of, err := k.pending(ctx, report.Ever())
	if err != nil {
		return fmt.Errorf("rebuild figures: %w", err)
	}
	const step = 4
	for done := 0; ; {
		n, err := k.Recount(ctx, step)
		if err != nil {
			return err
		}
		if n == 0 {
			return ctx.Err()
		}
		done += n
		progress(min(done, of), of)
	}
}
