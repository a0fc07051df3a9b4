package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/bulk"
)

// bulkPage chooses what to do to a whole list, whose address it has. The part of
// it that a list asks for is what its ticked orders can be changed to.
func (s *Server) bulkPage(c echo.Context) error {
	raw, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return errUnreadable
	}
	_, f, err := s.queryFor(c.Request().Context(), userOf(c), raw)
	if err != nil {
		return err
	}
	if partial(c) {
		return html(c, http.StatusOK, views.BulkChange(bulkGroups(userOf(c), f)))
	}
	return s.answerBulk(c, http.StatusOK, bulkForm{all: true, query: views.WholeQuery(f), typed: url.Values{}}, nil, nil)
}

// bulk shows what an act on many orders would do and, once that is confirmed,
// starts it.
func (s *Server) bulk(c echo.Context) error {
	f, err := readForm(c, bulkFields()...)
	if err != nil {
		return err
	}
	ctx, u := c.Request().Context(), userOf(c)
	b, err := s.readBulk(ctx, u, f)
	if err == nil && !mayBulk(u, b.action.Kind) {
		err = fieldFault("action", "Choose what to do.")
	}
	if (err == nil || b.step == "" && onlyAction(err)) && (b.step == "" && !b.complete() || !b.asked()) {
		return s.answerBulk(c, http.StatusOK, b, nil, nil)
	}
	var plan desk.Plan
	if err == nil {
		plan, err = s.orderDesk.Plan(ctx, b.action, b.selection)
	}
	var faults order.FieldErrors
	switch {
	case errors.As(err, &faults):
		return s.answerBulk(c, http.StatusUnprocessableEntity, b, nil, faults)
	case err != nil:
		return err
	case b.step != "run" || b.fingerprint == "":
		return s.answerBulk(c, http.StatusOK, b, &plan, nil)
	case b.fingerprint != plan.Fingerprint():
		return s.answerBulk(c, http.StatusConflict, b, &plan, nil)
	}
	id, err := s.startBulk(ctx, s.who(c), plan)
	if err != nil {
		return err
	}
	s.Log.Info("bulk started", slog.String("request", requestID(c)), slog.String("user", string(u.ID)), slog.String("job", id),
		slog.String("action", string(plan.Action.Kind)), slog.Int("orders", plan.Requested()))
	return seeOther(c, "/jobs/"+id)
}

func mayBulk(u account.User, k desk.Kind) bool {
	for _, c := range bulkActions(u) {
		if c.Value == string(k) {
			return true
		}
	}
	return false
}

func onlyAction(err error) bool {
	var faults order.FieldErrors
	return errors.As(err, &faults) && len(faults) == 1 && faults[0].Field == "action"
}

// answerBulk is the page with the form as it was sent. A plan with a conflict
// is one that replaces another.
func (s *Server) answerBulk(c echo.Context, status int, b bulkForm, plan *desk.Plan, faults order.FieldErrors) error {
	u := userOf(c)
	v := bulk.ReviewView{Clock: s.clock(), Actions: bulkActions(u), Action: string(b.action.Kind), Statuses: desk.MaySet(), Typed: b.typed,
		IDs: b.ids, All: b.all, Query: b.query, Errors: faults, Moved: status == http.StatusConflict}
	var err error
	if v.People, err = s.people(c); err != nil {
		return err
	}
	if v.Jobs, err = s.jobsOf(c, kindBulk, 5); err != nil {
		return err
	}
	if plan != nil {
		v.Plan = planView(*plan)
	}
	return html(c, status, bulk.Review(s.page(c, "Change many orders", "/orders"), v))
}

func planView(p desk.Plan) *bulk.PlanView {
	v := &bulk.PlanView{Title: p.Action.Title(), Requested: p.Requested(), Allowed: p.Allowed, Fingerprint: p.Fingerprint()}
	for _, r := range p.Reasons {
		v.Reasons = append(v.Reasons, bulk.ReasonView(r))
	}
	for _, o := range p.Skipped[:min(len(p.Skipped), bulk.MaxShown)] {
		v.Skipped = append(v.Skipped, bulk.OrderView{ID: o.ID.String(), Name: o.Order, What: desk.Skipped, Why: o.Reason})
	}
	return v
}

// people are those whom orders can be given to.
func (s *Server) people(c echo.Context) ([]views.Choice, error) {
	all, err := s.Store.Users().List(c.Request().Context())
	if err != nil {
		return nil, err
	}
	var list []views.Choice
	for _, u := range all {
		if u.May(account.OrdersRead) {
			list = append(list, views.Choice{Value: string(u.ID), Label: u.Name})
		}
	}
	return list, nil
}

// jobsOf is the person's newest jobs of a kind.
func (s *Server) jobsOf(c echo.Context, kind string, limit int) ([]views.JobView, error) {
	all, err := s.jobs.List(c.Request().Context(), shownJobs)
	if err != nil {
		return nil, err
	}
	var list []views.JobView
	for _, j := range all {
		if j.Kind != kind || j.By != userOf(c).ID || len(list) >= limit {
			continue
		}
		v, err := s.jobView(c, j)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}
