package swiggy

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	cursorVersion = 1
	// minOverlap is how far a run reads back over what the one before it read.
	minOverlap = 15 * time.Minute
	// minSpan is the window below which pages are followed; longer ones are cut
	// until they fit one page, see cursor.
	minSpan = 10 * time.Millisecond
	// backMargin keeps the first windows within lookback while calls wait, and
	// graceMargin is what must be left of it.
	backMargin  = 15 * time.Minute
	graceMargin = time.Minute
	// maxRestarts bounds how often a dead page link is got over in a window.
	maxRestarts = 5
)

// cursor is where reading stands: a window of times of change. A window whose
// orders do not fit one page is cut in two rather than paged through: an order
// that changes meanwhile leaves the window, the others move up, and a numbered
// page would pass one over. Its JSON is what the desk saves.
type cursor struct {
	Version int       `json:"v"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until,omitzero"` // bounds the whole reading
	// Span is how long the next window may be.
	Span time.Duration `json:"span,omitempty"` // nanoseconds; zero: maxSpan
	// To and Next are set while a window of minSpan is paged through.
	To       time.Time `json:"to,omitzero"`
	Next     string    `json:"next,omitempty"`
	Restarts int       `json:"restarts,omitempty"`
	Done     bool      `json:"done,omitempty"`
}

// Since makes a cursor for orders changed from since on and, unless it is zero,
// before until.
func (p *Platform) Since(since, until time.Time) string {
	return cursor{Version: cursorVersion, From: since, Until: until}.String()
}

func (c cursor) String() string {
	for _, t := range []*time.Time{&c.From, &c.To, &c.Until} {
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
			c.From = horizon(p.now())
		}
		return c, nil
	}
	var c cursor
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return cursor{}, fmt.Errorf("cursor: %w", err)
	}
	if c.Version != cursorVersion || c.From.IsZero() || c.Span < 0 || c.Restarts < 0 || (c.Next == "") != c.To.IsZero() {
		return cursor{}, errors.New("cursor: written by another version")
	}
	return c, nil
}

// horizon is where reading begins when it goes back as far as Swiggy does.
func horizon(now time.Time) time.Time { return now.Add(-lookback + backMargin) }

// begin sets the bounds of the next window. gap is from when on changes can no
// longer be listed, zero when all can.
func (c cursor) begin(now time.Time, overlap time.Duration) (next cursor, gap time.Time) {
	if c.Done || c.Next != "" {
		return c, gap
	}
	if c.From.Before(now.Add(-lookback + graceMargin)) {
		gap, c.From = c.From, horizon(now)
	}
	if !c.Until.IsZero() && !c.From.Before(c.Until) {
		c.Done = true
		return c, gap
	}
	if !c.From.Before(now) {
		c.From = now.Add(-overlap) // our clock was set back
	}
	if c.Span <= 0 || c.Span > maxSpan {
		c.Span = maxSpan
	}
	c.To = c.From.Add(max(c.Span, minSpan))
	for _, end := range []time.Time{now, c.Until} {
		if !end.IsZero() && end.Before(c.To) {
			c.To = end
		}
	}
	return c, gap
}

// cut makes the window half as long; ok is false when it may be no shorter.
func (c cursor) cut() (next cursor, ok bool) {
	span := c.To.Sub(c.From)
	if c.Next != "" || span <= minSpan {
		return c, false
	}
	c.Span, c.To = max(span/2, minSpan), time.Time{}
	return c, true
}

// next is the cursor after a page with so many orders, and whether another
// waits right now. served is the platform's own clock, zero when unknown.
func (c cursor) next(link string, orders int, served, now time.Time, overlap time.Duration) (next cursor, more bool) {
	if link != "" {
		c.Next = link
		return c, true
	}
	next = cursor{Version: cursorVersion, From: c.To, Until: c.Until, Span: c.Span}
	if orders < pageSize/3 {
		next.Span = min(2*max(c.Span, minSpan), maxSpan)
	}
	switch {
	case !c.Until.IsZero() && !c.To.Before(c.Until):
		next.Done = true
		return next, false
	case c.To.Before(now) && now.Sub(c.To) >= minSpan:
		return next, true
	}
	// Never later than Swiggy's own clock: what it dates before this moment may
	// still come.
	end := c.To
	if !served.IsZero() && served.Before(end) {
		end = served
	}
	next.From = end.Add(-overlap)
	return next, false
}

// restart begins the window again without a link that Swiggy no longer knows.
func (c cursor) restart() cursor {
	c.Next, c.To = "", time.Time{}
	c.Restarts++
	return c
}
