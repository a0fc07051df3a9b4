package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/scope"
	"github.com/palmonas/palmonas-crm/views"
)

// counts remembers how many orders a condition selects, for as long as no
// order changes: going through the pages of a list counts it once. It is safe
// for concurrent use.
type counts struct {
	store store.Store

	mu   sync.Mutex
	at   int64 // the newest change when they were counted
	have map[string]int
}

// maxCounts bounds what is remembered.
const maxCounts = 1000

// of counts up to limit as store.Orders.Count does.
func (c *counts) of(ctx context.Context, where order.Expr, limit int) (int, error) {
	at, err := c.store.LastChange(ctx)
	if err != nil {
		return 0, fmt.Errorf("change log: %w", err)
	}
	key := fmt.Sprintf("%d %s\x00%s", limit, order.PrintExpr(where, time.UTC), scope.From(ctx).Key())
	c.mu.Lock()
	if c.at != at || len(c.have) >= maxCounts || c.have == nil {
		c.at, c.have = at, map[string]int{}
	}
	n, known := c.have[key]
	c.mu.Unlock()
	if known {
		return n, nil
	}
	if n, err = c.store.Orders().Count(ctx, where, limit); err != nil {
		return 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at == at {
		c.have[key] = n
	}
	return n, nil
}

// countInto says how many orders the list has, unless that takes longer than
// one waits for a page: then the page asks again by itself.
func (s *Server) countInto(ctx context.Context, v *views.OrdersView, q order.Query) error {
	if q.Page <= 1 && q.After+q.Before == "" && len(v.Rows) < q.Limit {
		v.Count = len(v.Rows)
		return s.noOrders(ctx, v, q.Where)
	}
	short, cancel := context.WithTimeout(ctx, s.Patience)
	defer cancel()
	n, err := s.counts.of(short, q.Where, maxCount+1)
	switch {
	case err != nil && short.Err() != nil && ctx.Err() == nil:
		v.Count, v.CountLater = -1, true
		return nil
	case err != nil:
		return err
	}
	v.Count, v.CountIsLower = min(n, maxCount), n > maxCount
	return s.noOrders(ctx, v, q.Where)
}

// noOrders tells an empty desk from a filter that matches nothing.
func (s *Server) noOrders(ctx context.Context, v *views.OrdersView, where order.Expr) error {
	if v.Count > 0 {
		return nil
	}
	if where == nil {
		v.NoOrders = true
		return nil
	}
	n, err := s.Store.Orders().Count(ctx, nil, 1)
	v.NoOrders = n == 0
	return err
}

// countOrders is the number of a list that was shown without one.
func (s *Server) countOrders(c echo.Context) error {
	raw, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return errUnreadable
	}
	ctx := c.Request().Context()
	q, f, err := s.queryFor(ctx, userOf(c), raw)
	if err != nil {
		return err
	}
	n, err := s.counts.of(ctx, q.Where, maxCount+1)
	if errors.Is(err, context.Canceled) {
		return err
	}
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	v := views.OrdersView{Clock: s.clock(), Filter: f, Count: min(n, maxCount), CountIsLower: n > maxCount}
	return html(c, http.StatusOK, views.OrderCount(v))
}
