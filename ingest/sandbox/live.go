package sandbox

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"
)

// deliverer is an api that sends webhooks.
type deliverer interface {
	Deliver(ctx context.Context, client *http.Client) (accepted int)
}

// subscriber is an api that can be told where to send webhooks.
type subscriber interface{ Subscribe(target string) }

// Subscribe registers a webhook address on a platform, as its owner would do
// by hand; the secret is the one that Channel gives. It reports whether the
// platform has webhooks.
func (w *World) Subscribe(name, target string) bool {
	p, err := w.find(name)
	if err != nil {
		return false
	}
	s, ok := p.api.(subscriber)
	if ok {
		s.Subscribe(target)
	}
	return ok
}

// Moves counts what happened in a world.
type Moves struct{ Came, Moved, Delivered int }

// Advance lets everything happen that is due by the clock, then sends the
// webhooks. Without it nothing moves: a world is still between calls.
func (w *World) Advance(ctx context.Context) Moves {
	var m Moves
	for _, p := range w.platforms {
		came, moved := p.shop.Advance()
		m.Came, m.Moved = m.Came+came, m.Moved+moved
	}
	m.Delivered = w.deliver(ctx)
	return m
}

func (w *World) deliver(ctx context.Context) (n int) {
	for _, p := range w.platforms {
		if d, ok := p.api.(deliverer); ok {
			n += d.Deliver(ctx, w.opt.Client)
		}
	}
	return n
}

// stepsPerOrder is how many steps an order takes in its life, about; hastening
// as many for each new order keeps the mix of statuses as it is.
const stepsPerOrder = 5

// purchaseEvery is how many orders of customers come for one purchase order.
const purchaseEvery = 20

// Live makes time fly until the context ends: perMinute new orders a minute on
// the average, at uneven moments, and for each a few of the steps that orders
// have before them. Delays of days become seconds, so that somebody who
// watches sees parcels arrive. What is due anyway happens as well.
func (w *World) Live(ctx context.Context, perMinute float64) {
	const beat = 250 * time.Millisecond
	tick := time.NewTicker(beat)
	defer tick.Stop()
	r := rand.New(rand.NewPCG(uint64(w.opt.Seed), 77))
	chance := perMinute * beat.Minutes()
	w.Purchase(Blinkit)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.Advance(ctx)
			for n := r.ExpFloat64() * chance; n > 0 && r.Float64() < n; n-- {
				w.pick(r).shop.Arrive()
			}
			if r.Float64() < chance/purchaseEvery {
				w.Purchase(Blinkit)
			}
			for n := chance * stepsPerOrder; n > 0 && r.Float64() < n; n-- {
				w.pick(r).shop.Hasten()
			}
		}
	}
}

// pick draws a platform by its share of the orders.
func (w *World) pick(r *rand.Rand) *platform {
	sum := 0
	for _, p := range w.platforms {
		sum += p.share
	}
	n := r.IntN(sum)
	for _, p := range w.platforms {
		if n -= p.share; n < 0 {
			return p
		}
	}
	return w.platforms[0]
}
