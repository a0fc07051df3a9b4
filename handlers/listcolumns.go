package handlers

import (
	"fmt"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/saved"
	"github.com/palmonas/palmonas-crm/views"
)

// fillColumns says which columns the list shows to this person.
func (s *Server) fillColumns(c echo.Context, v *views.OrdersView) error {
	ctx, u := c.Request().Context(), userOf(c)
	choice, err := s.book().Choice(ctx, u)
	if err != nil {
		return fmt.Errorf("columns: %w", err)
	}
	var shown saved.View
	list, err := s.viewsOf(c)
	if err != nil {
		return err
	}
	here := saved.Address(v.Filter)
	if i := slices.IndexFunc(list, func(k saved.Kept) bool { return k.Value.Query == here }); i >= 0 && len(v.Errors) == 0 {
		v.View, shown = list[i].ID, list[i].Value
	}
	v.Columns = texts(choice.For(v.View, shown))
	return nil
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = string(x)
	}
	return out
}

// saveColumns keeps which columns somebody wants: for a saved view, or for
// every list that has no choice of its own.
func (s *Server) saveColumns(c echo.Context) error {
	f, err := readForm(c, "next", "view", "usual", "column*")
	if err != nil {
		return err
	}
	var list []saved.Column
	for _, name := range f["column"] {
		if !slices.Contains(saved.Columns(), saved.Column(name)) {
			return fieldFault("column", "There is no such column.")
		}
		list = append(list, saved.Column(name))
	}
	if f.Get("usual") != "" {
		list = nil
	}
	ctx, u, id := c.Request().Context(), userOf(c), f.Get("view")
	if id != "" {
		if _, err := s.book().Get(ctx, u, id); err != nil {
			return err
		}
	}
	if err := s.book().Choose(ctx, u, id, list); err != nil {
		return fmt.Errorf("columns: %w", err)
	}
	return seeOther(c, afterLogin(f.Get("next")))
}
