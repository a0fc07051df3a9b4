package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// statusBody is what PUT /api/orders/:id/status takes.
type statusBody struct {
	Status  order.Status `json:"status"`
	Note    string       `json:"note"`
	Version int64        `json:"version"`
}

// apiSetStatus moves an order on. The version is required, in the body or as
// If-Match: a program that decides without having seen the order decides about
// another one.
func (s *Server) apiSetStatus(c echo.Context) error {
	var in statusBody
	if err := readJSON(c, &in); err != nil {
		return err
	}
	version, err := seenVersion(c, in.Version)
	if err != nil {
		return err
	}
	note, noteErr := readText(in.Note, maxStatusNote)
	var faults order.FieldErrors
	if !in.Status.Valid() {
		faults = append(faults, order.FieldError{Field: "status", Message: statusWords()})
	}
	if noteErr != nil {
		faults = append(faults, order.FieldError{Field: "note", Message: noteErr.Error()})
	}
	if version == 0 {
		faults = append(faults, order.FieldError{Field: "version", Message: "Name the version you have read, here or in If-Match."})
	}
	if len(faults) > 0 {
		return faults
	}
	id, err := order.ParseID(c.Param("id"))
	if err != nil {
		return err
	}
	o, err := s.orderDesk.SetStatus(c.Request().Context(), s.who(c), id, version, in.Status, note)
	return s.apiChanged(c, o, err)
}

func statusWords() string {
	names := make([]string, len(order.Statuses()))
	for i, st := range order.Statuses() {
		names[i] = string(st)
	}
	return "Use one of " + strings.Join(names, ", ") + "."
}

// apiChanged answers a change of an order.
func (s *Server) apiChanged(c echo.Context, o order.Order, err error) error {
	var refusal *ingest.UnsupportedError
	switch {
	case errors.As(err, &refusal):
		return fieldFault("status", sentence(refusal.Error()))
	case err != nil:
		return staleTag(c, err)
	}
	return withTag(c, http.StatusOK, o.Version, orderFor(userOf(c), o))
}

// orderBody is what PUT /api/orders/:id takes: what people own of an order. A
// member that is left out stays as it is. Null takes the platform's word again
// (customer) or ends a hold.
type orderBody struct {
	Tags     *[]string      `json:"tags"`
	Assignee *account.ID    `json:"assignee"`
	Hold     jsontext.Value `json:"hold"`
	Customer jsontext.Value `json:"customer"`
	Version  int64          `json:"version"`
}

type holdBody struct {
	Reason string     `json:"reason"`
	Until  *time.Time `json:"until"`
}

type customerBody struct {
	Name    *string      `json:"name"`
	Email   *string      `json:"email"`
	Phone   *string      `json:"phone"`
	Address *addressBody `json:"address"`
}

type addressBody struct {
	Line1   string `json:"line1"`
	Line2   string `json:"line2"`
	City    string `json:"city"`
	State   string `json:"state"`
	Pincode string `json:"pincode"`
	Country string `json:"country"`
}

func (s *Server) apiEditOrder(c echo.Context) error {
	var in orderBody
	if err := readJSON(c, &in); err != nil {
		return err
	}
	version, err := seenVersion(c, in.Version)
	if err != nil {
		return err
	}
	if len(in.Customer) > 0 && masked(userOf(c)) {
		return s.refused(c, string(account.CustomersRead))
	}
	changes, err := in.changes()
	if err != nil {
		return err
	}
	id, err := order.ParseID(c.Param("id"))
	if err != nil {
		return err
	}
	o, err := s.orderDesk.Change(c.Request().Context(), s.who(c), id, version, changes)
	return s.apiChanged(c, o, inBody(err))
}

func (b orderBody) changes() (desk.Changes, error) {
	out := desk.Changes{Tags: b.Tags, Assignee: b.Assignee}
	switch {
	case len(b.Hold) == 0:
	case isNull(b.Hold):
		out.Release = true
	default:
		var h holdBody
		if err := under("hold", readInto(b.Hold, &h)); err != nil {
			return out, err
		}
		out.Hold = &desk.HoldUntil{Reason: h.Reason}
		if h.Until != nil {
			out.Hold.Until = *h.Until
		}
	}
	switch {
	case len(b.Customer) == 0:
	case isNull(b.Customer):
		out.RevertAddress, out.RevertContact = true, true
	default:
		var k customerBody
		if err := under("customer", readInto(b.Customer, &k)); err != nil {
			return out, err
		}
		out.Merge = k.merge
	}
	return out, nil
}

func isNull(v jsontext.Value) bool { return v.Kind() == 'n' }

// merge fills a correction: an address is given as a whole, a name, an e-mail
// or a phone may be given alone.
func (b customerBody) merge(o order.Order, k *desk.Correction) {
	if b.Address != nil {
		k.Address = &order.Address{Line1: b.Address.Line1, Line2: b.Address.Line2, City: b.Address.City, State: b.Address.State,
			Pincode: b.Address.Pincode, Country: b.Address.Country}
	}
	if b.Name == nil && b.Email == nil && b.Phone == nil {
		return
	}
	now := o.ShipTo()
	k.Contact = &order.Contact{Name: now.Name, Email: now.Email, Phone: now.Phone}
	for to, from := range map[*string]*string{&k.Contact.Name: b.Name, &k.Contact.Email: b.Email, &k.Contact.Phone: b.Phone} {
		if from != nil {
			*to = *from
		}
	}
}

// under puts the faults of a part of a body where the part is.
func under(part string, err error) error {
	var faults order.FieldErrors
	if !errors.As(err, &faults) {
		return err
	}
	out := slices.Clone(faults)
	for i := range out {
		out[i].Field = strings.TrimSuffix(part+"."+out[i].Field, ".body")
	}
	return out
}

// inBody names faults of an order by their place in the body.
func inBody(err error) error {
	var faults order.FieldErrors
	if !errors.As(err, &faults) {
		return err
	}
	places := map[string]string{"tag": "tags", "reason": "hold.reason", "until": "hold.until", "name": "customer.name", "email": "customer.email",
		"phone": "customer.phone"}
	for _, f := range []string{"line1", "line2", "city", "state", "pincode", "country"} {
		places[f] = "customer.address." + f
	}
	out := slices.Clone(faults)
	for i, f := range out {
		if p := places[f.Field]; p != "" {
			out[i].Field = p
		}
	}
	return out
}

// noteBody is what POST /api/orders/:id/notes takes.
type noteBody struct {
	Text string `json:"text"`
}

func (s *Server) apiAddNote(c echo.Context) error {
	var in noteBody
	if err := readJSON(c, &in); err != nil {
		return err
	}
	text, err := readText(in.Text, maxNote)
	switch {
	case err != nil:
		return fieldFault("text", err.Error())
	case text == "":
		return fieldFault("text", fmt.Sprintf("Write something, at most %d characters.", maxNote))
	}
	id, err := order.ParseID(c.Param("id"))
	if err != nil {
		return err
	}
	o, err := s.orderDesk.AddNote(c.Request().Context(), s.who(c), id, text)
	return s.apiChanged(c, o, err)
}

// apiArchive hides an order from lists and figures. Nothing is destroyed: what
// a platform sold stays in the books, and a person can bring it back.
func (s *Server) apiArchive(c echo.Context) error {
	if err := noBody(c); err != nil {
		return err
	}
	version, err := seenVersion(c, 0)
	if err != nil {
		return err
	}
	id, err := order.ParseID(c.Param("id"))
	if err != nil {
		return err
	}
	if _, err := s.orderDesk.Archive(c.Request().Context(), s.who(c), id, version, ""); err != nil {
		return staleTag(c, err)
	}
	return c.NoContent(http.StatusNoContent)
}
