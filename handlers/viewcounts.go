package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/saved"
	"github.com/palmonas/palmonas-crm/store/scope"
	"github.com/palmonas/palmonas-crm/views"
)

const (
	// viewCount is how far the orders of a view are counted.
	viewCount = 1000
	// viewCountAge is how long a count stands while orders change.
	viewCountAge = 2 * time.Second
	// viewCountIdle is how long it stands otherwise: time itself makes orders
	// late.
	viewCountIdle = 30 * time.Second
	// viewCountTime bounds one count; a view that takes longer shows none.
	viewCountTime = 250 * time.Millisecond
	maxTallies    = 2000
)

// tallies remembers the counts of views, for all who look at the same list. It
// is safe for concurrent use; one count runs at a time, so that a sidebar full
// of views never takes the database from the pages.
type tallies struct {
	counting sync.Mutex

	mu   sync.Mutex
	have map[string]tally
}

type tally struct {
	n   int
	at  time.Time
	seq int64
}

func (t *tallies) get(key string) (tally, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x, ok := t.have[key]
	return x, ok
}

func (t *tallies) put(key string, x tally) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.have == nil || len(t.have) >= maxTallies {
		t.have = map[string]tally{}
	}
	t.have[key] = x
}

// fresh reports whether a count need not be made again.
func (x tally) fresh(now time.Time, seq int64) bool {
	age := now.Sub(x.at)
	return age < viewCountAge || age < viewCountIdle && x.seq == seq
}

// tallyKey is the same for everybody who sees the same orders in a view.
func tallyKey(u account.User, v saved.View) string {
	key := v.Query
	if masked(u) {
		key = "masked " + key
	}
	if u.Scoped() {
		key = scope.Of(u).Key() + "\x00" + key
	}
	if strings.Contains(strings.ToLower(v.Query), "assignee") {
		key = string(u.ID) + " " + key // "me" is somebody else for each
	}
	return key
}

// links are somebody's views as the navigation shows them, with the counts
// that are at hand. here is the list that is shown, if one is.
func (s *Server) links(u account.User, list []saved.Kept, here *string) []views.ViewLink {
	out := make([]views.ViewLink, len(list))
	for i, k := range list {
		out[i] = views.ViewLink{ID: k.ID, Name: k.Value.Name, Query: k.Value.Query, Count: -1, AtMost: viewCount,
			Here: here != nil && *here == k.Value.Query}
		if x, ok := s.tallies.get(tallyKey(u, k.Value)); ok {
			out[i].Count = x.n
		}
	}
	return out
}

// viewCounts counts anew what is out of date. Pages ask for it by themselves,
// after they are shown and when orders change.
func (s *Server) viewCounts(c echo.Context) error {
	ctx, u := c.Request().Context(), userOf(c)
	list, err := s.book().List(ctx, u)
	if err != nil {
		return err
	}
	seq, err := s.Store.LastChange(ctx)
	if err != nil {
		return err
	}
	for _, k := range list {
		if err := s.tallyView(ctx, u, k.Value, seq); err != nil {
			return err
		}
	}
	at, err := url.Parse(currentPath(c.Request()))
	if err != nil {
		return errUnreadable
	}
	return html(c, http.StatusOK, views.ViewCounts(s.links(u, list, shownList(at)), at.Path))
}

// tallyView counts one view unless its count is fresh. A view that this person
// may not ask for, or that takes too long, has no count.
func (s *Server) tallyView(ctx context.Context, u account.User, v saved.View, seq int64) error {
	key := tallyKey(u, v)
	if x, ok := s.tallies.get(key); ok && x.fresh(s.Now(), seq) {
		return nil
	}
	s.tallies.counting.Lock()
	defer s.tallies.counting.Unlock()
	if x, ok := s.tallies.get(key); ok && x.fresh(s.Now(), seq) {
		return nil // somebody else was quicker
	}
	n := -1
	if values, err := url.ParseQuery(v.Query); err == nil {
		if q, _, err := s.queryFor(ctx, u, values); err == nil {
			short, cancel := context.WithTimeout(ctx, viewCountTime)
			defer cancel()
			if n, err = s.Store.Orders().Count(short, q.Where, viewCount); err != nil {
				if ctx.Err() != nil || short.Err() == nil {
					return err
				}
				s.Log.Warn("a view takes too long to count", slog.String("query", v.Query))
				n = -1
			}
		}
	}
	s.tallies.put(key, tally{n: n, at: s.Now(), seq: seq})
	return nil
}
