package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// Whoever opens an order from a list can go on to the next one without going
// back. The list is its query, which the links carry; the neighbours are what
// comes before and after the order by the list's sort, whether or not the order
// is still in the list: somebody who has just confirmed one goes on to the next
// that waits.

// walk finds the order's neighbours in the list it was opened from. What fails
// is logged and not shown: the order itself is there.
func (s *Server) walk(c echo.Context, o order.Order) views.WalkView {
	list, known := cameFrom(c.Request())
	if !known {
		return views.WalkView{}
	}
	ctx := c.Request().Context()
	raw, err := url.ParseQuery(list)
	if err != nil {
		return views.WalkView{}
	}
	q, f, err := s.queryFor(ctx, userOf(c), raw)
	if err != nil {
		return views.WalkView{} // a list of another kind, or one this person may not ask for
	}
	v := views.WalkView{List: f.Values().Encode(), Known: true}
	w := walker{orders: s.Store.Orders(), where: q.Where, sort: q.Sort, from: o}
	if v.Next, err = w.neighbour(ctx, true); err == nil {
		v.Prev, err = w.neighbour(ctx, false)
	}
	if err != nil {
		s.Log.Warn("neighbours of an order not found", slog.String("request", requestID(c)), slog.Any("err", err))
	}
	return v
}

// cameFrom is the query of the list from which an order was opened: the one in
// its address, else in the address of the page that asks, if that is ours.
func cameFrom(r *http.Request) (list string, known bool) {
	if v := r.URL.Query(); v.Has("in") {
		return v.Get("in"), true
	}
	u, err := url.Parse(r.Referer())
	if err != nil || !strings.EqualFold(u.Host, r.Host) {
		return "", false
	}
	if u.Path == "/orders" {
		return u.RawQuery, true
	}
	if v := u.Query(); strings.HasPrefix(u.Path, "/orders/") && v.Has("in") {
		return v.Get("in"), true
	}
	return "", false
}

// lister is the part of the store that a walk needs.
type lister interface {
	List(ctx context.Context, q order.Query) (order.Page, error)
}

// walker finds the neighbours of one order.
type walker struct {
	orders lister
	where  order.Expr
	sort   order.Sort
	from   order.Order
}

// neighbour is the order after (or before) w.from, or zero at the end. Orders
// with the same value of the sort lie by their order time, so first comes the
// next of those, then the first of the next value.
func (w walker) neighbour(ctx context.Context, forward bool) (order.ID, error) {
	field, ascending := sortField(w.sort)
	up := ascending == forward
	value, has := order.NumberValue(w.from, field)
	if !has {
		return 0, nil
	}
	ties := order.And{beyond(order.FieldOrdered, w.from.Facts.OrderedAt.UnixMilli(), up)}
	if field != order.FieldOrdered {
		ties = append(ties, order.Term{Field: field, Lo: value, Hi: value})
	}
	id, err := w.tie(ctx, ties, up)
	if id != 0 || err != nil || field == order.FieldOrdered {
		return id, err
	}
	if up {
		value++
	} else {
		value--
	}
	if sort, ok := sortBy(field, up); ok {
		return w.first(ctx, beyond(field, value, up), sort)
	}
	return w.lastBelow(ctx, field, value)
}

// Reading on is bounded: orders of one moment come from files with days
// instead of times, a day at a time.
const (
	tiePage  = 20
	tiePages = 4
	tieMore  = 1000
)

// tie is the nearest order among those that selected holds, in order time.
func (w walker) tie(ctx context.Context, selected order.And, up bool) (order.ID, error) {
	q := order.Query{Where: w.and(selected...), Sort: order.NewestFirst, Limit: tiePage}
	if up {
		q.Sort = order.OldestFirst
	}
	me := order.SortKey(w.from.Facts.OrderedAt, w.from.ID)
	for range tiePages {
		page, err := w.orders.List(ctx, q)
		if err != nil {
			return 0, err
		}
		for _, r := range page.Rows {
			if key := order.SortKey(r.OrderedAt, r.ID); r.ID != w.from.ID && (key > me) == up {
				return r.ID, nil
			}
		}
		if page.Next == "" {
			return 0, nil
		}
		q.After, q.Limit = page.Next, tieMore
	}
	return 0, nil
}

func (w walker) first(ctx context.Context, t order.Term, sort order.Sort) (order.ID, error) {
	page, err := w.orders.List(ctx, order.Query{Where: w.and(t), Sort: sort, Limit: 1})
	if err != nil || len(page.Rows) == 0 {
		return 0, err
	}
	return page.Rows[0].ID, nil
}

// lastBelow is the last order up to a value for a sort that runs one way only:
// it is looked for in ever wider windows that can be read whole.
func (w walker) lastBelow(ctx context.Context, field order.Field, value int64) (order.ID, error) {
	const dayMillis = int64(24 * time.Hour / time.Millisecond)
	sort, _ := sortBy(field, true)
	for _, days := range []int64{1, 7, 90} {
		t := order.Term{Field: field, Lo: value - days*dayMillis, Hi: value}
		page, err := w.orders.List(ctx, order.Query{Where: w.and(t), Sort: sort, Limit: tieMore})
		if err != nil || page.Next != "" {
			return 0, err
		}
		if n := len(page.Rows); n > 0 {
			return page.Rows[n-1].ID, nil
		}
	}
	return 0, nil
}

func (w walker) and(terms ...order.Expr) order.Expr {
	if w.where == nil {
		return order.And(terms)
	}
	return append(order.And{w.where}, terms...)
}

// beyond holds for a value and everything above or below it.
func beyond(f order.Field, value int64, up bool) order.Term {
	if up {
		return order.Term{Field: f, Lo: value, Hi: order.Highest}
	}
	return order.Term{Field: f, Lo: order.Lowest, Hi: value}
}

// sortField is the number field that a sort runs by.
func sortField(s order.Sort) (f order.Field, ascending bool) {
	switch s {
	case order.OldestFirst:
		return order.FieldOrdered, true
	case order.LargestFirst:
		return order.FieldTotal, false
	case order.SmallestFirst:
		return order.FieldTotal, true
	case order.RecentlyChanged:
		return order.FieldUpdated, false
	case order.LeastRecent:
		return order.FieldUpdated, true
	case order.ShipSoonestFirst:
		return order.FieldShipBy, true
	}
	return order.FieldOrdered, false
}

// sortBy is the sort by a field in one direction, if there is one.
func sortBy(f order.Field, ascending bool) (order.Sort, bool) {
	for _, s := range order.Sorts() {
		if g, up := sortField(s); g == f && up == ascending {
			return s, true
		}
	}
	return "", false
}
