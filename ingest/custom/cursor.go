package custom

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	cursorVersion = 1
	// maxRestarts bounds how often a run begins again without coming further;
	// after a rest it may again.
	maxRestarts = 3
	restartRest = 10 * time.Minute
)

// cursor says where to read on.
type cursor struct {
	Version int `json:"v"`
	// Mark is the newest change read so far; a run begins an overlap before it.
	Mark time.Time `json:"mark,omitzero"`
	// From is where this run began, zero between runs; Token is the site's own
	// cursor of its next page.
	From  time.Time `json:"from,omitzero"`
	Token string    `json:"token,omitempty"`
	// Until bounds a run over a range.
	Until time.Time `json:"until,omitzero"`
	// Restarts counts how often in a row the site had forgotten the token.
	Restarts    int       `json:"restarts,omitempty"`
	RestartedAt time.Time `json:"restarted,omitzero"`
}

func parseCursor(text string) (cursor, error) {
	c := cursor{Version: cursorVersion}
	if text == "" {
		return c, nil
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return cursor{}, fmt.Errorf("custom: cursor: %w", err)
	}
	if c.Version != cursorVersion {
		return cursor{}, errors.New("custom: cursor: written by another version")
	}
	return c, nil
}

func (c cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		return "" // a year beyond 9999: read from the start
	}
	return string(b)
}

// Since makes a cursor that reads changes of since ≤ t < until.
func (a *Adapter) Since(since, until time.Time) string {
	c := cursor{Version: cursorVersion, From: since.UTC()}
	if !until.IsZero() {
		c.Until = until.UTC()
	}
	return c.String()
}

// begin sets where a run starts. A first run has no start, on all its pages.
func (c cursor) begin(overlap time.Duration) cursor {
	if c.Token == "" && c.From.IsZero() && !c.Mark.IsZero() {
		c.From = c.Mark.Add(-overlap)
	}
	return c
}

// worn reports whether the run began again too often in a short time.
func (c cursor) worn(now time.Time) bool {
	gone := now.Sub(c.RestartedAt)
	return c.Restarts >= maxRestarts && gone >= 0 && gone < restartRest
}

// restart begins the run again from what is read, without the token that
// leads nowhere.
func (c cursor) restart(now time.Time) cursor {
	if c.Restarts >= maxRestarts {
		c.Restarts = 0
	}
	c.Token, c.Restarts, c.RestartedAt = "", c.Restarts+1, now.UTC()
	if from := c.Mark.Add(-slack); from.After(c.From) {
		c.From = from
	}
	return c
}

// next is the cursor after a page that ends at a time of change. Times of the
// site's future do not move the mark: its clock may be put right later.
func (c cursor) next(last, now time.Time, token string, more bool) cursor {
	if last.After(now) {
		last = now.UTC()
	}
	if last.After(c.Mark) {
		c.Mark, c.Restarts, c.RestartedAt = last, 0, time.Time{}
	}
	if more {
		c.Token = token
		return c
	}
	if !c.Until.IsZero() {
		return cursor{Version: cursorVersion, Mark: c.Mark, From: c.Until, Until: c.Until}
	}
	return cursor{Version: cursorVersion, Mark: c.Mark}
}
