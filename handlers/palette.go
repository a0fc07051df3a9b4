package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// How much the palette names of each sort.
const (
	paletteOrders = 6
	paletteOthers = 8
)

// palette leads anywhere: to orders, saved views, pages and actions by what
// was typed. Without JavaScript it is a page.
func (s *Server) palette(c echo.Context) error {
	values, err := readQuery(c, "q")
	if err != nil {
		return err
	}
	v := views.PaletteView{Q: strings.TrimSpace(values.Get("q"))}
	if len(v.Q) > 500 {
		return fieldFault("q", "This is too long.")
	}
	if err := s.fillPalette(c, &v); err != nil {
		return err
	}
	switch {
	case !partial(c):
		return html(c, http.StatusOK, views.PalettePage(s.page(c, "Go to", ""), v))
	case values.Has("q"):
		return html(c, http.StatusOK, views.PaletteList(v))
	}
	return html(c, http.StatusOK, views.Palette(v))
}

func (s *Server) fillPalette(c echo.Context, v *views.PaletteView) error {
	u := userOf(c)
	group := func(title string, items []views.PaletteItem) {
		if len(items) > 0 {
			v.Groups = append(v.Groups, views.PaletteGroup{Title: title, Items: items})
		}
	}
	orders, err := s.paletteOrders(c.Request().Context(), u, v)
	if err != nil {
		return err
	}
	group("Orders", orders)
	if u.May(account.OrdersRead) {
		list, err := s.viewsOf(c)
		if err != nil {
			return err
		}
		var items []views.PaletteItem
		for _, k := range list {
			items = append(items, views.PaletteItem{Label: k.Value.Name, Note: "view", Path: listPath(k.Value.Query), Icon: "inbox"})
		}
		group("Views", named(items, v.Q))
	}
	var places []views.PaletteItem
	for _, p := range (views.PageView{User: &u}).Places() {
		places = append(places, views.PaletteItem{Label: p.Label, Path: p.Value, Icon: "chevron-right"})
	}
	group("Pages", named(places, v.Q))
	group("Actions", named(s.paletteActions(u), v.Q))
	return nil
}

func listPath(query string) string {
	if query == "" {
		return "/orders"
	}
	return "/orders?" + query
}

// named are the items one of whose words begins with what was typed.
func named(items []views.PaletteItem, typed string) []views.PaletteItem {
	typed = strings.ToLower(typed)
	items = slices.DeleteFunc(items, func(it views.PaletteItem) bool {
		label := strings.ToLower(it.Label)
		return !strings.HasPrefix(label, typed) && !strings.Contains(label, " "+typed)
	})
	return items[:min(len(items), paletteOthers)]
}

// paletteActions are what one can begin, as far as there is a page for it that
// this person may open.
func (s *Server) paletteActions(u account.User) []views.PaletteItem {
	var open []views.PaletteItem
	for _, it := range []views.PaletteItem{
		{Label: "New order", Path: "/orders/new", Icon: "package"},
		{Label: "Import orders from a file", Path: "/imports", Icon: "file-import"},
		{Label: "Export orders", Path: "/orders/export", Icon: "download"},
		{Label: "Connect a channel", Path: "/channels/new", Icon: "plug-connected"},
		{Label: "Manage saved views", Path: "/views", Icon: "inbox"},
		{Label: "What one may write in the search box", Path: "/orders/help", Icon: "search"},
		{Label: "Cut-off times and holidays", Path: "/settings/dispatch", Icon: "clock"},
	} {
		if s.opens(u, it.Path) {
			open = append(open, it)
		}
	}
	return open
}

// opens reports whether there is a page at a path that this person may open.
func (s *Server) opens(u account.User, path string) bool {
	for _, r := range s.routes() {
		if r.method != http.MethodGet || r.path != path {
			continue
		}
		p, isPermission := strings.CutPrefix(string(r.need), "may ")
		return !isPermission || u.May(account.Permission(p))
	}
	return false
}

// paletteOrders finds orders by what was typed, with the limits of who asks.
func (s *Server) paletteOrders(ctx context.Context, u account.User, v *views.PaletteView) ([]views.PaletteItem, error) {
	if v.Q == "" || !u.May(account.OrdersRead) {
		return nil, nil
	}
	q, err := s.ask(ctx, u, order.Filter{Q: v.Q})
	if faults := (order.FieldErrors)(nil); errors.As(err, &faults) {
		v.Note = sentence(faults.For("q"))
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	q.Limit = paletteOrders + 1
	page, err := s.Store.Orders().List(ctx, q)
	if err != nil {
		return nil, err
	}
	var items []views.PaletteItem
	for _, r := range page.Rows[:min(len(page.Rows), paletteOrders)] {
		if masked(u) {
			maskRow(&r)
		}
		items = append(items, views.PaletteItem{Label: views.OrderLabel(r), Note: views.RowNote(r), Path: "/orders/" + r.ID.String(), Icon: "package"})
	}
	if len(page.Rows) > paletteOrders {
		all := order.Filter{Q: v.Q}
		items = append(items, views.PaletteItem{Label: "All orders with “" + v.Q + "”", Path: listAddress(all), Icon: "search"})
	}
	return items, nil
}
