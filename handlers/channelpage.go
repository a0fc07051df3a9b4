package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
)

const (
	shownRuns    = 20
	shownRecords = 20
	kindFetch    = "fetch"
	maxGap       = 9 * 24 * time.Hour // the ledger tells of gaps in the last eight days
)

// showChannel is one connection.
func (s *Server) showChannel(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	ch, err := s.Store.Channels().Get(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	if partial(c) {
		v, err := s.channelView(c, ch)
		if err != nil {
			return err
		}
		return changedPart(c, views.ChannelLive(v))
	}
	return s.answerChannel(c, http.StatusOK, ch, nil)
}

// answerChannel is the whole page; change puts a refused form into it.
func (s *Server) answerChannel(c echo.Context, status int, ch channel.Channel, change func(*views.ChannelView)) error {
	v, err := s.channelView(c, ch)
	if err != nil {
		return err
	}
	if change != nil {
		change(&v)
	}
	p := s.page(c, ch.Name, "/channels")
	p.Path = "/channels/" + ch.ID
	return html(c, status, views.Channel(p, v))
}

func (s *Server) channelView(c echo.Context, ch channel.Channel) (views.ChannelView, error) {
	ctx, u := c.Request().Context(), userOf(c)
	v := views.ChannelView{Clock: s.clock(), Enabled: ch.Enabled, Version: ch.Version,
		MayManage: u.May(account.ChannelsManage), MaySync: u.May(account.SyncTrigger)}
	v.MayReveal = v.MayManage && u.May(account.CustomersRead)
	var err error
	if v.Channel, err = s.channelRow(ctx, ch); err != nil {
		return v, err
	}
	runs, err := s.Store.Channels().Runs(ctx, ch.ID, shownRuns)
	if err != nil {
		return v, err
	}
	for _, r := range runs {
		rv, err := s.runView(ctx, r)
		if err != nil {
			return v, err
		}
		v.Runs = append(v.Runs, rv)
	}
	records, err := s.Store.Channels().Quarantined(ctx, ch.ID, shownRecords)
	if err != nil {
		return v, err
	}
	for _, q := range records {
		v.Quarantine = append(v.Quarantine, recordLine(q))
	}
	hours, err := s.ledger(ctx, ch.ID)
	if err != nil {
		return v, err
	}
	v.Ledger = views.LedgerView{Clock: v.Clock, Channel: ch.ID, MaySync: v.MaySync && ch.Enabled, Hours: hourViews(hours)}
	if s.Desk != nil && ch.Adapter != channel.Manual {
		complete, err := s.Desk.CompleteUpTo(ctx, ch.ID)
		if err != nil {
			return v, err
		}
		v.Ledger.Gaps = hourViews(complete.Gaps)
	}
	v.Fetch = views.FetchView{Channel: ch.ID}
	x, err := s.opened(ctx, ch.ID)
	if errors.Is(err, channel.ErrSeal) {
		s.Log.Error("credentials cannot be opened", slog.String("channel", ch.ID))
		err = nil
	}
	v.Form, v.Hooks = x.form(), s.hooksView(c, x)
	return v, err
}

func hourViews(hours []store.Hour) []views.HourView {
	var out []views.HourView
	for _, h := range hours {
		out = append(out, views.HourView{Start: h.Start, Theirs: h.Theirs, Ours: h.Ours, At: h.At})
	}
	return out
}

func recordLine(q channel.Quarantined) views.QuarantinedView {
	return views.QuarantinedView{ID: q.ID, PlatformOrderID: q.PlatformOrderID, Source: string(q.Source), Reason: q.Reason,
		FirstAt: q.FirstAt, LastAt: q.LastAt, Times: q.Times}
}

// fetchOrders reads one order by its id, or the hour of a gap.
func (s *Server) fetchOrders(c echo.Context) error {
	f, err := readForm(c, "order", "hour")
	if err != nil {
		return err
	}
	ch, err := s.Store.Channels().Get(c.Request().Context(), c.Param("id"))
	switch {
	case err != nil:
		return err
	case s.Desk == nil:
		return notHere()
	case f.Has("hour"):
		return s.fetchHour(c, ch, f.Get("hour"))
	}
	id, err := readText(f.Get("order"), 200)
	if err != nil || id == "" || strings.ContainsAny(id, "\n\t") {
		return s.fetchRefused(c, ch, f.Get("order"), "Enter the id as the platform shows it.")
	}
	return s.fetchOne(c, ch, id)
}

func (s *Server) fetchOne(c echo.Context, ch channel.Channel, id string) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), tryTime)
	defer cancel()
	run, err := s.Desk.PullOne(ctx, ch.ID, id)
	switch {
	case errors.Is(err, ingest.ErrGone):
		return s.fetchRefused(c, ch, id, views.PlatformName(ch.Platform)+" does not know this order.")
	case errors.Is(err, ingest.ErrDisabled), errors.Is(err, ingest.ErrNoAPI):
		return err
	case err != nil:
		s.Log.Warn("order not fetched", slog.String("request", requestID(c)), slog.String("channel", ch.ID), slog.Any("err", err))
		return s.fetchRefused(c, ch, id, sentence(run.Error))
	}
	o, err := s.Store.Orders().ByRef(ctx, order.Ref{Channel: ch.ID, PlatformOrderID: id})
	if errors.Is(err, store.ErrNotFound) { // it could not be understood, and is in quarantine
		return s.fetchRefused(c, ch, id, "The platform's answer could not be understood; it was set aside.")
	}
	if err != nil {
		return err
	}
	s.flash(c, doneOne, 60)
	return seeOther(c, "/orders/"+o.ID.String())
}

func (s *Server) fetchRefused(c echo.Context, ch channel.Channel, id, why string) error {
	v := views.FetchView{Channel: ch.ID, Order: id, Errors: order.FieldErrors{{Field: "order", Message: why}}}
	if partial(c) {
		return html(c, http.StatusUnprocessableEntity, views.FetchForm(v))
	}
	return s.answerChannel(c, http.StatusUnprocessableEntity, ch, func(page *views.ChannelView) { page.Fetch = v })
}

// fetchHour reads the hour of a gap again. The runs of the channel show how far
// it is.
func (s *Server) fetchHour(c echo.Context, ch channel.Channel, text string) error {
	hour, err := time.Parse(time.RFC3339, text)
	if err != nil || !hour.Equal(hour.Truncate(time.Hour)) || hour.After(s.Now()) || s.Now().Sub(hour) > maxGap {
		return fieldFault("hour", "This hour cannot be fetched.")
	}
	switch {
	case !ch.Enabled:
		return ingest.ErrDisabled
	case ch.Adapter == channel.Manual:
		return ingest.ErrNoAPI
	}
	u := userOf(c)
	j := store.Job{ID: rand.Text(), Kind: kindFetch, By: u.ID, Channel: ch.ID, Title: "Gap of " + hour.In(s.Location).Format("2 Jan, 15:04")}
	err = s.jobs.Start(c.Request().Context(), j, func(ctx context.Context, w *Work) error {
		run, err := s.Desk.FetchGap(ctx, ch.ID, hour)
		w.Update(func(j *store.Job) { j.Tally, j.Done = run.Tally, run.Fetched })
		return err
	})
	if err != nil {
		return err
	}
	s.Log.Info("gap fetched", slog.String("request", requestID(c)), slog.String("user", string(u.ID)), slog.String("channel", ch.ID))
	s.flash(c, doneFetch, 60)
	return seeOther(c, "/channels/"+ch.ID)
}
