package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
)

// bulkStatusBody is what POST /api/orders/bulk-status takes: orders by their
// ids, or whatever a query selects now.
type bulkStatusBody struct {
	IDs    *[]string    `json:"ids"`
	Query  *string      `json:"query"`
	Status order.Status `json:"status"`
	Note   string       `json:"note"`
	DryRun bool         `json:"dryRun"`
}

// skippedJSON is an order that a bulk act leaves alone.
type skippedJSON struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// apiBulkStatus moves many orders on, in a job, or tells what it would do.
func (s *Server) apiBulkStatus(c echo.Context) error {
	var in bulkStatusBody
	if err := readJSON(c, &in); err != nil {
		return err
	}
	if !userOf(c).May(account.OrdersStatus) {
		return s.refused(c, string(account.OrdersStatus))
	}
	sel, err := s.selected(c, in)
	if err != nil {
		return err
	}
	action := desk.Action{Kind: desk.BulkStatus, Status: in.Status, Note: in.Note}
	plan, err := s.orderDesk.Plan(c.Request().Context(), action, sel)
	if err != nil {
		return aboutSelection(in, err)
	}
	if in.DryRun {
		skipped := make([]skippedJSON, len(plan.Skipped))
		for i, o := range plan.Skipped {
			skipped[i] = skippedJSON{o.ID.String(), o.Reason}
		}
		return c.JSON(http.StatusOK, map[string]any{"requested": plan.Requested(), "allowed": plan.Allowed, "skipped": skipped})
	}
	id, err := s.startBulk(c.Request().Context(), s.who(c), plan)
	if err != nil {
		return err
	}
	s.Log.Info("bulk started", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)), slog.String("job", id),
		slog.String("action", string(plan.Action.Kind)), slog.Int("orders", plan.Requested()))
	c.Response().Header().Set(echo.HeaderLocation, "/api/jobs/"+id)
	return c.JSON(http.StatusAccepted, map[string]any{"jobId": id})
}

// selected reads which orders are meant: one of ids and query.
func (s *Server) selected(c echo.Context, in bulkStatusBody) (desk.Selection, error) {
	var sel desk.Selection
	if (in.IDs == nil) == (in.Query == nil) {
		return sel, fieldFault("ids", "Give either ids or a query.")
	}
	if in.Query != nil {
		q, _, err := s.queryFor(c.Request().Context(), userOf(c), order.QueryText(*in.Query))
		sel.Query = &q
		return sel, under("query", err)
	}
	for _, text := range *in.IDs {
		id, err := order.ParseID(text)
		if err != nil {
			return sel, fieldFault("ids", "There is no order "+printable(text)+".")
		}
		sel.IDs = append(sel.IDs, id)
	}
	return sel, nil
}

// aboutSelection moves what is wrong with the choice of orders to the member
// that made the choice.
func aboutSelection(in bulkStatusBody, err error) error {
	var faults order.FieldErrors
	if in.Query == nil || !errors.As(err, &faults) {
		return err
	}
	out := slices.Clone(faults)
	for i := range out {
		if out[i].Field == "ids" {
			out[i].Field = "query"
		}
	}
	return out
}
