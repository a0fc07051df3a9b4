package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/scope"
)

const (
	heartbeat   = 15 * time.Second // keeps proxies from cutting the stream, and checks the session
	streamWrite = 10 * time.Second // a reader slower than that is cut off
)

// stream is an open text/event-stream answer.
type stream struct {
	c  echo.Context
	rc *http.ResponseController
}

// openStream sends the head of an event stream. From here on errors can only
// end it.
func openStream(c echo.Context) (*stream, error) {
	h := c.Response().Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	s := &stream{c: c, rc: http.NewResponseController(c.Response())}
	c.Response().WriteHeader(http.StatusOK)
	return s, s.write("retry: 3000\n\n")
}

// write sends one message and gives the reader its time for it.
func (s *stream) write(text string) error {
	if err := s.rc.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil {
		return err
	}
	if _, err := s.c.Response().Write([]byte(text)); err != nil {
		return err
	}
	if err := s.rc.Flush(); err != nil {
		return err
	}
	return s.rc.SetWriteDeadline(time.Time{})
}

// orderEvent is what an "order" message says: which order, and whether it is
// new. The page asks for the rest, with the rights of whoever looks at it.
type orderEvent struct {
	ID      string `json:"id"`
	Created bool   `json:"created"`
}

func orderMessage(c store.Change) string {
	data, err := json.Marshal(orderEvent{ID: c.Order.String(), Created: c.Created})
	if err != nil {
		return "" // two plain fields always encode
	}
	return fmt.Sprintf("id: %d\nevent: order\ndata: %s\n\n", c.Seq, data)
}

// events is the one stream of a page: a message for each changed order. A
// reader that comes back names the last one it saw and gets what it missed.
func (s *Server) events(c echo.Context) error {
	sub, err := s.hub.Subscribe(userOf(c).ID, s.sessions.cookie(c.Request()))
	if err != nil {
		return err
	}
	defer sub.Close()
	missed, err := s.missed(c)
	if err != nil {
		return err
	}
	out, err := openStream(c)
	if err != nil {
		return nil //nolint:nilerr // the reader left
	}
	last, own := int64(0), scope.From(c.Request().Context())
	send := func(batch []store.Change) error {
		var text string
		for _, ch := range batch {
			if ch.Seq > last {
				if last = ch.Seq; own.Allows(ch.Channel) {
					text += orderMessage(ch)
				}
			}
		}
		if text == "" {
			return nil
		}
		return out.write(text)
	}
	if err := send(missed); err != nil {
		return nil //nolint:nilerr // the reader left
	}
	beat := time.NewTicker(s.beat)
	defer beat.Stop()
	for {
		select {
		case <-c.Request().Context().Done():
			return nil
		case <-sub.Done:
			return nil
		case batch := <-sub.Changes:
			err = send(batch)
		case <-beat.C:
			if !s.still(c) {
				return nil
			}
			err = out.write(": still here\n\n")
		}
		if err != nil {
			return nil //nolint:nilerr // the reader left
		}
	}
}

// missed is what a returning reader did not get, as far as one batch holds it.
func (s *Server) missed(c echo.Context) ([]store.Change, error) {
	after, err := strconv.ParseInt(c.Request().Header.Get("Last-Event-ID"), 10, 64)
	if err != nil || after <= 0 {
		return nil, nil
	}
	return s.Store.Changes(c.Request().Context(), after, batchSize)
}
