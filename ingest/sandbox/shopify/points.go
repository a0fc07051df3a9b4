package shopify

import (
	"math"
	"sync"
	"time"
)

// points is the cost bucket of GraphQL. It is safe for concurrent use.
type points struct {
	mu      sync.Mutex
	max     float64
	restore float64 // a second
	left    float64
	at      time.Time
}

// The bucket of a standard store. No query may cost more than maxCost.
const (
	pointsMax     = 2000
	pointsRestore = 100
	maxCost       = 1000
)

func newPoints(factor float64) *points {
	factor = math.Max(1, factor)
	return &points{max: pointsMax * factor, restore: pointsRestore * factor, left: pointsMax * factor}
}

// take takes the cost of a query if there is as much, and says what is left.
func (p *points) take(cost float64, now time.Time) (left float64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if gone := now.Sub(p.at).Seconds(); !p.at.IsZero() && gone > 0 {
		p.left = math.Min(p.max, p.left+gone*p.restore)
	}
	p.at = now
	if ok = p.left >= cost; ok {
		p.left -= cost
	}
	return p.left, ok
}

// giveBack returns what a query did not use of its price.
func (p *points) giveBack(cost float64) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = math.Min(p.max, p.left+math.Max(0, cost))
	return p.left
}
