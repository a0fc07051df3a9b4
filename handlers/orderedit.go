package handlers

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// Limits of what people write, in characters.
const (
	maxStatusNote = 2000
	maxNote       = 2000
)

// changeStatus moves an order on. Who saw an older version, or wants a move
// that is not allowed, learns the current state instead (409).
func (s *Server) changeStatus(c echo.Context) error {
	f, err := readForm(c, "status", "note", "version")
	if err != nil {
		return err
	}
	o, err := s.order(c)
	if err != nil {
		return err
	}
	to, note, version, faults := readStatus(f)
	if len(faults) == 0 {
		o, err = s.moveOrder(c, o, to, note, version)
	} else {
		err = faults
	}
	var refusal *ingest.UnsupportedError
	switch {
	case err == nil:
		s.Log.Info("status changed", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)),
			slog.String("order", o.ID.String()), slog.String("status", string(to)))
		return s.orderChanged(c, o, doneStatus+string(to))
	case errors.As(err, &refusal):
		err = order.FieldErrors{{Field: "status", Message: sentence(refusal.Error())}}
	}
	return s.statusRefused(c, o.ID, views.StatusFormView{Chosen: to, Note: f.Get("note")}, err)
}

// readStatus checks the fields of the status form.
func readStatus(f url.Values) (to order.Status, note string, version int64, faults order.FieldErrors) {
	to = order.Status(f.Get("status"))
	if !to.Valid() {
		to = ""
		faults = append(faults, order.FieldError{Field: "status", Message: "Choose a status."})
	}
	note, err := readText(f.Get("note"), maxStatusNote)
	if err != nil {
		faults = append(faults, order.FieldError{Field: "note", Message: err.Error()})
	}
	version, err = strconv.ParseInt(f.Get("version"), 10, 64)
	if err != nil || version < 1 {
		faults = append(faults, order.FieldError{Field: "version", Message: "The form is incomplete. Open the order again."})
	}
	return to, note, version, faults
}

// moveOrder is the order after the move, or as it was with the reason.
func (s *Server) moveOrder(c echo.Context, o order.Order, to order.Status, note string, version int64) (order.Order, error) {
	changed, err := s.orderDesk.SetStatus(c.Request().Context(), s.who(c), o.ID, version, to, note)
	if err != nil {
		return o, err
	}
	return changed, nil
}

// who acts, for the desk.
func (s *Server) who(c echo.Context) desk.Actor {
	return desk.Actor{By: userOf(c).ID, Via: s.actor(c).Via, IP: c.RealIP(), Ref: requestID(c)}
}

// statusRefused answers a status change that did not happen: the form again
// (422), or the state as it is now (409).
func (s *Server) statusRefused(c echo.Context, id order.ID, sent views.StatusFormView, err error) error {
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
	v.Status.Chosen, v.Status.Note, v.Status.Errors = sent.Chosen, sent.Note, p.fields
	if p.status == http.StatusConflict {
		v.Status.Conflict = conflict(v, p, sent.Chosen, err)
		bothStatuses(v.Status.Conflict, v, sent.Chosen, sent.Note)
	}
	switch {
	case !partial(c):
		return s.answerOrder(c, p.status, v)
	case v.Status.Conflict != nil:
		return html(c, p.status, views.Conflict(*v.Status.Conflict))
	}
	return html(c, p.status, views.StatusForm(v.Status))
}

// conflict says who was faster. wanted is the status that was asked for, empty
// where the form is about something else.
func conflict(v views.OrderView, p problem, wanted order.Status, err error) *views.ConflictView {
	k := &views.ConflictView{Clock: v.Clock, ID: v.Order.ID, Status: v.Order.Status, What: p.message}
	if errors.Is(err, order.ErrStale) && wanted != "" {
		k.What = "Your change to " + views.StatusName(wanted) + " was not saved."
	}
	if n := len(v.Order.History); n > 0 {
		last := v.Order.History[n-1]
		k.At, k.By = last.At, v.Names[last.By]
		switch {
		case k.By != "":
		case last.Source == order.FromUser:
			k.By = "Somebody"
		default:
			k.By = "The " + string(last.Source)
		}
	}
	return k
}

// bothStatuses sets the status somebody chose beside the order's, and offers it
// once more where it is still possible.
func bothStatuses(k *views.ConflictView, v views.OrderView, wanted order.Status, note string) {
	k.Fields = []views.ConflictField{{Label: "Status", Mine: views.StatusName(wanted), Now: views.StatusName(v.Order.Status)}}
	if note != "" {
		k.Fields = append(k.Fields, views.ConflictField{Label: "Note", Mine: note})
	}
	if slices.Contains(v.Status.Next, wanted) {
		k.Again = views.AgainView{Form: "status", Label: "Change to " + views.StatusName(wanted) + " anyway",
			Values: url.Values{"status": {string(wanted)}, "note": {note}, "version": {strconv.FormatInt(v.Order.Version, 10)}}}
	}
}

// orderChanged answers a change that happened; done is its code for flash.
func (s *Server) orderChanged(c echo.Context, o order.Order, done string) error {
	if !partial(c) {
		s.flash(c, done, 60)
		return seeOther(c, "/orders/"+o.ID.String())
	}
	v, err := s.orderView(c, o)
	if err != nil {
		return err
	}
	v.Said = sentenceOf(done)
	return s.answerOrder(c, http.StatusOK, v)
}

// addNote appends a note. Notes never collide, so no version is asked for.
func (s *Server) addNote(c echo.Context) error {
	f, err := readForm(c, "text")
	if err != nil {
		return err
	}
	o, err := s.order(c)
	if err != nil {
		return err
	}
	text, bad := readText(f.Get("text"), maxNote)
	if bad == nil && text == "" {
		bad = errors.New("Write something first.") //nolint:staticcheck // shown to people as it stands
	}
	if bad != nil {
		return s.noteRefused(c, o, f.Get("text"), bad.Error())
	}
	o, err = s.orderDesk.AddNote(c.Request().Context(), s.who(c), o.ID, text)
	if err != nil {
		return err
	}
	return s.orderChanged(c, o, doneNote)
}

func (s *Server) noteRefused(c echo.Context, o order.Order, text, why string) error {
	v, err := s.orderView(c, o)
	if err != nil {
		return err
	}
	v.NoteForm.Text, v.NoteForm.Errors = text, order.FieldErrors{{Field: "text", Message: why}}
	if partial(c) {
		return html(c, http.StatusUnprocessableEntity, views.NoteForm(v.NoteForm))
	}
	return s.answerOrder(c, http.StatusUnprocessableEntity, v)
}

// readText is what somebody wrote, without blanks around it. Its error is a
// sentence for people.
func readText(s string, most int) (string, error) {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
	switch {
	case !utf8.ValidString(s), strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		return "", errors.New("This holds characters that cannot be stored.") //nolint:staticcheck // shown to people as it stands
	case utf8.RuneCountInString(s) > most:
		return "", fmt.Errorf("This is longer than %d characters.", most) //nolint:staticcheck // shown to people as it stands
	}
	return s, nil
}
