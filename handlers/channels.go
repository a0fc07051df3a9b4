package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/views"
)

// listChannels is the page of the connections. Open pages ask again and again,
// so a part that did not change is not sent.
func (s *Server) listChannels(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	ctx, u := c.Request().Context(), userOf(c)
	all, err := s.Store.Channels().List(ctx)
	if err != nil {
		return err
	}
	v := views.ChannelsView{Clock: s.clock(), MayManage: u.May(account.ChannelsManage), MaySync: u.May(account.SyncTrigger)}
	for _, ch := range all {
		row, err := s.channelRow(ctx, ch)
		if err != nil {
			return err
		}
		v.Rows = append(v.Rows, row)
	}
	if partial(c) {
		return changedPart(c, views.ChannelsTable(v))
	}
	p := s.page(c, "Channels", "/channels")
	return html(c, http.StatusOK, views.Channels(p, v))
}

// changedPart answers a part of a page, or 304 when htmx has it already: it
// repeats the tag of the last answer.
func changedPart(c echo.Context, what templ.Component) error {
	text, err := templ.ToGoHTML(c.Request().Context(), what)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(text))
	tag := hex.EncodeToString(sum[:8])
	h := c.Response().Header()
	h.Set("HX-PTag", tag)
	h.Add("Vary", "HX-Request, HX-Request-Type, HX-PTag, Cookie")
	if c.Request().Header.Get("HX-PTag") == tag {
		return c.NoContent(http.StatusNotModified)
	}
	return c.HTML(http.StatusOK, string(text))
}

// syncChannel starts a pull of one channel without waiting for its end.
func (s *Server) syncChannel(c echo.Context) error {
	if _, err := readForm(c); err != nil && !errors.Is(err, errMediaType) {
		return err // an empty post has no content type
	}
	ctx := c.Request().Context()
	ch, err := s.Store.Channels().Get(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	if s.Sync == nil {
		return notHere()
	}
	if err := s.Sync.Trigger(ctx, ch.ID, string(userOf(c).ID)); err != nil && !errors.Is(err, ingest.ErrRunning) {
		return s.pullRefused(c, err)
	}
	s.Log.Info("sync started", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)), slog.String("channel", ch.ID))
	return s.channelDone(c, ch.ID, doneSync, ch.Version)
}

// notHere answers for what this process was not given.
func notHere() error {
	return &busyError{http.StatusServiceUnavailable, "No schedule runs in this process.", time.Minute}
}

// pullRefused words why a channel cannot be read: what its settings lack is a
// conflict that a person mends, everything else keeps its own status.
func (s *Server) pullRefused(c echo.Context, err error) error {
	if p := problemOf(err); p.status != http.StatusInternalServerError {
		return err
	}
	s.Log.Warn("channel cannot be read", slog.String("request", requestID(c)), slog.String("channel", c.Param("id")), slog.Any("err", err))
	return errSettings
}

// channelDone answers a change of a channel that happened: the page that is
// open renews what it shows, others go to the channel.
func (s *Server) channelDone(c echo.Context, id, done string, version int64) error {
	if partial(c) {
		c.Response().Header().Set("HX-Trigger", "channels")
		said := views.Said("success", sentenceOf(done))
		if currentPath(c.Request()) == "/channels/"+id {
			said = templ.Join(said, views.ChannelVersion(version))
		}
		return html(c, http.StatusOK, said)
	}
	s.flash(c, done, 60)
	to := "/channels/" + id
	if !userOf(c).May(account.ChannelsRead) {
		to = "/orders"
	}
	return seeOther(c, to)
}

// enableChannel pauses a channel or lets it go on.
func (s *Server) enableChannel(c echo.Context) error {
	f, err := readForm(c, "on")
	if err != nil {
		return err
	}
	on := f.Get("on") == "true"
	if !on && f.Get("on") != "false" {
		return fieldFault("on", "Say true or false.")
	}
	at := s.Now()
	ch, err := s.Store.Channels().Update(c.Request().Context(), c.Param("id"), func(ch *channel.Channel) error {
		if ch.Enabled == on {
			return errNoChange
		}
		ch.Enabled, ch.UpdatedAt = on, at
		return nil
	})
	if errors.Is(err, errNoChange) {
		ch, err = s.Store.Channels().Get(c.Request().Context(), c.Param("id"))
	} else if err == nil {
		s.followChannel(c, ch.ID, "enabled", on)
	}
	if err != nil {
		return err
	}
	done := doneOff
	if on {
		done = doneOn
	}
	return s.channelDone(c, ch.ID, done, ch.Version)
}

// errNoChange ends an update that would change nothing.
var errNoChange = errors.New("nothing to change")

// followChannel lets the schedule know, and the log who did what.
func (s *Server) followChannel(c echo.Context, id, what string, value any) {
	s.Log.Info("channel changed", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)),
		slog.String("channel", id), slog.String("what", what), slog.Any("value", value))
	after, err := json.Marshal(map[string]any{what: value})
	if err == nil {
		err = s.audit(c, account.Entry{Action: "channel." + what, Object: "channel:" + id, After: string(after)})
	}
	if err != nil { // it has happened; the log has it
		s.Log.Error("audit entry lost", slog.String("request", requestID(c)), slog.String("channel", id), slog.Any("err", err))
	}
	if s.Refresh == nil {
		return
	}
	if err := s.Refresh(c.Request().Context()); err != nil { // it looks again by itself soon
		s.Log.Warn("schedule not refreshed", slog.String("request", requestID(c)), slog.Any("err", err))
	}
}

// board remembers how the channels were lately, so that many open pages cost
// one look at the store each Poll.
type board struct {
	mu   sync.Mutex
	at   time.Time
	mark string
}

// boardMark changes when anything that the pages of channels show does.
func (s *Server) boardMark(ctx context.Context) (string, error) {
	s.board.mu.Lock()
	defer s.board.mu.Unlock()
	if time.Since(s.board.at) < s.Poll {
		return s.board.mark, nil
	}
	all, err := s.Store.Channels().List(ctx)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, ch := range all {
		row, err := s.channelRow(ctx, ch)
		if err != nil {
			return "", err
		}
		newest, err := s.Store.Channels().Runs(ctx, ch.ID, 1)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%d %s %+v\n", ch.Version, mark(row), newest)
	}
	s.board.at, s.board.mark = time.Now(), hex.EncodeToString(h.Sum(nil))
	return s.board.mark, nil
}

// channelEvents tells open pages when a channel changed; they ask for the rest.
func (s *Server) channelEvents(c echo.Context) error {
	sub, err := s.hub.Subscribe(userOf(c).ID, s.sessions.cookie(c.Request()))
	if err != nil {
		return err
	}
	defer sub.Close()
	ctx := c.Request().Context()
	seen, err := s.boardMark(ctx)
	if err != nil {
		return err
	}
	out, err := openStream(c)
	look, beat := time.NewTicker(s.Poll), time.NewTicker(s.beat)
	defer look.Stop()
	defer beat.Stop()
	for err == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-sub.Done:
			return nil
		case <-look.C:
			now, failed := s.boardMark(ctx)
			if failed == nil && now != seen { // a store that does not answer only delays the page
				seen = now
				err = out.write("event: channels\ndata: changed\n\n")
			}
		case <-beat.C:
			if !s.still(c) {
				return nil
			}
			err = out.write(": still here\n\n")
		}
	}
	return nil
}
