package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/notice"
	"github.com/palmonas/palmonas-crm/outbound"
	"github.com/palmonas/palmonas-crm/views/webhooks"
)

const hooksPath = "/settings/webhooks"

// shownDeliveries is how many messages a page lists of each sort.
const shownDeliveries = 50

// hooks is the service of outbound webhooks; not every process has the keys
// that seal their secrets.
func (s *Server) hooks() (*outbound.Service, error) {
	if s.outbound == nil {
		return nil, notHere()
	}
	return s.outbound, nil
}

// listHooks is the page of outbound webhooks.
func (s *Server) listHooks(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	return s.answerHookList(c, http.StatusOK, webhooks.FormView{Enabled: true, Events: []string{string(outbound.OrderCreated), string(outbound.StatusChanged)}})
}

func (s *Server) answerHookList(c echo.Context, status int, f webhooks.FormView) error {
	service, err := s.hooks()
	if err != nil {
		return err
	}
	subs, err := service.List(c.Request().Context())
	if err != nil {
		return err
	}
	f.MayTell = !masked(userOf(c))
	v := webhooks.ListView{Clock: s.clock(), Form: f}
	for _, sub := range subs {
		v.Rows = append(v.Rows, hookRow(sub))
	}
	return html(c, status, webhooks.List(s.page(c, "Webhooks", "/settings"), v))
}

func hookRow(sub outbound.Subscription) webhooks.RowView {
	r := webhooks.RowView{ID: sub.ID, Name: sub.Name, URL: sub.URL, Enabled: sub.Enabled, Stopped: sub.Stopped, FailingSince: sub.FailingSince, LastSuccess: sub.LastSuccess}
	for _, e := range sub.Events {
		r.Events = append(r.Events, string(e))
	}
	return r
}

// hookForm reads the form of a webhook.
func hookForm(f url.Values) (outbound.Wish, webhooks.FormView) {
	w := outbound.Wish{Name: f.Get("name"), URL: f.Get("url"), Customer: f.Get("customer") == "yes", Enabled: f.Get("enabled") == "yes"}
	for _, e := range f["event"] {
		w.Events = append(w.Events, outbound.Event(e))
	}
	return w, webhooks.FormView{Name: cut(w.Name, 200), URL: cut(w.URL, 600), Events: f["event"], Customer: w.Customer, Enabled: w.Enabled}
}

// mayTell refuses to send out who ordered by the order of somebody who may not
// know it. before is what the webhook tells already.
func mayTell(u account.User, w outbound.Wish, before bool) error {
	if w.Customer && !before && masked(u) {
		return fieldFault("customer", "Your role may not see customers, so it cannot send them out.")
	}
	return nil
}

func (s *Server) createHook(c echo.Context) error {
	f, err := readForm(c, "name", "url", "event*", "customer", "enabled")
	if err != nil {
		return err
	}
	service, err := s.hooks()
	if err != nil {
		return err
	}
	w, form := hookForm(f)
	var sub outbound.Subscription
	var secret string
	if err = mayTell(userOf(c), w, false); err == nil {
		sub, secret, err = service.Create(c.Request().Context(), w)
	}
	if errors.As(err, &form.Errors) {
		return s.answerHookList(c, http.StatusUnprocessableEntity, form)
	}
	if err == nil {
		err = s.noteHook(c, "webhook.create", sub.ID)
	}
	if err != nil {
		return err
	}
	return s.answerHook(c, http.StatusOK, sub, webhooks.OneView{Secret: secret})
}

func (s *Server) noteHook(c echo.Context, action, id string) error {
	s.Log.Info("webhook changed", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)), slog.String("what", action), slog.String("subscription", id))
	return s.audit(c, account.Entry{Action: action, Object: "webhook:" + id})
}

func (s *Server) showHook(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	service, err := s.hooks()
	if err != nil {
		return err
	}
	sub, err := service.Get(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return s.answerHook(c, http.StatusOK, sub, webhooks.OneView{})
}

// answerHook is the page of one webhook. What v holds already is kept.
func (s *Server) answerHook(c echo.Context, status int, sub outbound.Subscription, v webhooks.OneView) error {
	list, err := s.outbound.Deliveries(c.Request().Context(), sub.ID, shownDeliveries)
	if err != nil {
		return err
	}
	v.Clock, v.Row = s.clock(), hookRow(sub)
	if v.Form.Version == 0 {
		v.Form = webhooks.FormView{Name: sub.Name, URL: sub.URL, Events: v.Row.Events, Customer: sub.Customer, Enabled: sub.Enabled}
	}
	v.Form.Version, v.Form.MayTell = sub.Version, sub.Customer || !masked(userOf(c))
	for _, d := range list {
		one := webhooks.DeliveryView{ID: d.ID, Event: string(d.Event), Order: d.Order, State: string(d.State), Error: d.Error, Attempts: d.Attempts,
			Status: d.Status, At: d.Created, Next: d.Next, Took: d.Took}
		v.Deliveries = append(v.Deliveries, one)
	}
	p := s.page(c, sub.Name, "/settings")
	p.Docs = true // for its wide table
	return html(c, status, webhooks.One(p, v))
}

func (s *Server) saveHook(c echo.Context) error {
	f, err := readForm(c, "name", "url", "event*", "customer", "enabled", "version")
	if err != nil {
		return err
	}
	service, err := s.hooks()
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	sub, err := service.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	version, err := strconv.ParseInt(f.Get("version"), 10, 64)
	if err != nil || version < 1 {
		return fieldFault("version", "The form is incomplete. Open the page again.")
	}
	w, form := hookForm(f)
	if err = mayTell(userOf(c), w, sub.Customer); err == nil {
		_, err = service.Change(ctx, sub.ID, version, w)
	}
	switch {
	case errors.As(err, &form.Errors):
		form.Version = sub.Version
		return s.answerHook(c, http.StatusUnprocessableEntity, sub, webhooks.OneView{Form: form})
	case errors.Is(err, outbound.ErrStale):
		return s.answerHook(c, http.StatusConflict, sub, webhooks.OneView{Stale: true})
	case err == nil:
		err = s.noteHook(c, "webhook.update", sub.ID)
	}
	if err != nil {
		return err
	}
	s.flash(c, doneSaved, 60)
	return seeOther(c, hooksPath+"/"+sub.ID)
}

// hookAct is for buttons that carry nothing but their address.
func (s *Server) hookAct(action string, do func(c echo.Context, service *outbound.Service, id string) error, back func(id string) string) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, err := readForm(c); err != nil && !errors.Is(err, errMediaType) {
			return err // an empty post has no content type
		}
		service, err := s.hooks()
		if err != nil {
			return err
		}
		id := c.Param("id")
		if err := do(c, service, id); err != nil {
			return err
		}
		if err := s.noteHook(c, action, id); err != nil {
			return err
		}
		return seeOther(c, back(id))
	}
}

func toHook(id string) string { return hooksPath + "/" + id }
func toHooks(string) string   { return hooksPath }

func (s *Server) pingHook() echo.HandlerFunc {
	return s.hookAct("webhook.ping", func(c echo.Context, service *outbound.Service, id string) error {
		return service.SendPing(c.Request().Context(), id)
	}, toHook)
}

func (s *Server) deleteHook() echo.HandlerFunc {
	return s.hookAct("webhook.delete", func(c echo.Context, service *outbound.Service, id string) error {
		return service.Delete(c.Request().Context(), id)
	}, toHooks)
}

func (s *Server) redeliver() echo.HandlerFunc {
	return s.hookAct("webhook.redeliver", func(c echo.Context, service *outbound.Service, id string) error {
		return service.Redeliver(c.Request().Context(), id, c.Param("delivery"))
	}, toHook)
}

// rotateHook makes a new secret and shows it once.
func (s *Server) rotateHook(c echo.Context) error {
	if _, err := readForm(c); err != nil && !errors.Is(err, errMediaType) {
		return err
	}
	service, err := s.hooks()
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	secret, err := service.Rotate(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	if err := s.noteHook(c, "webhook.secret", c.Param("id")); err != nil {
		return err
	}
	sub, err := service.Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	return s.answerHook(c, http.StatusOK, sub, webhooks.OneView{Secret: secret})
}

// StoppedHooks lists the webhooks that were switched off after failing.
func (s *Server) StoppedHooks(ctx context.Context) ([]notice.StoppedHook, error) {
	if s.outbound == nil {
		return nil, nil
	}
	all, err := s.outbound.List(ctx)
	if err != nil {
		return nil, err
	}
	var stopped []notice.StoppedHook
	for _, sub := range all {
		if sub.Stopped != "" {
			stopped = append(stopped, notice.StoppedHook{ID: sub.ID, Name: sub.Name, Since: sub.FailingSince})
		}
	}
	return stopped, nil
}
