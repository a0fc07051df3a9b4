package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
)

// tryTime bounds a test of a connection.
const tryTime = 20 * time.Second

// newChannel asks for the adapter, then for its settings.
func (s *Server) newChannel(c echo.Context) error {
	q, err := readQuery(c, "adapter")
	if err != nil {
		return err
	}
	adapter := q.Get("adapter")
	if _, known := channel.Adapters()[adapter]; !known && adapter != "" {
		return errGone
	}
	v := views.ChannelFormView{}
	if adapter != "" {
		v = fresh(adapter).form()
	}
	return s.answerNew(c, http.StatusOK, v)
}

// fresh is a channel before anything was typed.
func fresh(adapter string) settings {
	return settings{Channel: channel.Channel{Adapter: adapter, Platform: channel.Adapters()[adapter], Enabled: true, Interval: defaultInterval},
		adapter: channel.Describe(adapter)}
}

func (s *Server) answerNew(c echo.Context, status int, v views.ChannelFormView) error {
	v.New = true
	for _, d := range channel.Descriptions() {
		v.Adapters = append(v.Adapters, views.Choice{Value: d.Adapter, Label: d.Label})
	}
	if v.Adapter == channel.Manual {
		v.Platforms = platformChoices()
	}
	if partial(c) {
		return html(c, status, views.ChannelForm(v))
	}
	p := s.page(c, "Add a channel", "/channels")
	p.Path = "/channels/new"
	return html(c, status, views.NewChannel(p, v))
}

func platformChoices() []views.Choice {
	var all []views.Choice
	for _, p := range order.Platforms() {
		all = append(all, views.Choice{Value: string(p), Label: views.PlatformName(p)})
	}
	return all
}

// createChannel adds a channel, or tries its settings before.
func (s *Server) createChannel(c echo.Context) error {
	if s.Desk == nil || s.Keys == nil {
		return notHere()
	}
	if err := c.Request().ParseForm(); err != nil {
		return unreadable(err)
	}
	adapter := c.Request().PostForm.Get("adapter")
	if _, known := channel.Adapters()[adapter]; !known {
		return fieldFault("adapter", "Choose what the channel speaks to.")
	}
	x := fresh(adapter)
	f, err := readForm(c, x.fields("adapter", "id")...)
	if err != nil {
		return err
	}
	x.ID = f.Get("id")
	faults := x.read(f)
	if !channel.ValidID(x.ID) {
		faults = append(order.FieldErrors{{Field: "id", Message: "Use 1 to 40 small letters, digits and hyphens."}}, faults...)
	}
	answer := func(status int, v views.ChannelFormView) error {
		v = typed(v, f)
		v.ID = f.Get("id")
		return s.answerNew(c, status, v)
	}
	return s.settle(c, f, x, faults, answer, func(ctx context.Context, x settings) error {
		x.Version, x.CreatedAt, x.UpdatedAt = 1, s.Now(), s.Now()
		err := s.Store.Channels().Create(ctx, x.Channel)
		if errors.Is(err, store.ErrConflict) {
			return fieldFault("id", "There is a channel with this id already.")
		}
		return err
	})
}

// settle ends a form of settings: it is refused, tried or stored.
func (s *Server) settle(c echo.Context, f url.Values, x settings, faults order.FieldErrors,
	answer func(int, views.ChannelFormView) error, store func(context.Context, settings) error) error {
	v := x.form()
	if len(faults) == 0 {
		var err error
		if x.Sealed, err = s.Keys.Seal(x.ID, x.secrets); err != nil {
			return err
		}
		if err := s.Desk.Accepts(x.Channel); err != nil {
			faults = x.adapterFaults(err)
		}
	}
	if len(faults) > 0 {
		v.Errors = faults
		return answer(http.StatusUnprocessableEntity, v)
	}
	if f.Get("action") == "test" {
		test := s.try(c.Request().Context(), x)
		if partial(c) {
			return html(c, http.StatusOK, views.TestResult(test))
		}
		v.Test = &test
		return answer(http.StatusOK, v)
	}
	err := store(c.Request().Context(), x)
	switch {
	case errors.As(err, &v.Errors):
		return answer(http.StatusUnprocessableEntity, v)
	case errors.Is(err, order.ErrStale):
		v.Errors = order.FieldErrors{{Field: "version", Message: "Somebody else has changed this channel meanwhile. Open it again."}}
		return answer(http.StatusConflict, v)
	case err != nil:
		return err
	}
	done := doneSaved
	if v.Version == 0 {
		done = doneAdded
	}
	s.followChannel(c, x.ID, done, x.Adapter)
	s.flash(c, done, 60)
	return seeOther(c, "/channels/"+x.ID)
}

// try makes one call with settings that are not stored.
func (s *Server) try(ctx context.Context, x settings) views.TestView {
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	err := s.Desk.Try(ctx, x.Channel)
	switch {
	case err == nil:
		return views.TestView{OK: true, Said: "It works: " + x.adapter.Label + " answered and accepted the credentials."}
	case errors.Is(err, context.DeadlineExceeded):
		return views.TestView{Said: "Nobody answered within " + views.Interval(tryTime) + "."}
	case errors.Is(err, ingest.ErrAuth):
		return views.TestView{Said: "The credentials were refused. " + sentence(x.redact(err.Error()))}
	}
	return views.TestView{Said: sentence(x.redact(err.Error()))}
}

// opened is a stored channel with its secrets.
func (s *Server) opened(ctx context.Context, id string) (settings, error) {
	ch, err := s.Store.Channels().Get(ctx, id)
	x := settings{Channel: ch, adapter: channel.Describe(ch.Adapter)}
	if err != nil || s.Keys == nil {
		return x, err
	}
	x.secrets, err = s.Keys.Open(ch.ID, ch.Sealed)
	return x, err
}

// saveChannel stores settings, or tries them before.
func (s *Server) saveChannel(c echo.Context) error {
	if s.Desk == nil || s.Keys == nil {
		return notHere()
	}
	x, err := s.opened(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	f, err := readForm(c, x.fields("version")...)
	if err != nil {
		return err
	}
	stored := x.Channel
	faults := x.read(f)
	x.Version = readVersion(f, &faults)
	answer := func(status int, v views.ChannelFormView) error {
		v = typed(v, f)
		if partial(c) {
			return html(c, status, views.ChannelForm(v))
		}
		return s.answerChannel(c, status, stored, func(page *views.ChannelView) { page.Form = v })
	}
	return s.settle(c, f, x, faults, answer, func(ctx context.Context, x settings) error {
		at := s.Now()
		_, err := s.Store.Channels().Update(ctx, x.ID, func(ch *channel.Channel) error {
			if ch.Version != x.Version {
				return order.ErrStale
			}
			ch.Name, ch.BaseURL, ch.Options, ch.Interval, ch.Sealed = x.Name, x.BaseURL, x.Options, x.Interval, x.Sealed
			ch.UpdatedAt = at
			return nil
		})
		return err
	})
}
