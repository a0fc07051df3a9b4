package handlers

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

// queryFor reads the parameters of a list as one person asks for it: with the
// limits of who asks, and with people given by name or as "me". The filter is
// as it was written; the query may be narrower.
func (s *Server) queryFor(ctx context.Context, u account.User, raw url.Values) (order.Query, order.Filter, error) {
	f, err := order.ParseFilter(raw)
	if err != nil {
		return order.Query{}, f, err
	}
	q, err := s.ask(ctx, u, f)
	return q, f, err
}

// ask is the query of a filter for one person.
func (s *Server) ask(ctx context.Context, u account.User, f order.Filter) (order.Query, error) {
	mask := masked(u)
	if mask {
		var err error
		if f, err = maskedFilter(f); err != nil {
			return order.Query{}, err
		}
	}
	people := staffNames{ctx: ctx, server: s, me: u}
	q, err := f.QueryWith(order.Reader{Loc: s.Location, Now: s.Now(), People: people.find})
	switch {
	case people.err != nil:
		return order.Query{}, people.err
	case err == nil && mask:
		err = onlyOpen(q.Where)
	}
	return q, err
}

// staffNames finds users by what people write. It lives for one query and
// reads the users at most once.
type staffNames struct {
	ctx    context.Context //nolint:containedctx // of the one query
	server *Server
	me     account.User
	users  []account.User
	err    error
}

// find is order.Reader's People. It answers with the text itself once reading
// failed; err tells.
func (n *staffNames) find(text string) []string {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "me" {
		return []string{string(n.me.ID)}
	}
	if n.users == nil && n.err == nil {
		n.users, n.err = n.server.Store.Users().List(n.ctx)
	}
	if n.err != nil {
		return []string{text}
	}
	var ids []string
	for _, u := range n.users {
		name := strings.ToLower(u.Name)
		if strings.ToLower(string(u.ID)) == text {
			return []string{string(u.ID)}
		}
		if strings.HasPrefix(name, text) || strings.Contains(name, " "+text) {
			ids = append(ids, string(u.ID))
		}
	}
	slices.Sort(ids)
	return ids
}
