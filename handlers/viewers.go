package handlers

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// A page that shows an order asks every 20 seconds who else has it open, which
// at the same time tells that this person has. It is kept in memory: each
// process knows of its own pages, and a restart forgets nothing that matters.
const (
	viewersLast = 45 * time.Second // two questions and a little
	viewersMost = 5000             // orders that are remembered at a time
)

// viewers is who has which order open. The zero value is ready.
type viewers struct {
	mu     sync.Mutex
	orders map[order.ID]map[account.ID]time.Time
}

// look notes that a user has an order open, and returns who else has.
func (w *viewers) look(id order.ID, u account.ID, now time.Time) []account.ID {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.orders == nil || len(w.orders) >= viewersMost && w.orders[id] == nil {
		w.sweep(now)
	}
	if w.orders[id] == nil {
		w.orders[id] = map[account.ID]time.Time{}
	}
	w.orders[id][u] = now
	var others []account.ID
	for x, at := range w.orders[id] {
		switch {
		case now.Sub(at) > viewersLast:
			delete(w.orders[id], x)
		case x != u:
			others = append(others, x)
		}
	}
	slices.Sort(others)
	return others
}

// sweep forgets the orders that nobody has open any more, all of them if that
// makes no room.
func (w *viewers) sweep(now time.Time) {
	for id, users := range w.orders {
		for u, at := range users {
			if now.Sub(at) > viewersLast {
				delete(users, u)
			}
		}
		if len(users) == 0 {
			delete(w.orders, id)
		}
	}
	if w.orders == nil || len(w.orders) >= viewersMost {
		w.orders = map[order.ID]map[account.ID]time.Time{}
	}
}

// orderViewers answers with who else has the order open. Colleagues' names are
// for those who work on orders; others learn how many.
func (s *Server) orderViewers(c echo.Context) error {
	id, err := order.ParseID(c.Param("id"))
	if err != nil {
		return err
	}
	u := userOf(c)
	if u.Scoped() { // who looks at an order tells that there is one
		if _, err := s.Store.Orders().Get(c.Request().Context(), id); err != nil {
			return err
		}
	}
	others := s.viewers.look(id, u.ID, s.Now())
	v := views.ViewersView{Count: len(others)}
	if u.May(account.OrdersEdit) {
		ids := make([]string, len(others))
		for i, x := range others {
			ids[i] = string(x)
		}
		names, err := s.names(c.Request().Context(), ids)
		if err != nil {
			return err
		}
		for _, x := range ids {
			if names[x] != "" {
				v.Names = append(v.Names, names[x])
			}
		}
	}
	return html(c, http.StatusOK, views.Viewers(v))
}
