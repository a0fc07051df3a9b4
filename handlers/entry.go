package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
)

// newRows is how many lines an empty form has.
const newRows = 3

func (s *Server) newOrder(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	v := views.EntryView{Values: map[string]string{"orderedAt": s.Now().In(s.Location).Format(formMinute), "seed": string(account.NewID())}, Rows: make([]views.EntryRow, newRows)}
	v.Rows[0].Quantity = "1"
	return s.answerEntry(c, http.StatusOK, v)
}

// answerEntry fills in what every form needs.
func (s *Server) answerEntry(c echo.Context, status int, v views.EntryView) error {
	u := userOf(c)
	v.Clock, v.MayAddChannel = s.clock(), u.May(account.ChannelsManage)
	all, err := s.Store.Channels().List(c.Request().Context())
	if err != nil {
		return err
	}
	for _, ch := range all {
		if ch.Adapter == channel.Manual && ch.Enabled || v.ID != 0 {
			v.Channels = append(v.Channels, views.Choice{Value: ch.ID, Label: ch.Name})
		}
	}
	v.Sums = entrySums(v)
	title, path := "New order", "/orders/new"
	if v.ID != 0 {
		title, path = "Edit "+v.Label, "/orders/"+v.ID.String()+"/edit"
	}
	p := s.page(c, title, "/orders")
	p.Path = path
	return html(c, status, views.Entry(p, v))
}

// entryForm reads the form without judging it.
func entryForm(c echo.Context) (views.EntryView, string, error) {
	f, err := readForm(c, append([]string{"version", "seed", "action", "sku*", "title*", "quantity*", "price*", "lineDiscount*", "tax*"}, views.EntryFields()...)...)
	if err != nil {
		return views.EntryView{}, "", err
	}
	v := views.EntryView{Values: map[string]string{"seed": f.Get("seed")}}
	for _, name := range views.EntryFields() {
		v.Values[name] = f.Get(name)
	}
	if v.Version, err = strconv.ParseInt(f.Get("version"), 10, 64); err != nil {
		v.Version = 0 // refused where one is needed
	}
	v.Rows, err = entryRows(f)
	return v, f.Get("action"), err
}

// entryRows puts the columns of the form together.
func entryRows(f url.Values) ([]views.EntryRow, error) {
	n := len(f["sku"])
	if n > order.MaxItems {
		return nil, fieldFault("items", "An order has at most "+strconv.Itoa(order.MaxItems)+" lines.")
	}
	rows := make([]views.EntryRow, n)
	for name, put := range map[string]func(*views.EntryRow, string){
		"sku": func(r *views.EntryRow, s string) { r.SKU = s }, "title": func(r *views.EntryRow, s string) { r.Title = s },
		"quantity": func(r *views.EntryRow, s string) { r.Quantity = s }, "price": func(r *views.EntryRow, s string) { r.Price = s },
		"lineDiscount": func(r *views.EntryRow, s string) { r.Discount = s }, "tax": func(r *views.EntryRow, s string) { r.Tax = s },
	} {
		if len(f[name]) != n {
			return nil, errUnreadable
		}
		for i, s := range f[name] {
			put(&rows[i], s)
		}
	}
	return rows, nil
}

func (s *Server) saveNewOrder(c echo.Context) error {
	v, action, err := entryForm(c)
	if err != nil {
		return err
	}
	if done, err := s.entryHelp(c, &v, action); done {
		return err
	}
	n, faults := s.readEntry(&v)
	if len(faults) == 0 {
		ch, err := s.Store.Channels().Get(c.Request().Context(), n.Channel)
		switch {
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return err
		case err != nil || ch.Adapter != channel.Manual || !ch.Enabled:
			faults = order.FieldErrors{{Field: "channel", Message: "Choose a channel for orders by hand."}}
		}
	}
	if len(faults) == 0 {
		n.Seed = entrySeed(userOf(c), v.Values["seed"])
		o, err := s.orderDesk.Create(c.Request().Context(), s.who(c), n)
		switch {
		case err == nil:
			s.flash(c, doneEntered, 60)
			return seeOther(c, "/orders/"+o.ID.String())
		case errors.Is(err, store.ErrConflict):
			faults = order.FieldErrors{{Field: "body", Message: "This form was sent before: the order is in the list already."}}
		case !errors.As(err, &faults):
			return err
		}
	}
	v.Errors = faults
	return s.answerEntry(c, http.StatusUnprocessableEntity, v)
}

// entrySeed names the order of one form of one user, so that pressing the
// button twice makes one order.
func entrySeed(u account.User, seed string) string {
	if seed = strings.TrimSpace(seed); seed == "" || len(seed) > 40 {
		return ""
	}
	return digest("entry", string(u.ID), seed)[:12]
}

// entryHelp answers the buttons that store nothing.
func (s *Server) entryHelp(c echo.Context, v *views.EntryView, action string) (bool, error) {
	switch action {
	case "save":
		return false, nil
	case "row":
		if len(v.Rows) < order.MaxItems {
			v.Rows = append(v.Rows, views.EntryRow{Quantity: "1"})
		}
	case "check":
	default:
		return true, unknownAction()
	}
	return true, s.answerEntry(c, http.StatusOK, *v)
}

// addHandChannel makes a channel for orders by hand, once.
func (s *Server) addHandChannel(c echo.Context) error {
	if _, err := readForm(c); err != nil {
		return err
	}
	now := s.Now()
	err := s.Store.Channels().Create(c.Request().Context(), channel.Channel{ID: "by-hand", Platform: order.Organic, Adapter: channel.Manual, Name: "By hand",
		Enabled: true, Interval: defaultInterval, Version: 1, CreatedAt: now, UpdatedAt: now})
	if err != nil && !errors.Is(err, store.ErrConflict) {
		return err
	}
	a := s.who(c)
	if _, err := s.Store.Audit().Append(c.Request().Context(), account.Entry{At: now, By: string(a.By), Via: a.Via, IP: a.IP, Ref: a.Ref,
		Action: "channel.create", Object: "channel:by-hand"}); err != nil {
		return err
	}
	return seeOther(c, "/orders/new")
}

// byHand is the order that the address names, if its facts may be rewritten.
func (s *Server) byHand(c echo.Context) (order.Order, error) {
	if masked(userOf(c)) {
		return order.Order{}, errForbidden
	}
	o, err := s.order(c)
	if err != nil {
		return o, err
	}
	may, err := s.orderDesk.ByHand(c.Request().Context(), o)
	switch {
	case err != nil:
		return o, err
	case !may:
		return o, desk.ErrNotByHand
	case o.Desk.Archived:
		return o, order.ErrArchived
	}
	return o, nil
}

func (s *Server) editOrder(c echo.Context) error {
	o, err := s.byHand(c)
	if err != nil {
		return err
	}
	return s.answerEntry(c, http.StatusOK, s.entryOf(o))
}

func (s *Server) saveOrder(c echo.Context) error {
	o, err := s.byHand(c)
	if err != nil {
		return err
	}
	v, action, err := entryForm(c)
	if err != nil {
		return err
	}
	v.ID, v.Label = o.ID, cmp.Or(o.Facts.OrderNumber, o.Ref.PlatformOrderID)
	if done, err := s.entryHelp(c, &v, action); done {
		return err
	}
	n, faults := s.readEntry(&v)
	n.Channel = o.Ref.Channel
	if v.Version < 1 {
		faults = append(faults, order.FieldError{Field: "version", Message: "The form is incomplete. Open the order again."})
	}
	if len(faults) == 0 {
		_, err := s.orderDesk.Rewrite(c.Request().Context(), s.who(c), o.ID, v.Version, n)
		switch {
		case err == nil:
			s.flash(c, doneRewritten, 60)
			return seeOther(c, "/orders/"+o.ID.String())
		case errors.Is(err, order.ErrStale):
			v.Stale, v.Version = "Somebody has changed this order while you were writing.", o.Version
			return s.answerEntry(c, http.StatusConflict, v)
		case !errors.As(err, &faults):
			return err
		}
	}
	v.Errors = faults
	return s.answerEntry(c, http.StatusUnprocessableEntity, v)
}
