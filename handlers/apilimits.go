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
	now func() time.Time
	mu  sync.Mutex
	all map[string]*visitor
}

func newBudgets(now func() time.Time) *budgets {
	return &budgets{now: now, all: map[string]*visitor{}}
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
		v = &visitor{Limiter: rate.NewLimiter(rate.Limit(apiPerSecond*factor), apiBurst*factor)}
		b.all[key] = v
	}
	v.seen = now
	if v.AllowN(now, cost) {
		return int(v.TokensAt(now)), 0
	}
	missing := float64(cost) - v.TokensAt(now)
	return 0, time.Duration(math.Ceil(missing / float64(apiPerSecond*factor) * float64(time.Second)))
}

// spend pays a request of the API and tells in headers what is left, as the
// IETF's draft on RateLimit header fields words it.
func (s *Server) spend(c echo.Context, r route) error {
	b, cost := bearerOf(c), max(r.cost, 1)
	left, wait := s.budgets.take("token "+b.ID, cost, 1)
	if wait == 0 {
		_, wait = s.budgets.take("person "+string(b.User.ID), cost, personFactor)
	}
	h := c.Response().Header()
	h.Set("RateLimit-Policy", fmt.Sprintf("%d;w=%d", apiBurst, apiBurst/apiPerSecond))
	h.Set("RateLimit-Limit", strconv.Itoa(apiBurst))
	h.Set("RateLimit-Remaining", strconv.Itoa(left))
	h.Set("RateLimit-Reset", strconv.Itoa((apiBurst-left+apiPerSecond-1)/apiPerSecond))
	if wait > 0 {
		return &busyError{http.StatusTooManyRequests, "You ask more than is allowed. Wait as long as Retry-After says.", wait}
	}
	return nil
}
