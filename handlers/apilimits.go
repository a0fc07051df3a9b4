package handlers

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"
)

// How much one token, and one person with all tokens together, may ask of the
// API. A request costs one point, a write and what makes the database or a
// platform work costs more (limits.cost).
const (
	apiPerSecond = 100 // points that come back
	apiBurst     = 1200
	// personFactor is how much more a person may than one token: a runaway
	// script must not keep out the person's other programs.
	personFactor = 2
)

// Costs of requests in points.
const (
	costWrite   = 2
	costFigures = 5
	costHeavy   = 50 // whole selections, platforms
)

// budgets keeps the points. It lives in this process: several processes allow
// several times as much.
type budgets struct {
	perSecond, burst int // of one token
	now              func() time.Time
	mu               sync.Mutex
	all              map[string]*visitor
}

func newBudgets(perSecond, burst int, now func() time.Time) *budgets {
	return &budgets{perSecond: perSecond, burst: burst, now: now, all: map[string]*visitor{}}
}

// take pays a request from one budget. It returns what is left, and how long to
// wait when it was not enough.
func (b *budgets) take(key string, cost, factor int) (left int, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	prune(b.all, func(v *visitor) bool { return now.Sub(v.seen) >= time.Minute })
	v := b.all[key]
	if v == nil {
		v = &visitor{Limiter: rate.NewLimiter(rate.Limit(b.perSecond*factor), b.burst*factor)}
		b.all[key] = v
	}
	v.seen = now
	if v.AllowN(now, cost) {
		return int(v.TokensAt(now)), 0
	}
	missing := float64(cost) - v.TokensAt(now)
	return 0, time.Duration(math.Ceil(missing / float64(b.perSecond*factor) * float64(time.Second)))
}

// spend pays a request of the API and tells in headers what is left, as the
// IETF's draft on RateLimit header fields words it.
func (s *Server) spend(c echo.Context, cost int) error {
	who, b := bearerOf(c), s.budgets
	left, wait := b.take("token "+who.ID, cost, 1)
	if wait == 0 {
		var all int
		all, wait = b.take("person "+string(who.User.ID), cost, personFactor)
		left = min(left, all)
	}
	h := c.Response().Header()
	h.Set("RateLimit-Policy", fmt.Sprintf("%d;w=%d", b.burst, b.burst/b.perSecond))
	h.Set("RateLimit-Limit", strconv.Itoa(b.burst))
	h.Set("RateLimit-Remaining", strconv.Itoa(left))
	h.Set("RateLimit-Reset", strconv.Itoa((b.burst-left+b.perSecond-1)/b.perSecond))
	if wait > 0 {
		return &busyError{http.StatusTooManyRequests, "You ask more than is allowed. Wait as long as Retry-After says.", wait}
	}
	return nil
}
