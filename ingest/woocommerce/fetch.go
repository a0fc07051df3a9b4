package woocommerce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// cursor says where to read on.
type cursor struct {
	// Mark is the newest change read so far; a run begins an overlap before it.
	Mark time.Time `json:"mark,omitzero"`
	// After and Page are where the next page of this run begins; After is zero
	// between runs.
	After time.Time `json:"after,omitzero"`
	Page  int       `json:"page,omitempty"`
	// Until bounds a run over a range.
	Until time.Time `json:"until,omitzero"`
}

func parseCursor(text string) (cursor, error) {
	var c cursor
	if text == "" {
		return c, nil
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return c, fmt.Errorf("woocommerce: cursor: %w", err)
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
	// The store's filter leaves out the second it names [core].
	return cursor{After: since.UTC().Truncate(time.Second).Add(-time.Second), Until: until.UTC()}.String()
}

// stamp is a time as the API takes it together with dates_are_gmt.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05") }

// Fetch reads up to a hundred orders, oldest change first. The pages of a run
// are cut by time, not by number: an order that changes meanwhile moves to the
// end of the list, and numbered pages would then skip another. Only where one
// second fills a page does it turn to numbers.
func (a *Adapter) Fetch(ctx context.Context, text string) (ingest.Page, error) {
	c, err := parseCursor(text)
	if err != nil {
		return ingest.Page{}, err
	}
	if c.After.IsZero() && !c.Mark.IsZero() {
		c.After = c.Mark.Add(-a.overlap)
	}
	c.Page = max(c.Page, 1)
	seen := a.now()
	res, err := a.read(ctx, "orders", a.query(c))
	if beyondLastPage(err) {
		return ingest.Page{Next: c.end().String()}, nil
	}
	if err != nil {
		return ingest.Page{}, fmt.Errorf("woocommerce: list orders: %w", err)
	}
	var list []json.RawMessage
	if err := decode(res, &list); err != nil {
		return ingest.Page{}, fmt.Errorf("woocommerce: list orders: %w", err)
	}
	page, times := a.page(list, seen)
	if err := inOrder(times, c.After); err != nil {
		return ingest.Page{}, err
	}
	next, more := c.next(times, pages(res.Header, c.Page, len(list)), seen)
	page.Next, page.More = next.String(), more
	return page, nil
}

func (a *Adapter) query(c cursor) url.Values {
	q := url.Values{
		"orderby": {"modified"}, "order": {"asc"}, "per_page": {strconv.Itoa(perPage)}, "page": {strconv.Itoa(c.Page)},
		// Without it the store reads the times in its own zone [core].
		"dates_are_gmt": {"true"},
	}
	if !c.After.IsZero() {
		q.Set("modified_after", stamp(c.After))
	}
	if !c.Until.IsZero() {
		q.Set("modified_before", stamp(c.Until))
	}
	return q
}

// beyondLastPage recognises how some versions answer a page that does not
// exist; others send an empty list.
func beyondLastPage(err error) bool {
	var s *ingest.StatusError
	return errors.As(err, &s) && s.Status == http.StatusBadRequest && s.Code == "rest_post_invalid_page_number"
}

// pages reports whether another page follows: by the header, or where a proxy
// dropped it, by a full page.
func pages(h http.Header, page, records int) bool {
	if total, err := strconv.Atoi(h.Get("X-WP-TotalPages")); err == nil {
		return page < total && records > 0
	}
	return records >= perPage
}

// page reads the records of a list, each on its own, and the times of change
// of those that have one.
func (a *Adapter) page(list []json.RawMessage, seen time.Time) (ingest.Page, []time.Time) {
	var page ingest.Page
	var times []time.Time
	known := map[order.Ref]time.Time{}
	seenHere := map[string]bool{}
	for _, raw := range list {
		// A record that is there twice says nothing about the order of the list.
		if id, at := headOf(raw); !at.IsZero() && !seenHere[id] {
			seenHere[id] = id != ""
			times = append(times, at)
		}
		r, err := a.normalise(raw, seen)
		switch {
		case errors.Is(err, errBasket):
		case err != nil:
			page.Rejects = append(page.Rejects, ingest.Reject{PlatformOrderID: idOf(raw), Reason: err.Error(), Payload: raw})
		case known[r.Ref].Equal(r.At):
			// The same state twice on one page: paging overlapped.
		default:
			known[r.Ref] = r.At
			page.Reports = append(page.Reports, r)
		}
	}
	return page, times
}

// slack is how far a list may be out of order: some stores sort by local time,
// which an end of summer time repeats.
const slack = 2 * time.Hour

// inOrder makes sure that the store understood what was asked; one that does
// not would make the adapter lose orders.
func inOrder(times []time.Time, after time.Time) error {
	for i, t := range times {
		if !after.IsZero() && t.Before(after.Add(-slack)) {
			return errFilterIgnored
		}
		if i > 0 && t.Before(times[i-1].Add(-slack)) {
			return errors.New("woocommerce: the store does not sort by time of change (orderby=modified); it needs a newer WooCommerce")
		}
	}
	return nil
}

// next is the cursor after a page. Times of the store's future do not move the
// mark: its clock may be put right later.
func (c cursor) next(times []time.Time, more bool, now time.Time) (cursor, bool) {
	last := c.After
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	if mark := earlier(last, now.UTC().Truncate(time.Second)); mark.After(c.Mark) && len(times) > 0 {
		c.Mark = mark
	}
	if !more {
		return c.end(), false
	}
	// The second of the last change is read again: more of it may follow.
	if from := last.Add(-time.Second); len(times) > 0 && from.After(c.After) {
		c.After, c.Page = from, 1
	} else {
		c.Page++
	}
	return c, true
}

// end is the cursor between runs. A range stays at its end.
func (c cursor) end() cursor {
	if !c.Until.IsZero() {
		return c
	}
	return cursor{Mark: c.Mark}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
