package flipkart

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	cursorVersion = 1
	firstHistory  = 30 * 24 * time.Hour
	// span bounds one window: short ones keep a page link's life short.
	span = 7 * 24 * time.Hour
	// overlap is how far a window begins before the end of its predecessor.
	overlap = 15 * time.Minute
	// maxRestarts bounds how often a list is begun again within restartRest.
	maxRestarts = 5
	restartRest = 10 * time.Minute
)

// The lists of which each window reads all: a shipment is in the one that fits
// its state, and in two when only some of its items are cancelled.
const preDispatch = "preDispatch"

func lists() []string { return []string{preDispatch, "postDispatch", "cancelled"} }

// cursor is where reading stands: a window of modification times, one of its
// lists, and a page of that. Its JSON is what the desk saves between pages.
type cursor struct {
	Version int       `json:"v"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to,omitzero"`    // zero: the window has not begun
	Until   time.Time `json:"until,omitzero"` // bounds the whole reading
	Past    bool      `json:"past,omitempty"` // other windows follow at once
	List    int       `json:"list,omitempty"`
	Next    string    `json:"next,omitempty"` // link of the next page,
	NextAt  time.Time `json:"next_at,omitzero"`
	// Mark is up to when the window is complete by Flipkart's own clock.
	Mark     time.Time `json:"mark,omitzero"`
	Restarts int       `json:"restarts,omitempty"`
	Done     bool      `json:"done,omitempty"`
}

// Since makes a cursor for orders modified from since on and, unless it is
// zero, before until.
func (p *Platform) Since(since, until time.Time) string {
	return cursor{Version: cursorVersion, From: since, Until: until}.String()
}

func (c cursor) String() string {
	for _, t := range []*time.Time{&c.From, &c.To, &c.Until, &c.NextAt, &c.Mark} {
		if !t.IsZero() {
			*t = t.UTC().Truncate(time.Millisecond)
		}
	}
	b, err := json.Marshal(c)
	if err != nil {
		b = nil // a year beyond 9999: begin at the start
	}
	return string(b)
}

func (p *Platform) parseCursor(text string) (cursor, error) {
	if text == "" {
		c := cursor{Version: cursorVersion, From: p.set.since}
		if c.From.IsZero() {
			c.From = p.now().Add(-firstHistory)
		}
		return c, nil
	}
	var c cursor
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return cursor{}, fmt.Errorf("cursor: %w", err)
	}
	if c.Version != cursorVersion || c.From.IsZero() || c.List < 0 || c.List >= len(lists()) || c.Restarts < 0 {
		return cursor{}, errors.New("cursor: written by another version")
	}
	return c, nil
}

// begin sets the bounds of a window that has none.
func (c cursor) begin(now time.Time) cursor {
	if c.Done || !c.To.IsZero() {
		return c
	}
	c.To, c.Past = now, false
	if end := c.From.Add(span); end.Before(now) {
		c.To, c.Past = end, true
	}
	if !c.Until.IsZero() && !c.Until.After(c.To) {
		c.To, c.Past = c.Until, false
		c.Done = !c.Until.After(c.From)
	}
	if c.To.Before(c.From) {
		c.To = c.From // our clock was set back; time will catch up
	}
	return c
}

// restart begins the current list of the window again.
func (c cursor) restart(now time.Time) cursor {
	if now.Sub(c.NextAt) >= restartRest {
		c.Restarts = 0
	}
	c.Next = ""
	c.Restarts++
	return c
}

func (c cursor) worn(now time.Time) bool {
	return c.Restarts >= maxRestarts && now.Sub(c.NextAt) < restartRest
}

// next is the cursor after a page: the next page, the window's next list, or
// the next window. more tells whether it can be read now.
func (c cursor) next(link string, served, now time.Time) (next cursor, more bool) {
	// Never later than Flipkart's own clock: a mark too early only repeats
	// orders, one too late would lose them.
	for _, t := range []time.Time{c.To, served} {
		if !t.IsZero() && (c.Mark.IsZero() || t.Before(c.Mark)) {
			c.Mark = t
		}
	}
	c.Next, c.NextAt = link, time.Time{}
	if link != "" {
		c.NextAt = now
		return c, true
	}
	if c.List+1 < len(lists()) {
		c.List++
		c.Restarts = 0
		return c, true
	}
	next = cursor{Version: cursorVersion, From: c.From, Until: c.Until}
	if !c.Until.IsZero() && !c.To.Before(c.Until) {
		next.Done = true
		return next, false
	}
	if from := c.Mark.Add(-overlap); from.After(c.From) {
		next.From = from
	}
	return next, c.Past && next.From.After(c.From)
}
