package desk

import (
	"context"

	"github.com/palmonas/palmonas-crm/order"
)

// ActionReveal is the audit's word for a look at a customer whose data the
// user's role masks.
const ActionReveal = "customer.reveal"

// Reveal is the order for somebody from whom its customer is masked, and who
// says why it must be seen; order.FieldErrors at reason. The entry in the audit
// is written first: what cannot be recorded is not shown.
func (d Desk) Reveal(ctx context.Context, a Actor, id order.ID, reason string) (order.Order, error) {
	reason, err := order.CleanReason(reason)
	if err != nil {
		return order.Order{}, err
	}
	o, err := d.Store.Orders().Get(ctx, id)
	if err != nil {
		return order.Order{}, err
	}
	e := a.entry(ActionReveal, "order:"+id.String())
	e.At, e.Note = d.Now(), reason
	if _, err := d.Store.Audit().Append(ctx, e); err != nil {
		return order.Order{}, err
	}
	return o, nil
}
