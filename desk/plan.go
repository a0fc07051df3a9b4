package desk

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// MaxBulk is how many orders one bulk act may be about.
const MaxBulk = 50_000

// Selection is which orders a bulk act is about: these, or whatever a query
// selects when it is looked at. Archived orders are left out of queries unless
// they ask for them, as everywhere.
type Selection struct {
	IDs   []order.ID
	Query *order.Query
}

// Plan is what a bulk act would do: a dry run, with the exact list of orders
// that it looked at.
type Plan struct {
	Action Action
	// IDs are the orders in the order of the list, each once. This is what Run
	// takes, so what is started is what was shown.
	IDs     []order.ID
	Allowed int
	Skipped []Skip
	// Reasons counts Skipped by reason, the most frequent first.
	Reasons []Count
}

// Skip is an order that is left alone.
type Skip struct {
	ID     order.ID
	Order  string // what people call it; empty for an unknown one
	Reason string
}

// Count is how often a reason came up.
type Count struct {
	Reason string
	Orders int
}

// Requested is how many orders the act is about.
func (p Plan) Requested() int { return len(p.IDs) }

// Fingerprint tells lists of orders apart: the same orders in any sequence have
// the same. A page that shows a plan of a query hands it back, so that what was
// confirmed is what is done.
func (p Plan) Fingerprint() string {
	ids := slices.Sorted(slices.Values(p.IDs))
	h := sha256.New()
	for _, id := range ids {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(id)))
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Plan finds out, order by order, what an action would do, and changes nothing.
// Errors: what Check says; order.FieldErrors at ids when there are none or more
// than MaxBulk; those of the store.
func (d Desk) Plan(ctx context.Context, a Action, sel Selection) (Plan, error) {
	a, err := d.Check(ctx, a)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Action: a}
	if sel.Query != nil {
		err = d.planQuery(ctx, &p, *sel.Query)
	} else {
		err = d.planIDs(ctx, &p, sel.IDs)
	}
	if err != nil {
		return Plan{}, err
	}
	if len(p.IDs) == 0 {
		return Plan{}, order.FieldErrors{{Field: "ids", Message: "Choose at least one order."}}
	}
	p.Reasons = countReasons(p.Skipped)
	return p, nil
}

func tooMany() error {
	return order.FieldErrors{{Field: "ids", Message: fmt.Sprintf("These are more than %d orders. Narrow the list first.", MaxBulk)}}
}

func (d Desk) planQuery(ctx context.Context, p *Plan, q order.Query) error {
	return d.Store.Orders().Each(ctx, q, func(o order.Order) error {
		if len(p.IDs) >= MaxBulk {
			return tooMany()
		}
		return d.judge(ctx, p, o)
	})
}

func (d Desk) planIDs(ctx context.Context, p *Plan, ids []order.ID) error {
	if len(ids) > MaxBulk {
		return tooMany()
	}
	seen := make(map[order.ID]bool, len(ids))
	for chunk := range slices.Chunk(ids, bulkChunk) {
		found, err := d.Store.Orders().Many(ctx, chunk)
		if err != nil {
			return err
		}
		byID := make(map[order.ID]order.Order, len(found))
		for _, o := range found {
			byID[o.ID] = o
		}
		for _, id := range chunk {
			if seen[id] {
				continue
			}
			seen[id] = true
			o, ok := byID[id]
			if !ok {
				p.IDs, p.Skipped = append(p.IDs, id), append(p.Skipped, Skip{ID: id, Reason: noSuchOrder})
				continue
			}
			if err := d.judge(ctx, p, o); err != nil {
				return err
			}
		}
	}
	return nil
}

const noSuchOrder = "no such order"

// judge adds one order to a plan.
func (d Desk) judge(ctx context.Context, p *Plan, o order.Order) error {
	_, reason, err := d.verdict(ctx, p.Action, o)
	if err != nil {
		return err
	}
	p.IDs = append(p.IDs, o.ID)
	if reason == "" {
		p.Allowed++
		return nil
	}
	p.Skipped = append(p.Skipped, Skip{ID: o.ID, Order: nameOf(o), Reason: reason})
	return nil
}

// verdict is why the action leaves an order alone, empty when it does not; push
// tells whether the platform will be told.
func (d Desk) verdict(ctx context.Context, a Action, o order.Order) (push bool, reason string, err error) {
	if reason = a.skip(o, d.Now()); reason != "" || a.Kind != BulkStatus {
		return false, reason, nil
	}
	push, err = d.push(ctx, o, a.Status)
	var unsupported *ingest.UnsupportedError
	switch {
	case errors.As(err, &unsupported):
		return false, unsupported.Reason, nil
	case err != nil && ctx.Err() != nil:
		return false, "", ctx.Err()
	case err != nil:
		return false, "its channel does not work right now", nil
	}
	return push, "", nil
}

// nameOf is what people call an order.
func nameOf(o order.Order) string { return cmp.Or(o.Facts.OrderNumber, o.Ref.PlatformOrderID) }

func countReasons(skipped []Skip) []Count {
	var counts []Count
	at := map[string]int{}
	for _, s := range skipped {
		i, known := at[s.Reason]
		if !known {
			i = len(counts)
			at[s.Reason], counts = i, append(counts, Count{Reason: s.Reason})
		}
		counts[i].Orders++
	}
	slices.SortStableFunc(counts, func(a, b Count) int { return b.Orders - a.Orders })
	return counts
}
