package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/saved"
	"github.com/palmonas/palmonas-crm/views"
)

// fillColumns says which columns the list shows to this person.
func (s *Server) fillColumns(c echo.Context, v *views.OrdersView) error {
	list, k, err := s.columnsOf(c, v.Filter)
	if err != nil || len(v.Errors) > 0 {
		return err
	}
	v.Columns, v.View = texts(list), k.ID
	return nil
}

// columnsOf are the columns that this person sees of a list, and the saved
// view that it is; zero when it is none.
func (s *Server) columnsOf(c echo.Context, f order.Filter) ([]saved.Column, saved.Kept, error) {
	choice, err := s.book().Choice(c.Request().Context(), userOf(c))
	if err != nil {
		return nil, saved.Kept{}, fmt.Errorf("columns: %w", err)
	}
	list, err := s.viewsOf(c)
	if err != nil {
		return nil, saved.Kept{}, err
	}
	var k saved.Kept
	here := saved.Address(f)
	if i := slices.IndexFunc(list, func(k saved.Kept) bool { return k.Value.Query == here }); i >= 0 {
		k = list[i]
	}
	return choice.For(k.ID, k.Value), k, nil
}

// columnsPage offers the columns of a list, which "of" names by its query.
func (s *Server) columnsPage(c echo.Context) error {
	q, err := readQuery(c, "of")
	if err != nil {
		return err
	}
	values, err := url.ParseQuery(q.Get("of"))
	if err != nil {
		return errUnreadable
	}
	f, err := order.ParseFilter(values)
	if err != nil {
		return err
	}
	list, k, err := s.columnsOf(c, f)
	if err != nil {
		return err
	}
	v := views.ColumnsView{Columns: texts(list), View: k.ID, ViewName: k.Value.Name, Next: listAddress(f)}
	if partial(c) {
		return html(c, http.StatusOK, views.Columns(v))
	}
	return html(c, http.StatusOK, views.ColumnsPage(s.page(c, "Columns", "/orders"), v))
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
