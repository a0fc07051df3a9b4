package blinkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	cursorVersion = 1
	firstHistory  = 30 * 24 * time.Hour
	// minOverlap is how far a run reads back over what the one before it read.
	minOverlap = 15 * time.Minute
	// maxRestarts bounds how often a dead page token is got over without any
	// progress.
	maxRestarts = 5
)

// cursor is where reading stands. Its JSON is what the desk saves.
type cursor struct {
	Version int `json:"v"`
	// Mark is the newest change read so far; a run begins an overlap before it.
	Mark time.Time `json:"mark,omitzero"`
	// From and Token are where the next page of this run begins; From is zero
	// between runs.
	From  time.Time `json:"from,omitzero"`
	Token string    `json:"token,omitempty"`
	// Until bounds a run over a range.
	Until    time.Time `json:"until,omitzero"`
	Restarts int       `json:"restarts,omitempty"`
}

// Since makes a cursor for orders changed from since on and, unless it is zero,
// before until.
func (p *Platform) Since(since, until time.Time) string {
	return cursor{Version: cursorVersion, From: since, Until: until}.String()
}

func (c cursor) String() string {
	for _, t := range []*time.Time{&c.Mark, &c.From, &c.Until} {
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
	c := cursor{Version: cursorVersion}
	if text != "" {
		c = cursor{}
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			return cursor{}, fmt.Errorf("cursor: %w", err)
		}
		if c.Version != cursorVersion || c.Restarts < 0 {
			return cursor{}, errors.New("cursor: written by another version")
		}
	}
	switch {
	case !c.From.IsZero():
	case !c.Mark.IsZero():
		c.From = c.Mark.Add(-p.set.overlap)
	case !p.set.since.IsZero():
		c.From = p.set.since
	default:
		c.From = p.now().Add(-firstHistory)
	}
	// The list knows whole seconds.
	c.From = c.From.Truncate(time.Second)
	return c, nil
}

func (c cursor) query() listQuery {
	q := listQuery{from: c.From, to: c.Until, size: pageSize, token: c.Token}
	if frac := q.to.Sub(q.to.Truncate(time.Second)); !q.to.IsZero() && frac > 0 {
		q.to = q.to.Truncate(time.Second).Add(time.Second)
	}
	return q
}

// next is the cursor after a page whose records changed at times, and whether
// another page waits. Pages are cut by time: an order that changes meanwhile
// moves to the end of the list, and a numbered page would then skip another. A
// token is followed only where a second fills a page, or where the list is not
// in the promised order.
func (c cursor) next(times []time.Time, token string, now time.Time) (cursor, bool) {
	last, sorted := c.From, true
	for i, t := range times {
		sorted = sorted && (i == 0 || !t.Before(times[i-1]))
		if t.After(last) {
			last = t
		}
	}
	// Times of the platform's future do not move the mark: its clock may be put
	// right later.
	if mark := last; len(times) > 0 {
		if mark.After(now) {
			mark = now.UTC()
		}
		if mark.After(c.Mark) {
			c.Mark = mark
		}
	}
	if token == "" {
		return c.end(), false
	}
	// The second of the last change is read again: more of it may follow.
	if from := last.Truncate(time.Second).Add(-time.Second); sorted && from.After(c.From) {
		c.From, c.Token, c.Restarts = from, "", 0
	} else {
		c.Token = token
	}
	return c, true
}

// end is the cursor between runs. A range stays at its end.
func (c cursor) end() cursor {
	if !c.Until.IsZero() {
		c.Token = ""
		return c
	}
	return cursor{Version: cursorVersion, Mark: c.Mark, From: c.emptyFrom()}
}

// emptyFrom is where a channel that had no order yet goes on: at its start.
func (c cursor) emptyFrom() time.Time {
	if c.Mark.IsZero() {
		return c.From
	}
	return time.Time{}
}

// restart begins again without a token that the platform no longer knows.
func (c cursor) restart() cursor {
	c.Token = ""
	c.Restarts++
	return c
}
