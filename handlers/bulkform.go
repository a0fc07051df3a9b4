package handlers

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// bulkFields are the fields of the bar below the list and of the page that
// confirms.
func bulkFields() []string {
	return []string{"order*", "all", "query", "fingerprint", "step", "action", "status", "note", "tag", "assignee", "reason", "until"}
}

// bulkActions is what this person may do to many orders.
func bulkActions(u account.User) []views.Choice {
	labels := map[desk.Kind]string{desk.BulkStatus: "Set status", desk.BulkTag: "Add tag", desk.BulkUntag: "Take tag away", desk.BulkAssign: "Assign",
		desk.BulkHold: "Put on hold", desk.BulkRelease: "Release from hold", desk.BulkArchive: "Archive", desk.BulkRestore: "Restore from the archive"}
	var all []views.Choice
	for _, k := range desk.Kinds() {
		if u.May(account.OrdersBulk) && u.May(k.Permission()) {
			all = append(all, views.Choice{Value: string(k), Label: labels[k]})
		}
	}
	return all
}

// bulkBar is the bar below a list. Everybody who sees orders may print them.
func bulkBar(u account.User, f order.Filter) *views.BulkBarView {
	return &views.BulkBarView{Query: views.WholeQuery(f), MayChange: len(bulkActions(u)) > 0}
}

// bulkGroups is what the bar offers to change of the orders of a list.
func bulkGroups(u account.User, f order.Filter) (groups []views.BulkGroup) {
	actions := bulkActions(u)
	if len(actions) > 0 && actions[0].Value == string(desk.BulkStatus) {
		var moves []views.Choice
		for _, st := range desk.MaySet() {
			moves = append(moves, views.Choice{Value: string(desk.BulkStatus) + ":" + string(st), Label: views.StatusName(st)})
		}
		groups, actions = append(groups, views.BulkGroup{Label: "Set status to", Actions: moves}), actions[1:]
	}
	if !strings.Contains(f.Q, string(order.FlagArchived)) {
		actions = slices.DeleteFunc(actions, func(c views.Choice) bool { return c.Value == string(desk.BulkRestore) })
	}
	if len(actions) > 0 {
		groups = append(groups, views.BulkGroup{Label: "Other", Actions: actions})
	}
	return groups
}

// bulkForm is what somebody wants to do to which orders.
type bulkForm struct {
	action      desk.Action
	selection   desk.Selection
	ids         []string
	query       string
	all         bool
	fingerprint string
	step        string
	typed       url.Values
}

// readBulk reads the form. Faults are at ids, query, action, until.
func (s *Server) readBulk(ctx context.Context, u account.User, f url.Values) (bulkForm, error) {
	b := bulkForm{all: f.Get("all") == "yes", fingerprint: f.Get("fingerprint"), step: f.Get("step"), ids: f["order"], typed: f, query: f.Get("query")}
	kind, status, both := strings.Cut(f.Get("action"), ":")
	if both {
		f.Set("action", kind)
		f.Set("status", status)
	}
	b.action = desk.Action{Kind: desk.Kind(kind), Status: order.Status(f.Get("status")), Note: f.Get("note"), Tag: f.Get("tag"),
		Assignee: account.ID(f.Get("assignee")), Reason: f.Get("reason")}
	var faults order.FieldErrors
	if day := f.Get("until"); day != "" {
		until, err := time.ParseInLocation("2006-01-02", day, s.Location)
		if err != nil {
			faults = append(faults, order.FieldError{Field: "until", Message: "This is not a day."})
		}
		b.action.Until = until
	}
	if err := s.selectBulk(ctx, u, &b); err != nil {
		var more order.FieldErrors
		if !errors.As(err, &more) {
			return b, err
		}
		faults = append(faults, order.FieldError{Field: "ids", Message: more[0].Message})
	}
	if len(faults) > 0 {
		return b, faults
	}
	return b, nil
}

// selectBulk finds out which orders are meant: the ticked ones, or the list's.
func (s *Server) selectBulk(ctx context.Context, u account.User, b *bulkForm) error {
	raw, err := url.ParseQuery(b.query)
	if err != nil {
		return fieldFault("query", "This list cannot be read. Go back and try again.")
	}
	q, f, err := s.queryFor(ctx, u, raw)
	if err != nil {
		return err
	}
	b.query = views.WholeQuery(f)
	if b.all {
		b.selection.Query = &q
		return nil
	}
	for _, text := range b.ids {
		id, err := order.ParseID(text)
		if err != nil {
			return fieldFault("ids", "This selection cannot be read. Go back and try again.")
		}
		b.selection.IDs = append(b.selection.IDs, id)
	}
	if len(b.ids) == 0 {
		return fieldFault("ids", "Choose at least one order.")
	}
	return nil
}

// complete reports whether a form that comes from the list says all that its
// action needs; otherwise it is asked for, without calling it a mistake.
func (b bulkForm) complete() bool {
	switch b.action.Kind {
	case desk.BulkStatus:
		return b.action.Status != ""
	case desk.BulkTag, desk.BulkUntag:
		return b.action.Tag != ""
	case desk.BulkHold:
		return b.action.Reason != ""
	case desk.BulkAssign:
		return false
	}
	return b.action.Kind != ""
}

// asked reports whether the form had the field that its action needs: it has
// not when another action was chosen on the page.
func (b bulkForm) asked() bool {
	field := map[desk.Kind]string{desk.BulkStatus: "status", desk.BulkTag: "tag", desk.BulkUntag: "tag", desk.BulkAssign: "assignee",
		desk.BulkHold: "reason", desk.BulkArchive: "reason"}[b.action.Kind]
	return field == "" || b.typed.Has(field)
}
