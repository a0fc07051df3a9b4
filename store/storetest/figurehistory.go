package storetest

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

// figuresProperty lives through random histories of a few orders: reports new
// and old, edits, returns, archiving, corrections, and recounts in between.
// After each, every figure is what a plain count says.
func figuresProperty(t *testing.T, s store.Store) {
	h := &history{t: t, s: s, known: map[order.Ref]order.ID{}}
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			h.step(rt)
		}
		agree(t, s)
		if t.Failed() {
			rt.Fatal("figures and orders differ")
		}
	})
}

type history struct {
	t     *testing.T
	s     store.Store
	known map[order.Ref]order.ID
	clock int
}

func (h *history) step(rt *rapid.T) {
	switch rapid.IntRange(0, 5).Draw(rt, "what") {
	case 0, 1, 2:
		h.report(rt)
	case 3, 4:
		h.edit(rt)
	default:
		if _, err := h.s.Figures().Recount(h.t.Context(), rapid.IntRange(1, 3).Draw(rt, "limit")); err != nil {
			rt.Fatalf("recount: %v", err)
		}
	}
}

func (h *history) report(rt *rapid.T) {
	var batch []order.Report
	for range rapid.IntRange(1, 4).Draw(rt, "batch") {
		h.clock++
		r := ordertest.Synthetic(3, rapid.IntRange(0, 11).Draw(rt, "order"), 12, noon())
		r.Status = rapid.SampledFrom(order.Statuses()).Draw(rt, "status")
		r.At = noon().Add(time.Duration(rapid.IntRange(-600, h.clock).Draw(rt, "at")) * time.Minute)
		f := &r.Facts
		f.OrderedAt = f.OrderedAt.Add(time.Duration(rapid.IntRange(0, 30).Draw(rt, "hours")) * time.Hour)
		f.Customer.Phone = fmt.Sprint("912000000", rapid.IntRange(0, 4).Draw(rt, "phone"))
		f.Customer.Address.State = rapid.SampledFrom([]string{"Kerala", "kl", "Goa", "", "Elsewhere"}).Draw(rt, "state")
		f.Total = rapid.SampledFrom([]order.Money{{}, order.INR(0), order.INR(129900), {Minor: 500, Currency: "USD"}, order.INR(1 << 60)}).Draw(rt, "total")
		if f.Total.Currency == "USD" { // one currency to an order
			f.Items, f.Subtotal, f.Discount, f.Shipping, f.Tax = nil, order.Money{}, order.Money{}, order.Money{}, order.Money{}
		}
		f.SubStatus = rapid.SampledFrom([]string{"", "rto_delivered"}).Draw(rt, "step")
		if len(f.Items) > 0 {
			f.Items[0].Status = rapid.SampledFrom([]order.Status{"", order.Cancelled, order.Returned}).Draw(rt, "line")
		}
		batch = append(batch, r)
	}
	for i, got := range absorb(h.t, h.s, noon(), batch...) {
		h.known[batch[i].Ref] = got.ID
	}
}

func (h *history) edit(rt *rapid.T) {
	if len(h.known) == 0 {
		return
	}
	ref := ordertest.Synthetic(3, rapid.IntRange(0, 11).Draw(rt, "which"), 12, noon()).Ref
	if h.known[ref] == 0 {
		return
	}
	change := rapid.SampledFrom([]func(*order.Order){
		func(o *order.Order) { o.Desk.Archived = !o.Desk.Archived },
		func(o *order.Order) { o.Status = order.Returned },
		func(o *order.Order) { o.Status, o.Facts.SubStatus = order.Returned, "rto_in_transit" },
		func(o *order.Order) { o.Status = order.Refunded },
		func(o *order.Order) { o.Status = order.Cancelled },
		func(o *order.Order) { o.Status = order.Delivered },
		func(o *order.Order) { o.Desk.Tags = append(o.Desk.Tags, "t") },
		func(o *order.Order) { o.Desk.Contact = &order.Contact{Phone: "9120000009"} },
		func(o *order.Order) { o.Desk.Contact = nil },
		func(o *order.Order) { o.Desk.Address = &order.Address{State: "Assam", Pincode: "781001"} },
		func(o *order.Order) { o.Facts.OrderedAt = o.Facts.OrderedAt.Add(-36 * time.Hour) },
		func(o *order.Order) {
			o.History = append(o.History, order.Event{Kind: order.EventStatus, Status: order.Delivered, At: o.Facts.OrderedAt.Add(50 * time.Hour), Source: order.FromUser})
		},
	}).Draw(rt, "change")
	if rapid.Bool().Draw(rt, "alone") {
		edit(h.t, h.s, h.known[ref], change)
		return
	}
	ids := slices.Collect(maps.Values(h.known))
	_, err := h.s.Orders().UpdateMany(h.t.Context(), ids, func(o *order.Order) error {
		if o.ID%2 == h.known[ref]%2 {
			change(o)
			o.Version++
		}
		return nil
	})
	if err != nil {
		rt.Fatalf("update many: %v", err)
	}
}
