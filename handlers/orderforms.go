package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
)

// orderForm is one of the small forms of an order's page. It is posted with
// seen, which tells what it showed: somebody who did not see what the order
// holds now learns it (409) and may choose.
type orderForm struct {
	name   string // of views.OrderForm, and the last part of the address
	fields []string
	audit  string // the desk's name of the act
	done   string // what to say, a code of flash
	// act reads the form. Its errors are order.FieldErrors by field; the
	// function it returns is applied to the order as it stands, maybe more than
	// once.
	act func(s *Server, c echo.Context, f url.Values) (func(*order.Order) error, error)
}

func orderForms() []orderForm {
	return []orderForm{
		{views.FormAssign, []string{"assignee"}, "order.assign", doneAssigned, (*Server).readAssignee},
		{views.FormTags, []string{"tags"}, "order.tags", doneTags, (*Server).readTags},
		{views.FormHold, []string{"reason", "until"}, "order.hold", doneHold, (*Server).readHold},
		{views.FormContact, []string{"name", "phone", "email"}, "order.correct", doneCorrected, (*Server).readContact},
		{views.FormAddress, []string{"line1", "line2", "city", "state", "pincode", "country"}, "order.correct", doneCorrected, (*Server).readAddress},
	}
}

// saveForm handles one of orderForms.
func (s *Server) saveForm(form orderForm) echo.HandlerFunc {
	return func(c echo.Context) error {
		f, err := readForm(c, append([]string{"action", "seen"}, form.fields...)...)
		if err != nil {
			return err
		}
		id, err := order.ParseID(c.Param("id"))
		if err != nil {
			return err
		}
		fn, err := form.act(s, c, f)
		var o order.Order
		if err == nil {
			o, err = s.orderDesk.Edit(c.Request().Context(), s.who(c), id, 0, form.audit, func(o *order.Order) error {
				if f.Get("seen") != seenForms(*o)[form.name] {
					return order.ErrStale
				}
				return fn(o)
			})
		}
		if err != nil {
			return s.formRefused(c, id, form.name, f, err)
		}
		s.Log.Info("order changed", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)),
			slog.String("order", id.String()), slog.String("form", form.name))
		return s.orderChanged(c, o, form.done)
	}
}

// formRefused answers a form that changed nothing: itself again (422), or both
// versions (409).
func (s *Server) formRefused(c echo.Context, id order.ID, name string, f url.Values, err error) error {
	p := problemOf(err)
	if p.status != http.StatusUnprocessableEntity && p.status != http.StatusConflict {
		return err
	}
	now, gone := s.Store.Orders().Get(c.Request().Context(), id)
	if gone != nil {
		return gone
	}
	v, failed := s.orderView(c, now)
	if failed != nil {
		return failed
	}
	v.Sent = views.SentForm{Name: name, Values: f, Errors: p.fields}
	if p.status == http.StatusConflict {
		v.Status.Conflict = conflict(v, p, "", err)
		if errors.Is(err, order.ErrStale) {
			s.bothVersions(v.Status.Conflict, v, name, f)
		}
	}
	switch {
	case !partial(c):
		return s.answerOrder(c, p.status, v)
	case v.Status.Conflict != nil:
		return html(c, p.status, views.Conflict(*v.Status.Conflict))
	}
	return html(c, p.status, views.OrderForm(v, name))
}

// bothVersions sets what was sent beside what there is, and offers to send it
// again as a change of that.
func (s *Server) bothVersions(k *views.ConflictView, v views.OrderView, name string, f url.Values) {
	k.What = "Your change was not saved. Both versions are below."
	now := shownFields(v, name)
	labels := map[string]string{"assignee": "Assignee", "tags": "Tags", "reason": "Reason", "until": "Until", "name": "Name", "phone": "Phone", "email": "E-mail",
		"line1": "Address", "line2": "Second line", "city": "City", "state": "State", "pincode": "Pincode", "country": "Country"}
	again := url.Values{"seen": {v.Seen[name]}, "action": {f.Get("action")}}
	for _, form := range orderForms() {
		if form.name != name {
			continue
		}
		for _, field := range form.fields {
			mine := f.Get(field)
			again.Set(field, mine)
			if field == "assignee" {
				mine = v.Names[mine]
			}
			k.Fields = append(k.Fields, views.ConflictField{Label: labels[field], Mine: mine, Now: now[field]})
		}
	}
	if f.Get("action") != "save" {
		k.Fields = nil // a button was pressed; there is nothing that was typed
		again = url.Values{"seen": {v.Seen[name]}, "action": {f.Get("action")}}
	}
	k.Again = views.AgainView{Form: name, Label: "Save mine", Values: again}
}

// shownFields is what a form would show now.
func shownFields(v views.OrderView, name string) map[string]string {
	o := v.Order
	c := o.ShipTo()
	switch name {
	case views.FormAssign:
		return map[string]string{"assignee": v.Names[o.Desk.Assignee]}
	case views.FormTags:
		return map[string]string{"tags": strings.Join(o.Desk.Tags, ", ")}
	case views.FormHold:
		if h := o.Desk.Hold; h != nil {
			until := ""
			if !h.Until.IsZero() {
				until = h.Until.In(v.Zone).Format(time.DateOnly)
			}
			return map[string]string{"reason": h.Reason, "until": until}
		}
	case views.FormContact:
		return map[string]string{"name": c.Name, "phone": views.Phone(c.Phone), "email": c.Email}
	case views.FormAddress:
		a := c.Address
		return map[string]string{"line1": a.Line1, "line2": a.Line2, "city": a.City, "state": a.State, "pincode": a.Pincode, "country": a.Country}
	}
	return nil
}

func unknownAction() error { return fieldFault("action", "Choose what to do.") }

func (s *Server) readAssignee(c echo.Context, f url.Values) (func(*order.Order) error, error) {
	by, to := string(userOf(c).ID), f.Get("assignee")
	switch f.Get("action") {
	case "me":
		to = by
	case "save":
	default:
		return nil, unknownAction()
	}
	if err := s.mayWork(c.Request().Context(), to); err != nil {
		return nil, err
	}
	at := s.Now()
	return func(o *order.Order) error { o.Assign(to, by, at); return nil }, nil
}

// mayWork checks that a user can be given orders.
func (s *Server) mayWork(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	u, err := s.Store.Users().Get(ctx, account.ID(id))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fieldFault("assignee", "There is no such user.")
	case err != nil:
		return err
	case !u.May(account.OrdersRead):
		return fieldFault("assignee", "This user cannot work on orders.")
	}
	return nil
}

func (s *Server) readTags(c echo.Context, f url.Values) (func(*order.Order) error, error) {
	if f.Get("action") != "save" {
		return nil, unknownAction()
	}
	var tags []string
	for t := range strings.SplitSeq(f.Get("tags"), ",") {
		if t = strings.TrimSpace(t); t != "" {
			tags = append(tags, t)
		}
	}
	by, at := string(userOf(c).ID), s.Now()
	return func(o *order.Order) error { return renamed(o.SetTags(tags, by, at), "tag", "tags") }, nil
}

// renamed puts the faults of one field at another one.
func renamed(err error, from, to string) error {
	var faults order.FieldErrors
	if !errors.As(err, &faults) {
		return err
	}
	out := append(order.FieldErrors(nil), faults...)
	for i := range out {
		if out[i].Field == from {
			out[i].Field = to
		}
	}
	return out
}

func (s *Server) readHold(c echo.Context, f url.Values) (func(*order.Order) error, error) {
	by, at := string(userOf(c).ID), s.Now()
	switch f.Get("action") {
	case "release":
		return func(o *order.Order) error { o.Release(by, at); return nil }, nil
	case "save":
	default:
		return nil, unknownAction()
	}
	var until time.Time
	if text := strings.TrimSpace(f.Get("until")); text != "" {
		var err error
		if until, err = time.ParseInLocation(time.DateOnly, text, s.Location); err != nil {
			return nil, fieldFault("until", "Write a day, such as 2026-11-30.")
		}
	}
	return func(o *order.Order) error { return o.PutOnHold(f.Get("reason"), until, by, at) }, nil
}

// mayCorrect is for those who see what they correct.
func mayCorrect(c echo.Context) error {
	if masked(userOf(c)) {
		return errForbidden
	}
	return nil
}

func (s *Server) readContact(c echo.Context, f url.Values) (func(*order.Order) error, error) {
	if err := mayCorrect(c); err != nil {
		return nil, err
	}
	by, at := string(userOf(c).ID), s.Now()
	switch f.Get("action") {
	case "revert":
		return func(o *order.Order) error { o.RevertContact(by, at); return nil }, nil
	case "save":
		k := order.Contact{Name: f.Get("name"), Email: f.Get("email"), Phone: f.Get("phone")}
		return func(o *order.Order) error { return o.CorrectContact(k, by, at) }, nil
	}
	return nil, unknownAction()
}

func (s *Server) readAddress(c echo.Context, f url.Values) (func(*order.Order) error, error) {
	if err := mayCorrect(c); err != nil {
		return nil, err
	}
	by, at := string(userOf(c).ID), s.Now()
	switch f.Get("action") {
	case "revert":
		return func(o *order.Order) error { o.RevertAddress(by, at); return nil }, nil
	case "save":
		a := order.Address{Line1: f.Get("line1"), Line2: f.Get("line2"), City: f.Get("city"), State: f.Get("state"), Pincode: f.Get("pincode"), Country: f.Get("country")}
		return func(o *order.Order) error { return o.CorrectAddress(a, by, at) }, nil
	}
	return nil, unknownAction()
}

// archiveOrder hides an order, or brings it back.
func (s *Server) archiveOrder(c echo.Context) error {
	return s.actOn(c, views.FormArchive, doneArchived, func(ctx context.Context, a desk.Actor, id order.ID, f url.Values) (order.Order, error) {
		return s.orderDesk.Archive(ctx, a, id, 0, f.Get("reason"))
	})
}

func (s *Server) restoreOrder(c echo.Context) error {
	return s.actOn(c, views.FormRestore, doneRestored, func(ctx context.Context, a desk.Actor, id order.ID, _ url.Values) (order.Order, error) {
		return s.orderDesk.Restore(ctx, a, id)
	})
}

// actOn handles a form that cannot collide.
func (s *Server) actOn(c echo.Context, name, done string, act func(context.Context, desk.Actor, order.ID, url.Values) (order.Order, error)) error {
	f, err := readForm(c, "seen", "reason")
	if err != nil {
		return err
	}
	id, err := order.ParseID(c.Param("id"))
	if err != nil {
		return err
	}
	o, err := act(c.Request().Context(), s.who(c), id, f)
	if err != nil {
		return s.formRefused(c, id, name, f, err)
	}
	return s.orderChanged(c, o, done)
}

// revealOrder shows a masked customer once, in the answer and nowhere else.
func (s *Server) revealOrder(c echo.Context) error {
	f, err := readForm(c, "seen", "reason")
	if err != nil {
		return err
	}
	id, err := order.ParseID(c.Param("id"))
	if err != nil {
		return err
	}
	o, err := s.orderDesk.Reveal(c.Request().Context(), s.who(c), id, f.Get("reason"))
	if err != nil {
		return s.formRefused(c, id, views.FormReveal, f, err)
	}
	s.Log.Info("customer revealed", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)), slog.String("order", id.String()))
	v, err := s.orderView(c, o)
	if err != nil {
		return err
	}
	v.Order.Facts.Customer, v.Revealed = o.ShipTo(), true
	return s.answerOrder(c, http.StatusOK, v)
}
