package report

import (
	"slices"

	"github.com/palmonas/palmonas-crm/order"
)

// Affects reports whether any figure can tell the two states of an order apart.
// Most of what people do to orders (notes, tags, assignees) changes none.
func Affects(before, after order.Order) bool {
	switch {
	case before.Status != after.Status, before.Kind != after.Kind, before.Desk.Archived != after.Desk.Archived,
		before.ShipTo() != after.ShipTo(), before.Platform != after.Platform, before.Ref.Channel != after.Ref.Channel:
		return true
	}
	a, b := before.Facts, after.Facts
	if !a.OrderedAt.Equal(b.OrderedAt) || a.Payment != b.Payment || a.SubStatus != b.SubStatus || a.Total != b.Total ||
		a.Discount != b.Discount || a.Shipping != b.Shipping || a.Tax != b.Tax || !slices.Equal(a.Items, b.Items) {
		return true
	}
	return slices.ContainsFunc(Steps(), func(s Step) bool { return !reached(before, s).Equal(reached(after, s)) })
}
