package woo

import (
	"slices"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// state is one order status of the site and what it means.
type state struct {
	slug, name string
	status     order.Status
	detail     shop.Detail
}

// states are WooCommerce's own and the custom ones of this site's shipping
// plugin, in the order of the status report. Of several with one meaning the
// first is what an order shows when nobody chose.
var states = [...]state{
	{"pending", "Pending payment", order.Pending, ""},
	{"processing", "Processing", order.Confirmed, ""},
	{"on-hold", "On hold", order.Pending, ""},
	{"completed", "Completed", order.Delivered, ""},
	{"cancelled", "Cancelled", order.Cancelled, ""},
	{"refunded", "Refunded", order.Refunded, ""},
	{"failed", "Failed", order.Pending, shop.PaymentFailed},
	{"checkout-draft", "Draft", "", ""},
	{"packed", "Packed", order.Processing, ""},
	{"shipped", "Shipped", order.Shipped, ""},
	{"out-for-delivery", "Out for delivery", order.OutForDelivery, ""},
	{"rto", "Return to origin", order.Returned, shop.GoingBack},
	{"returned", "Returned", order.Returned, shop.CameBack},
}

// slug is the status word of an order.
func slug(o shop.Order) string {
	switch {
	case o.Word != "":
		return o.Word
	case o.Detail == shop.PaymentFailed:
		return "failed"
	case o.Status == order.Returned && o.Detail != shop.CameBack:
		return "rto"
	case o.Status == order.Returned:
		return "returned"
	}
	for _, s := range states {
		if s.status == o.Status {
			return s.slug
		}
	}
	return "pending"
}

func stateOf(slug string) (state, bool) {
	i := slices.IndexFunc(states[:], func(s state) bool { return s.slug == slug })
	if i < 0 {
		return state{}, false
	}
	return states[i], true
}

// slugs lists the words that an order may have.
func slugs() []string {
	all := make([]string, len(states))
	for i, s := range states {
		all[i] = s.slug
	}
	return all
}
