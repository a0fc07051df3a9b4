package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/saved"
	"github.com/palmonas/palmonas-crm/views"
)

func (s *Server) book() saved.Book { return saved.Book{Records: s.Store.Records(), Now: s.Now} }

// viewsPage lists the views. With save=… it also offers that list as a new one.
func (s *Server) viewsPage(c echo.Context) error {
	values, err := readQuery(c, "save")
	if err != nil {
		return err
	}
	var form *views.ViewForm
	if values.Has("save") {
		form = &views.ViewForm{Query: values.Get("save")}
	}
	return s.showViews(c, http.StatusOK, form, nil)
}

func (s *Server) showViews(c echo.Context, status int, fresh, editing *views.ViewForm) error {
	ctx, u := c.Request().Context(), userOf(c)
	list, err := s.book().List(ctx, u)
	if err != nil {
		return err
	}
	v := views.ViewsView{Clock: s.clock(), MayShare: saved.MayShare(u), New: fresh, Editing: editing,
		MayRestore: u.May(account.SettingsManage) && lacksReady(list)}
	if v.Channels, err = s.channelChoices(ctx); err != nil {
		return err
	}
	ids := []string{}
	for _, k := range list {
		ids = append(ids, k.Value.By)
		if f, err := saved.Filter(k.Value); err == nil {
			ids = append(ids, f.Assignee)
		}
	}
	if v.Names, err = s.names(ctx, ids); err != nil {
		return err
	}
	for i, l := range s.links(u, list, nil) {
		w := savedView(u, list, i, l)
		w.By = v.Names[list[i].Value.By]
		if w.Shared {
			v.Shared = append(v.Shared, w)
		} else {
			v.Own = append(v.Own, w)
		}
	}
	return html(c, status, views.Views(s.page(c, "Views", "/views"), v))
}

// savedView is the i-th view of a list for its page.
func savedView(u account.User, list []saved.Kept, i int, l views.ViewLink) views.SavedView {
	k := list[i]
	w := views.SavedView{ViewLink: l, Shared: saved.Shared(k), MayChange: saved.MayChange(u, k), MayMove: saved.MayMove(u, k),
		First: i == 0 || list[i-1].Owner != k.Owner, Last: i == len(list)-1 || list[i+1].Owner != k.Owner}
	w.Filter, _ = saved.Filter(k.Value) // a query that nobody understands any more has no words
	return w
}

func lacksReady(list []saved.Kept) bool {
	return slices.ContainsFunc(saved.ReadyMade(), func(v saved.View) bool {
		return !slices.ContainsFunc(list, func(k saved.Kept) bool { return saved.Shared(k) && k.Value.Name == v.Name })
	})
}

// openView leads to the list of a view.
func (s *Server) openView(c echo.Context) error {
	k, err := s.book().Get(c.Request().Context(), userOf(c), c.Param("id"))
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/orders?"+k.Value.Query)
}

// createView saves a list as a view.
func (s *Server) createView(c echo.Context) error {
	f, err := readForm(c, "name", "query", "shared", "columns")
	if err != nil {
		return err
	}
	ctx, u := c.Request().Context(), userOf(c)
	v := saved.View{Name: f.Get("name"), Query: f.Get("query")}
	if f.Get("columns") != "" {
		choice, err := s.book().Choice(ctx, u)
		if err != nil {
			return err
		}
		v.Columns = choice.For("", saved.View{})
	}
	k, err := s.book().Create(ctx, u, v, f.Get("shared") != "")
	form := &views.ViewForm{Name: v.Name, Query: v.Query, Shared: f.Get("shared") != "", Columns: f.Get("columns") != ""}
	if errors.As(err, &form.Errors) {
		return s.showViews(c, http.StatusUnprocessableEntity, form, nil)
	}
	if err != nil {
		return notYours(err)
	}
	if err := s.noteView(c, "view.create", saved.Kept{}, k); err != nil {
		return err
	}
	s.flash(c, doneView, 60)
	return seeOther(c, "/orders?"+k.Value.Query)
}

// changeView renames a view, gives it another list, shares it or takes it back.
func (s *Server) changeView(c echo.Context) error {
	f, err := readForm(c, "name", "query", "shared")
	if err != nil {
		return err
	}
	id := c.Param("id")
	form := &views.ViewForm{ID: id, Name: f.Get("name"), Query: f.Get("query"), Shared: f.Get("shared") != ""}
	before, after, err := s.book().Update(c.Request().Context(), userOf(c), id,
		saved.Change{Name: form.Name, Query: form.Query, Shared: form.Shared})
	if errors.As(err, &form.Errors) {
		return s.showViews(c, http.StatusUnprocessableEntity, nil, form)
	}
	if err != nil {
		return notYours(err)
	}
	if err := s.noteView(c, "view.change", before, after); err != nil {
		return err
	}
	s.flash(c, doneView, 60)
	return seeOther(c, "/views")
}

func (s *Server) moveView(c echo.Context) error {
	f, err := readForm(c, "to")
	if err != nil {
		return err
	}
	by := map[string]int{"up": -1, "down": 1}[f.Get("to")]
	if by == 0 {
		return fieldFault("to", "Move it up or down.")
	}
	if err := s.book().Move(c.Request().Context(), userOf(c), c.Param("id"), by); err != nil {
		return notYours(err)
	}
	return seeOther(c, "/views")
}

func (s *Server) deleteView(c echo.Context) error {
	if _, err := readForm(c); err != nil {
		return err
	}
	k, err := s.book().Delete(c.Request().Context(), userOf(c), c.Param("id"))
	if err != nil {
		return notYours(err)
	}
	if err := s.noteView(c, "view.delete", k, saved.Kept{}); err != nil {
		return err
	}
	s.flash(c, doneViewGone, 60)
	return seeOther(c, "/views")
}

// restoreViews puts the ready-made views back that somebody deleted.
func (s *Server) restoreViews(c echo.Context) error {
	if _, err := readForm(c); err != nil {
		return err
	}
	if _, err := s.book().Restore(c.Request().Context()); err != nil {
		return err
	}
	if err := s.noteView(c, "view.restore", saved.Kept{}, saved.Kept{}); err != nil {
		return err
	}
	s.flash(c, doneView, 60)
	return seeOther(c, "/views")
}

func notYours(err error) error {
	if errors.Is(err, saved.ErrNotYours) {
		return errForbidden
	}
	return err
}

// noteView writes what was done to everybody's views into the audit. What
// people do to their own is their own affair. A list may be about somebody, so
// its query is left out.
func (s *Server) noteView(c echo.Context, action string, before, after saved.Kept) error {
	own := func(k saved.Kept) bool { return k.ID == "" || !saved.Shared(k) }
	if own(before) && own(after) && action != "view.restore" {
		return nil
	}
	id := before.ID
	if id == "" {
		id = after.ID
	}
	told := func(k saved.Kept) string {
		if k.ID == "" {
			return ""
		}
		b, err := json.Marshal(struct {
			Shared bool `json:"shared"`
			Place  int  `json:"place"`
		}{saved.Shared(k), k.Value.Place})
		if err != nil {
			return "" // two plain fields always encode
		}
		return string(b)
	}
	return s.audit(c, account.Entry{Action: action, Object: "view:" + id, Before: told(before), After: told(after)})
}

// shownList is the canonical address of the list at an address of ours; nil for
// other pages.
func shownList(at *url.URL) *string {
	if at.Path != "/orders" {
		return nil
	}
	values, err := url.ParseQuery(at.RawQuery)
	if err != nil {
		return nil
	}
	f, err := order.ParseFilter(values)
	if err != nil {
		return nil
	}
	here := saved.Address(f)
	return &here
}

// sidebar are the views of the navigation, and the one that is shown.
func (s *Server) sidebar(c echo.Context, u account.User) []views.ViewLink {
	if !u.May(account.OrdersRead) {
		return nil
	}
	list, err := s.viewsOf(c)
	if err != nil {
		s.Log.Error("saved views cannot be read", slog.String("request", requestID(c)), slog.Any("err", err))
		return nil // the page itself may still work
	}
	return s.links(u, list, shownList(c.Request().URL))
}

const keyViews = "views"

// viewsOf are the views of who asks, read once for a request.
func (s *Server) viewsOf(c echo.Context) ([]saved.Kept, error) {
	if list, ok := c.Get(keyViews).([]saved.Kept); ok {
		return list, nil
	}
	list, err := s.book().List(context.WithoutCancel(c.Request().Context()), userOf(c))
	if err == nil {
		c.Set(keyViews, list)
	}
	return list, err
}
