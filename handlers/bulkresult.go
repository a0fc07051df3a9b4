package handlers

import (
	"errors"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/bulk"
)

// bulkCounts is how far a bulk job is.
func bulkCounts(j store.Job) []views.CountView {
	return []views.CountView{{Label: "Changed", N: j.Tally.Updated, Tone: "success"}, {Label: "Left alone", N: j.Tally.Unchanged, Tone: "neutral"},
		{Label: "Failed", N: j.Tally.Rejected, Tone: "danger"}}
}

// bulkResult fills a job's page with what became of the orders.
func (s *Server) bulkResult(c echo.Context, j store.Job, v *views.JobView) error {
	begun, outcomes, err := s.bulkOf(j)
	if errors.Is(err, store.ErrNotFound) {
		v.Said = views.NoticeView{Tone: "neutral", Text: "What became of each order is not kept here any more. Each order’s history tells."}
		return nil
	}
	if err != nil {
		return err
	}
	r := bulk.ResultView{ID: j.ID}
	remaining := len(left(begun, outcomes))
	v.Said = bulkSaid(j, remaining)
	if u := userOf(c); mayBulk(u, begun.Action.Kind) {
		r.Left, r.Undoable = remaining, len(undoable(begun, outcomes))
	}
	if _, kept := j.Files[outcomesFile]; kept {
		r.File = "/jobs/" + j.ID + "/files/" + outcomesFile
	}
	r.Reasons, r.Orders = notChanged(begun, outcomes)
	v.Result = bulk.Result(r)
	return nil
}

// bulkSaid is the sentence about a job that has ended.
func bulkSaid(j store.Job, remaining int) views.NoticeView {
	switch {
	case j.State == store.JobCancelled:
		return views.NoticeView{Tone: "neutral", Text: "Cancelled. What was changed before stays."}
	case j.State == store.JobFailed:
		return views.NoticeView{Tone: "danger", Text: "It stopped before the end. " + j.Error}
	case remaining > 0:
		return views.NoticeView{Tone: "warning", Text: views.Count(remaining, "order", "orders") + " could not be changed. The reasons are below; trying again changes only those."}
	}
	return views.NoticeView{Tone: "success", Text: "Every order was seen to."}
}

// notChanged sums up why orders were not changed, and lists the first of them,
// the failed before the others.
func notChanged(begun desk.Started, outcomes map[order.ID]desk.Outcome) ([]bulk.ReasonView, []bulk.OrderView) {
	var reasons []bulk.ReasonView
	var failed, skipped []bulk.OrderView
	for _, id := range begun.Orders {
		o, reached := outcomes[order.ID(id)]
		switch {
		case !reached:
			o = desk.Outcome{ID: order.ID(id), What: desk.Failed, Why: "not reached"}
		case o.What == desk.Changed:
			continue
		}
		i := slices.IndexFunc(reasons, func(r bulk.ReasonView) bool { return r.Reason == o.Why })
		if i < 0 {
			i, reasons = len(reasons), append(reasons, bulk.ReasonView{Reason: o.Why})
		}
		reasons[i].Orders++
		shown := bulk.OrderView{ID: o.ID.String(), Name: o.Order, What: o.What, Why: o.Why}
		switch {
		case o.What == desk.Failed && len(failed) < bulk.MaxShown:
			failed = append(failed, shown)
		case o.What == desk.Skipped && len(skipped) < bulk.MaxShown:
			skipped = append(skipped, shown)
		}
	}
	slices.SortStableFunc(reasons, func(a, b bulk.ReasonView) int { return b.Orders - a.Orders })
	all := append(failed, skipped...)
	return reasons, all[:min(len(all), bulk.MaxShown)]
}

// retryBulk does once more what failed or was not reached.
func (s *Server) retryBulk(c echo.Context) error {
	return s.againBulk(c, func(begun desk.Started, outcomes map[order.ID]desk.Outcome) (desk.Started, map[order.ID]desk.Before, error) {
		next := desk.Started{Action: begun.Action, Orders: left(begun, outcomes), Undo: begun.Undo}
		if !begun.Undo {
			return next, nil, nil
		}
		first, err := s.jobs.jobs.Get(c.Request().Context(), begun.Of)
		if err != nil {
			return next, nil, err
		}
		origin, done, err := s.bulkOf(first)
		next.Of = begun.Of
		undo := undoable(origin, done)
		for id := range undo {
			if !slices.Contains(next.Orders, desk.ID(id)) {
				delete(undo, id)
			}
		}
		return next, undo, err
	})
}

// undoBulk takes back what no platform knows of yet.
func (s *Server) undoBulk(c echo.Context) error {
	return s.againBulk(c, func(begun desk.Started, outcomes map[order.ID]desk.Outcome) (desk.Started, map[order.ID]desk.Before, error) {
		undo := undoable(begun, outcomes)
		next := desk.Started{Action: begun.Action, Undo: true}
		for _, id := range begun.Orders {
			if _, ok := undo[order.ID(id)]; ok {
				next.Orders = append(next.Orders, id)
			}
		}
		return next, undo, nil
	})
}

type nextBulk func(desk.Started, map[order.ID]desk.Outcome) (desk.Started, map[order.ID]desk.Before, error)

// againBulk starts a job that follows from one that has ended.
func (s *Server) againBulk(c echo.Context, follow nextBulk) error {
	if _, err := readForm(c); err != nil && !errors.Is(err, errMediaType) {
		return err
	}
	j, _, err := s.job(c)
	if err != nil {
		return err
	}
	if j.Kind != kindBulk || j.State == store.JobRunning {
		return store.ErrNotFound
	}
	begun, outcomes, err := s.bulkOf(j)
	if err != nil {
		return err
	}
	if !mayBulk(userOf(c), begun.Action.Kind) {
		return errForbidden
	}
	next, undo, err := follow(begun, outcomes)
	if err != nil {
		return err
	}
	if len(next.Orders) == 0 {
		return seeOther(c, "/jobs/"+j.ID)
	}
	if next.Of == "" {
		next.Of = j.ID
	}
	id, err := s.beginBulk(c.Request().Context(), s.who(c), next, undo)
	if err != nil {
		return err
	}
	return seeOther(c, "/jobs/"+id)
}
