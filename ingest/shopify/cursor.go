package shopify

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

const (
	cursorVersion = 1
	// maxRestarts bounds how often a run begins again without coming further;
	// after a rest it may again.
	maxRestarts = 3
	restartRest = 10 * time.Minute
	// maxPageInfo bounds the store's own cursor, in bytes.
	maxPageInfo = 4096
)

// cursor says where to read on.
type cursor struct {
	Version int `json:"v"`
	// Mark is the newest change read so far; a run begins an overlap before it.
	Mark time.Time `json:"mark,omitzero"`
	// From is where this run began, zero between runs; Page is the store's own
	// cursor of its next page, which lives a short while.
	From time.Time `json:"from,omitzero"`
	Page string    `json:"page,omitempty"`
	// Until bounds a run over a range.
	Until time.Time `json:"until,omitzero"`
	// Restarts counts how often in a row the store had forgotten the page.
	Restarts    int       `json:"restarts,omitempty"`
	RestartedAt time.Time `json:"restarted,omitzero"`
}

func parseCursor(text string) (cursor, error) {
	c := cursor{Version: cursorVersion}
	if text == "" {
		return c, nil
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return cursor{}, fmt.Errorf("shopify: cursor: %w", err)
	}
	if c.Version != cursorVersion {
		return cursor{}, errors.New("shopify: cursor: written by another version")
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

// Since makes a cursor that reads changes of since ≤ t ≤ until.
func (a *Adapter) Since(since, until time.Time) string {
	c := cursor{Version: cursorVersion, From: since.UTC().Truncate(time.Second)}
	if !until.IsZero() {
		c.Until = until.UTC()
	}
	return c.String()
}

// begin sets where a run starts. A first run has no start, on all its pages.
func (c cursor) begin(overlap time.Duration) cursor {
	if c.Page == "" && c.From.IsZero() && !c.Mark.IsZero() {
		c.From = c.Mark.Add(-overlap)
	}
	return c
}

// worn reports whether the run began again too often in a short time.
func (c cursor) worn(now time.Time) bool {
	gone := now.Sub(c.RestartedAt)
	return c.Restarts >= maxRestarts && gone >= 0 && gone < restartRest
}

// restart begins the run again from what is read, without the page that
// leads nowhere.
func (c cursor) restart(now time.Time) cursor {
	if c.Restarts >= maxRestarts {
		c.Restarts = 0
	}
	c.Page, c.Restarts, c.RestartedAt = "", c.Restarts+1, now.UTC()
	if from := c.Mark.Add(-slack); from.After(c.From) {
		c.From = from
	}
	return c
}

// next is the cursor after a page that ends at a time of change; page is the
// store's cursor of the next one, empty after the last. A time of the future
// does not move the mark.
func (c cursor) next(last, now time.Time, page string) cursor {
	if last.After(now) {
		last = now.UTC().Truncate(time.Second)
	}
	if last.After(c.Mark) {
		c.Mark, c.Restarts, c.RestartedAt = last, 0, time.Time{}
	}
	switch {
	case page != "":
		c.Page = page
		return c
	case !c.Until.IsZero():
		return cursor{Version: cursorVersion, Mark: c.Mark, From: c.Until, Until: c.Until}
	}
	return cursor{Version: cursorVersion, Mark: c.Mark}
}

// link is one part of a Link header: <address>; parameters.
var link = regexp.MustCompile(`<([^>]*)>([^<]*)`)

// nextPage is the page_info of the next page, empty after the last. Only that
// is taken from the address, so that an answer cannot lead the token elsewhere.
func nextPage(h http.Header) (string, error) {
	for _, part := range link.FindAllStringSubmatch(strings.Join(h.Values("Link"), ","), -1) {
		if !strings.Contains(strings.ReplaceAll(part[2], `"`, ""), "rel=next") {
			continue
		}
		u, err := url.Parse(part[1])
		if err != nil {
			return "", errors.New("shopify: the address of the next page cannot be read")
		}
		page := u.Query().Get("page_info")
		if page == "" || len(page) > maxPageInfo {
			return "", errors.New("shopify: the address of the next page has no usable page_info")
		}
		return page, nil
	}
	return "", nil
}
