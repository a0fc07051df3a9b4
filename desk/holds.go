package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/palmonas/palmonas-crm/order"
)

// errEnough ends a read once as much was found as one run takes on.
var errEnough = errors.New("enough")

// ReleaseEnded releases up to limit holds whose time is over and returns how
// many: in the order's history a rule did it, in the audit system through a
// job. What is left goes on with the next call; doing it twice changes nothing.
// Orders that are archived stay as they are.
func (d Desk) ReleaseEnded(ctx context.Context, limit int) (int, error) {
	at := d.Now()
	ended := func(o order.Order) bool { return o.Desk.Hold != nil && o.Desk.Hold.Ended(at) }
	var ids []order.ID
	held := order.Term{Field: order.FieldFlag, Text: []string{string(order.FlagHeld)}}
	// Purchase orders are held too, and found only by those who ask for them.
	purchases := order.And{held, order.Term{Field: order.FieldKind, Text: []string{string(order.Purchase)}}}
	for _, where := range []order.Expr{held, purchases} {
		err := d.Store.Orders().Each(ctx, order.Query{Where: where, Sort: order.OldestFirst}, func(o order.Order) error {
			if ended(o) && !slices.Contains(ids, o.ID) {
				ids = append(ids, o.ID)
			}
			if len(ids) >= limit {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return 0, fmt.Errorf("holds: %w", err)
		}
	}
	released := 0
	for _, id := range ids {
		was := false
		_, err := d.Edit(ctx, Actor{By: "system", Via: "job"}, id, 0, "order.release", func(o *order.Order) error {
			// It may have been held anew since it was read.
			if was = ended(*o); was {
				o.Release("", at)
			}
			return nil
		})
		switch {
		case errors.Is(err, order.ErrArchived):
		case err != nil:
			return released, fmt.Errorf("release order %s: %w", id, err)
		case was:
			released++
		}
	}
	return released, nil
}
