package handlers

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
)

// mostReplayed bounds what one request reads again.
const mostReplayed = 200

// record is the quarantined record that the address names. It holds what a
// platform sent, so that also customers.read is needed.
func (s *Server) record(c echo.Context) (channel.Channel, channel.Quarantined, error) {
	ctx := c.Request().Context()
	if !userOf(c).May(account.CustomersRead) {
		return channel.Channel{}, channel.Quarantined{}, errForbidden
	}
	ch, err := s.Store.Channels().Get(ctx, c.Param("id"))
	if err != nil {
		return ch, channel.Quarantined{}, err
	}
	q, err := s.Store.Channels().QuarantinedOne(ctx, c.Param("record"))
	if err == nil && q.Channel != ch.ID {
		err = store.ErrNotFound
	}
	return ch, q, err
}

// showRecord shows what was received, as text.
func (s *Server) showRecord(c echo.Context) error {
	ch, q, err := s.record(c)
	if err != nil {
		return err
	}
	s.Log.Info("quarantined record read", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)),
		slog.String("channel", ch.ID), slog.String("quarantine", q.ID))
	if err := s.audit(c, account.Entry{Action: "quarantine.reveal", Object: "channel:" + ch.ID, Note: q.ID}); err != nil {
		return err
	}
	return s.answerRecord(c, ch, q, nil)
}

func (s *Server) answerRecord(c echo.Context, ch channel.Channel, q channel.Quarantined, replay *views.ReplayView) error {
	v := views.RecordView{Clock: s.clock(), Channel: ch.ID, ChannelName: ch.Name, Record: recordLine(q), Replay: replay}
	if v.Binary = !readable(q.Payload); !v.Binary {
		v.Payload = string(q.Payload)
	}
	p := s.page(c, "Record set aside", "/channels")
	p.Path = "/channels/" + ch.ID + "/quarantine/" + q.ID
	return html(c, http.StatusOK, views.Record(p, v))
}

// readable tells text from bytes.
func readable(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, r := range string(b) {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
	}
	return true
}

// replayRecord reads one record again, tells what that would change, or drops
// the record.
func (s *Server) replayRecord(c echo.Context) error {
	f, err := readForm(c, "action")
	if err != nil {
		return err
	}
	ch, q, err := s.record(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	log := s.Log.With(slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)), slog.String("channel", ch.ID), slog.String("quarantine", q.ID))
	switch action := f.Get("action"); {
	case action == "dismiss":
		if err := ingest.DropQuarantined(ctx, s.Store, q.ID); err != nil {
			return err
		}
		log.Info("quarantined record dropped")
		s.flash(c, doneDrop, 60)
		return seeOther(c, "/channels/"+ch.ID)
	case action != "preview" && action != "replay":
		return fieldFault("action", "Choose what to do with the record.")
	case s.Desk == nil:
		return notHere()
	}
	dry := f.Get("action") == "preview"
	got, err := s.Desk.Replay(ctx, q.ID, dry)
	if got.Record.ID == "" {
		return err
	}
	if !dry && err == nil {
		log.Info("quarantined record read again")
		s.flash(c, doneReplay, 60)
		return seeOther(c, "/channels/"+ch.ID)
	}
	v := s.replayView(ch, []ingest.Replayed{got}, !dry)
	return s.answerRecord(c, ch, q, &v)
}

// replayAll reads everything that a channel set aside again, or tells first
// what that would change.
func (s *Server) replayAll(c echo.Context) error {
	f, err := readForm(c, "action")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if !userOf(c).May(account.CustomersRead) {
		return errForbidden
	}
	ch, err := s.Store.Channels().Get(ctx, c.Param("id"))
	switch action := f.Get("action"); {
	case err != nil:
		return err
	case action != "preview" && action != "replay":
		return fieldFault("action", "Choose what to do with the records.")
	case s.Desk == nil:
		return notHere()
	}
	v, err := s.replayed(ctx, ch, f.Get("action") == "preview")
	if err != nil {
		return err
	}
	if v.Done {
		s.Log.Info("quarantine read again", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)), slog.String("channel", ch.ID))
	}
	p := s.page(c, "Read again", "/channels")
	p.Path = "/channels/" + ch.ID
	return html(c, http.StatusOK, views.Replay(p, v))
}

func (s *Server) replayed(ctx context.Context, ch channel.Channel, dry bool) (views.ReplayView, error) {
	records, err := s.Store.Channels().Quarantined(ctx, ch.ID, mostReplayed)
	if err != nil {
		return views.ReplayView{}, err
	}
	ids := make([]string, len(records))
	for i, q := range records {
		ids[i] = q.ID
	}
	got := s.Desk.ReplayMany(ctx, ids, dry)
	v := s.replayView(ch, got, !dry)
	v.More = len(ids) - len(got) // time was up
	return v, nil
}

func (s *Server) replayView(ch channel.Channel, all []ingest.Replayed, done bool) views.ReplayView {
	v := views.ReplayView{Clock: s.clock(), Channel: ch.ID, ChannelName: ch.Name, Done: done}
	for _, r := range all {
		it := views.ReplayItem{ID: r.Record.ID, PlatformOrderID: r.Record.PlatformOrderID, Good: r.Err == nil}
		switch {
		case errors.Is(r.Err, ingest.ErrUnreadable):
			it.Outcome = "Still not understood"
		case r.Err != nil:
			it.Outcome = "Not read: " + r.Err.Error()
		case len(r.Orders) == 0:
			it.Outcome = "Nothing to store"
		default:
			it.Outcome = outcomeWords(r.Orders)
		}
		for _, d := range r.Orders {
			if it.PlatformOrderID == "" {
				it.PlatformOrderID = d.After.Ref.PlatformOrderID
			}
			it.Changes = append(it.Changes, s.changes(d)...)
		}
		v.Items = append(v.Items, it)
	}
	return v
}

func outcomeWords(all []ingest.Difference) string {
	for _, d := range all {
		switch d.Outcome {
		case order.Created:
			return "A new order"
		case order.Updated:
			return "Changes an order"
		}
	}
	return "Changes nothing"
}

// changes are the fields that differ, as the page of an order shows them.
func (s *Server) changes(d ingest.Difference) []views.ChangeView {
	var before order.Order
	if d.Before != nil {
		before = *d.Before
	}
	clock := s.clock()
	var out []views.ChangeView
	for _, f := range []struct {
		name string
		of   func(order.Order) string
	}{
		{"Status", func(o order.Order) string { return views.StatusName(o.Status) }},
		{"Platform status", func(o order.Order) string { return o.Facts.PlatformStatus }},
		{"Ordered", func(o order.Order) string { return clock.DateTime(o.Facts.OrderedAt) }},
		{"Customer", func(o order.Order) string { return o.Facts.Customer.Name }},
		{"City", func(o order.Order) string { return o.Facts.Customer.Address.City }},
		{"Pieces", func(o order.Order) string { return views.Count(o.Facts.Units(), "piece", "pieces") }},
		{"Total", func(o order.Order) string { return views.Money(o.Facts.Total) }},
		{"AWB", func(o order.Order) string { return o.Facts.Shipment.AWB }},
	} {
		was, is := "", f.of(d.After)
		if d.Before != nil {
			was = f.of(before)
		}
		if was != is {
			out = append(out, views.ChangeView{Field: f.name, Before: was, After: is})
		}
	}
	return out
}
