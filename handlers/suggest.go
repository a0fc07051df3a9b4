package handlers

import (
	"context"
	"net/http"
	"strconv"
	"unicode/utf16"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// suggest names ways to go on with what stands in the search box. Offsets are
// those of browsers, in UTF-16.
func (s *Server) suggest(c echo.Context) error {
	v, err := readQuery(c, "q", "at")
	if err != nil {
		return err
	}
	text := v.Get("q")
	if len(text) > 2000 {
		return fieldFault("q", "The query is too long.")
	}
	caret := len(text)
	if at := v.Get("at"); at != "" {
		n, err := strconv.Atoi(at)
		if err != nil || n < 0 {
			return fieldFault("at", "This is not a place in the text.")
		}
		caret = byteAt(text, n)
	}
	known, err := s.vocabulary(c.Request().Context())
	if err != nil {
		return err
	}
	list := order.Suggest(text, caret, known)
	for i := range list {
		list[i].From, list[i].To = unitAt(text, list[i].From), unitAt(text, list[i].To)
	}
	if len(list) == 1 && list[0].Text == text {
		list = nil // there is nothing to add
	}
	return html(c, http.StatusOK, views.Suggestions(list))
}

func byteAt(text string, units int) int {
	n := 0
	for i, r := range text {
		if n >= units {
			return i
		}
		n += utf16.RuneLen(r)
	}
	return len(text)
}

func unitAt(text string, at int) int {
	n := 0
	for _, r := range text[:at] {
		n += utf16.RuneLen(r)
	}
	return n
}

// vocabulary is what the values of the shop's own fields may be: its channels,
// its people, and the tags of its newest orders.
func (s *Server) vocabulary(ctx context.Context) (order.Vocabulary, error) {
	const newest = 100
	known := order.Vocabulary{order.FieldAssignee: {{Value: "me", Label: "you"}}}
	channels, err := s.Store.Channels().List(ctx)
	if err != nil {
		return nil, err
	}
	for _, ch := range channels {
		known[order.FieldChannel] = append(known[order.FieldChannel], order.Word{Value: ch.ID, Label: ch.Name})
	}
	users, err := s.Store.Users().List(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		if !u.Disabled && u.Name != "" {
			known[order.FieldAssignee] = append(known[order.FieldAssignee], order.Word{Value: u.Name})
		}
	}
	page, err := s.Store.Orders().List(ctx, order.Query{Sort: order.RecentlyChanged, Limit: newest})
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, r := range page.Rows {
		for _, t := range r.Tags {
			if !seen[t] {
				seen[t] = true
				known[order.FieldTag] = append(known[order.FieldTag], order.Word{Value: t})
			}
		}
	}
	return known, nil
}

// searchHelp tells what one may write in the search box.
func (s *Server) searchHelp(c echo.Context) error {
	return html(c, http.StatusOK, views.SearchHelp(s.page(c, "Search", "/orders")))
}
