package woocommerce

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// words translates a store's status slugs.
type words struct {
	own       map[string]order.Status // from the option status_map
	completed order.Status
}

func newWords(statusMap, completedMeans string) (words, error) {
	w := words{own: map[string]order.Status{}, completed: order.Delivered}
	switch completedMeans {
	case "", string(order.Delivered):
	case string(order.Shipped):
		w.completed = order.Shipped
	default:
		return w, fmt.Errorf("completed_means %q: use delivered or shipped", completedMeans)
	}
	if statusMap == "" {
		return w, nil
	}
	var raw map[string]order.Status
	if err := json.Unmarshal([]byte(statusMap), &raw); err != nil {
		return w, errors.New(`status_map: use a JSON object such as {"packed":"processing"}`)
	}
	for slug, s := range raw {
		if !s.Valid() {
			return w, fmt.Errorf("status_map: %q is no status", s)
		}
		w.own[slugOf(slug)] = s
	}
	return w, nil
}

// slugOf is a status without the prefix that it has inside the store.
func slugOf(s string) string {
	return strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "wc-")
}

// meaning is what a slug says about an order.
type meaning struct {
	status order.Status // empty: unknown
	sub    string
	flags  []order.Flag
}

// isBasket reports slugs of orders that nobody placed yet.
func isBasket(slug string) bool {
	return slices.Contains([]string{"auto-draft", "checkout-draft", "draft"}, slug)
}

// of translates a slug: by the store's own table, then by the core's words,
// then by what plugins usually mean. The core's processing is not ours: it
// means paid, or payable at the door, and waiting to be packed [core].
func (w words) of(slug string) meaning {
	m := w.core(slug)
	if m.status == "" {
		m = plugin(slug)
	}
	if s, ok := w.own[slug]; ok {
		m.status = s
	}
	return m
}

func (w words) core(slug string) meaning {
	switch slug {
	case "pending":
		return meaning{status: order.Pending}
	case "on-hold":
		return meaning{status: order.Pending, sub: "on_hold"}
	case "failed":
		return meaning{status: order.Pending, sub: "payment_failed"}
	case "processing":
		return meaning{status: order.Confirmed}
	case "completed":
		return meaning{status: w.completed}
	case "cancelled":
		return meaning{status: order.Cancelled}
	case "trash":
		return meaning{status: order.Cancelled, sub: "trashed"}
	case "refunded":
		return meaning{status: order.Refunded}
	}
	return meaning{}
}

func plugin(slug string) meaning {
	switch strings.ReplaceAll(slug, "_", "-") {
	case "confirmed", "accepted":
		return meaning{status: order.Confirmed}
	case "packed", "packing", "picked":
		return meaning{status: order.Processing}
	case "ready-to-ship":
		return meaning{status: order.Processing, sub: "ready_to_ship"}
	case "partial-shipped", "partially-shipped":
		return meaning{status: order.Processing, flags: []order.Flag{order.PartiallyShipped}}
	case "shipped", "dispatched", "in-transit":
		return meaning{status: order.Shipped}
	case "out-for-delivery":
		return meaning{status: order.OutForDelivery}
	case "delivered":
		return meaning{status: order.Delivered}
	case "return-requested":
		return meaning{status: order.Delivered, sub: "return_requested"}
	case "returned":
		return meaning{status: order.Returned}
	case "rto":
		return meaning{status: order.Returned, sub: "rto"}
	case "rto-in-transit":
		return meaning{status: order.Returned, sub: "rto_in_transit"}
	case "canceled":
		return meaning{status: order.Cancelled}
	}
	return meaning{}
}

// slugFor is the slug by which the store is told a status, if it has one: a
// core word, or one of the store's own table.
func (w words) slugFor(s order.Status) (string, bool) {
	switch s {
	case order.Confirmed:
		return "processing", true
	case w.completed:
		return "completed", true
	case order.Cancelled:
		return "cancelled", true
	case order.Refunded:
		return "refunded", true
	}
	for _, slug := range slices.Sorted(maps.Keys(w.own)) {
		if w.own[slug] == s && w.core(slug).status == "" {
			return slug, true
		}
	}
	return "", false
}
