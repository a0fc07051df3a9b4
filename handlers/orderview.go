package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
)

// orderView is the order as this user may see it, with the forms this user may
// use.
func (s *Server) orderView(c echo.Context, o order.Order) (views.OrderView, error) {
	ctx, u := c.Request().Context(), userOf(c)
	v := views.OrderView{Clock: s.clock(), Order: o, Masked: masked(u), Walk: s.walk(c, o), Seen: seenForms(o), Pincode: order.CheckPincode(o.ShipTo().Address)}
	v.Status, v.MayMove = s.statusForm(c, u, o), u.May(account.OrdersStatus)
	for _, fill := range []func(context.Context, account.User, order.Order, *views.OrderView) error{
		s.fillChannel, s.fillPeople, s.fillReveals, s.fillPerson, s.fillTwins, s.fillInvoice,
	} {
		if err := fill(ctx, u, o, &v); err != nil {
			return views.OrderView{}, err
		}
	}
	v.May = orderRights(u, o, v.ByHand)
	v.NoteForm.ID, v.NoteForm.Allowed = o.ID, u.May(account.OrdersEdit) && !o.Desk.Archived
	if v.Masked {
		v.Order = maskOrder(o)
	}
	return v, nil
}

func orderRights(u account.User, o order.Order, byHand bool) views.OrderRights {
	works := u.May(account.OrdersEdit) && !o.Desk.Archived
	return views.OrderRights{Edit: works, Correct: works && !masked(u), Archive: u.May(account.OrdersDelete), Reveal: u.May(account.CustomersReveal),
		Rewrite: works && byHand && !masked(u), Invoice: works}
}

func (s *Server) fillChannel(ctx context.Context, _ account.User, o order.Order, v *views.OrderView) error {
	v.Channel = o.Ref.Channel
	ch, err := s.Store.Channels().Get(ctx, o.Ref.Channel)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	v.Channel, v.ByHand = ch.Name, ch.Adapter == channel.Manual
	return nil
}

// fillPeople names everybody, and lists who can be given the order. Somebody
// who had left keeps the order until another one is chosen.
func (s *Server) fillPeople(ctx context.Context, u account.User, o order.Order, v *views.OrderView) error {
	all, err := s.Store.Users().List(ctx)
	if err != nil {
		return err
	}
	v.Names = make(map[string]string, len(all))
	for _, x := range all {
		v.Names[string(x.ID)] = x.Name
		if x.May(account.OrdersRead) || string(x.ID) == o.Desk.Assignee {
			v.Users = append(v.Users, views.Choice{Value: string(x.ID), Label: x.Name})
		}
		if x.ID != u.ID && x.May(account.OrdersEdit) {
			v.NoteForm.People = append(v.NoteForm.People, views.Choice{Value: x.Handle(), Label: x.Name})
		}
	}
	return nil
}

// maxReveals is how many looks at the customer the history shows.
const maxReveals = 20

func (s *Server) fillReveals(ctx context.Context, u account.User, o order.Order, v *views.OrderView) error {
	looks, err := s.Store.Audit().List(ctx, store.AuditQuery{Action: desk.ActionReveal, Object: "order:" + o.ID.String(), Limit: maxReveals})
	if err != nil {
		return err
	}
	for _, e := range looks {
		r := views.RevealView{At: e.At, By: v.Names[e.By], Reason: e.Note}
		if r.By == "" {
			r.By = "a former user"
		}
		if masked(u) && e.By != string(u.ID) {
			r.Reason = ""
		}
		v.Reveals = append(v.Reveals, r)
	}
	return nil
}

// Bounds of what the page says about the customer's other orders.
const (
	personOrders = 5
	personCount  = 1000
)

func (s *Server) fillPerson(ctx context.Context, u account.User, o order.Order, v *views.OrderView) error {
	key := o.CustomerKey()
	if key == "" || masked(u) {
		return nil
	}
	where := order.Term{Field: order.FieldCustomer, Text: []string{key}}
	page, err := s.Store.Orders().List(ctx, order.Query{Where: where, Sort: order.NewestFirst, Limit: personOrders + 1})
	if err != nil {
		return err
	}
	v.Person = views.PersonView{Key: key, Count: len(page.Rows)}
	if page.Next != "" {
		if v.Person.Count, err = s.Store.Orders().Count(ctx, where, personCount); err != nil {
			return err
		}
		v.Person.Least = v.Person.Count == personCount
	}
	for _, r := range page.Rows {
		if r.ID != o.ID && len(v.Person.Orders) < personOrders {
			v.Person.Orders = append(v.Person.Orders, r)
		}
	}
	return nil
}

// Bounds of the search for twins.
const (
	twinCandidates = 40
	twinsShown     = 3
)

// fillTwins looks for the same wish sent twice. Whom it is about is personal,
// so it is for those who may read customers.
func (s *Server) fillTwins(ctx context.Context, u account.User, o order.Order, v *views.OrderView) error {
	if masked(u) {
		return nil
	}
	var ids []order.ID
	for _, where := range order.TwinCandidates(o) {
		page, err := s.Store.Orders().List(ctx, order.Query{Where: where, Sort: order.NewestFirst, Limit: twinCandidates})
		if err != nil {
			return err
		}
		for _, r := range page.Rows {
			if r.ID != o.ID {
				ids = append(ids, r.ID)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	others, err := s.Store.Orders().Many(ctx, distinct(ids))
	if err != nil {
		return err
	}
	for _, t := range order.Twins(o, others) {
		if len(v.Twins) == twinsShown {
			break
		}
		label := t.Order.Facts.OrderNumber
		if label == "" {
			label = t.Order.Ref.PlatformOrderID
		}
		v.Twins = append(v.Twins, views.TwinView{ID: t.Order.ID, Label: label, Status: t.Order.Status, At: t.Order.Facts.OrderedAt, Same: t.Same, SKU: t.SKU})
	}
	return nil
}

func distinct(ids []order.ID) []order.ID {
	seen := map[order.ID]bool{}
	out := ids[:0:0]
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// seenForms is what each small form shows of an order, in a few letters that
// come back with it: a form is out of date when what it shows has changed, not
// when anything else has.
func seenForms(o order.Order) map[string]string {
	c := o.ShipTo()
	c.Address = order.Address{}
	return map[string]string{
		views.FormAssign:  seen(o.Desk.Assignee),
		views.FormTags:    seen(o.Desk.Tags),
		views.FormHold:    seen(o.Desk.Hold),
		views.FormContact: seen(o.Desk.Contact, c),
		views.FormAddress: seen(o.Desk.Address, o.ShipTo().Address),
		views.FormArchive: seen(o.Desk.Archived),
		views.FormRestore: seen(o.Desk.Archived),
		views.FormReveal:  seen(o.ID),
	}
}

func seen(values ...any) string {
	b, err := json.Marshal(values)
	if err != nil {
		panic(err) // plain values always encode
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
