package amazon

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	cursorVersion = 1
	firstHistory  = 30 * 24 * time.Hour
	// span bounds one search window: Amazon answers very long ones in part only.
	span    = 7 * 24 * time.Hour
	minSpan = time.Hour
	// overlap is how far a window begins before the end of its predecessor.
	overlap = 5 * time.Minute
	// settled is the age from which a time may be sent as an upper bound.
	// Amazon asks for two minutes by its own clock; the rest is for ours.
	settled = 10 * time.Minute
	// tokenLife is how long a page token is used; Amazon keeps it 24 hours.
	tokenLife = 23 * time.Hour
	// maxRestarts bounds how often a window is begun again in a row.
	maxRestarts = 8
)

// cursor is where reading stands: a window of update times, and a page within
// it. Its JSON is what the desk saves between pages.
type cursor struct {
	Version int       `json:"v"`
	After   time.Time `json:"after"`
	// Before bounds the window; zero leaves the end to Amazon's clock. Until
	// bounds the whole reading.
	Before time.Time `json:"before,omitzero"`
	Until  time.Time `json:"until,omitzero"`
	// Token is the next page of this very window, given at TokenAt.
	Token   string    `json:"token,omitempty"`
	TokenAt time.Time `json:"token_at,omitzero"`
	// Mark is up to when Amazon says the window is complete.
	Mark time.Time `json:"mark,omitzero"`
	// Restarts counts how often this window was begun again; each halves it.
	Restarts int  `json:"restarts,omitempty"`
	Done     bool `json:"done,omitempty"`
	// Report is the report that this window is read from, Looks how often it
	// was not ready; NoReport leaves the window to the list.
	Report   string `json:"report,omitempty"`
	Looks    int    `json:"looks,omitempty"`
	NoReport bool   `json:"no_report,omitempty"`
}

// Since makes a cursor for orders updated from since on and, unless it is
// zero, before until.
func (p *Platform) Since(since, until time.Time) string {
	return cursor{Version: cursorVersion, After: since, Until: until}.String()
}

func (c cursor) String() string {
	for _, t := range []*time.Time{&c.After, &c.Before, &c.Until, &c.TokenAt, &c.Mark} {
		if !t.IsZero() {
			*t = t.UTC().Truncate(time.Second)
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
		c := cursor{Version: cursorVersion, After: p.set.since}
		if c.After.IsZero() {
			c.After = p.now().Add(-firstHistory)
		}
		return c, nil
	}
	var c cursor
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return cursor{}, fmt.Errorf("cursor: %w", err)
	}
	if c.Version != cursorVersion || c.After.IsZero() || c.Restarts < 0 || c.Restarts > maxRestarts {
		return cursor{}, errors.New("cursor: written by another version")
	}
	return c, nil
}

// window sets the bounds of the search. A page token is only valid with the
// bounds it was given for, so those stay. Close to the present the window is
// left open: reading then depends on Amazon's clock alone, not on ours.
func (c cursor) window(now time.Time) cursor {
	if c.Done || c.Report != "" {
		return c
	}
	if c.Token != "" {
		if now.Sub(c.TokenAt) < tokenLife {
			return c
		}
		c = c.restart()
	}
	c.Before, c.Mark = time.Time{}, time.Time{}
	edge := now.Add(-settled)
	if width := max(span>>c.Restarts, minSpan); now.Sub(c.After) > width {
		c.Before = earliest(c.After.Add(width), edge)
	}
	if !c.Until.IsZero() && !c.Until.After(edge) {
		c.Before = earliest(c.Before, c.Until)
	}
	c.Done = !c.Before.IsZero() && !c.Before.After(c.After)
	return c
}

// restart begins the window again, half as long, so that a window with more
// pages than a token's life allows comes to an end at some width.
func (c cursor) restart() cursor {
	c.Token, c.TokenAt = "", time.Time{}
	c.Restarts = min(c.Restarts+1, maxRestarts)
	return c
}

// worn reports whether the window was begun again too often in a short time.
func (c cursor) worn(now time.Time) bool {
	return c.Restarts >= maxRestarts && now.Sub(c.TokenAt) < settled
}

// next is the cursor after a page: the next page, or the next window from the
// time up to which this one is complete. more tells whether it can be read now.
func (c cursor) next(token string, mark, now time.Time) (next cursor, more bool) {
	// Not later than our own clock says: a mark too early only repeats orders,
	// one too late would lose them.
	c.Mark = earliest(c.Mark, mark, c.Before, now)
	if token != "" {
		c.Token, c.TokenAt = token, now
		return c, true
	}
	next = cursor{Version: cursorVersion, After: c.After, Until: c.Until}
	if !c.Until.IsZero() && !c.Mark.Before(c.Until) {
		next.Done = true
		return next, false
	}
	if from := c.Mark.Add(-overlap); from.After(c.After) {
		next.After = from
	}
	return next, !c.Before.IsZero() && next.After.After(c.After)
}

// earliest is the earliest of the times that are set.
func earliest(times ...time.Time) time.Time {
	var first time.Time
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

// stamp writes a time as Amazon's query parameters want it.
func stamp(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }
