package amazon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

const pageSize = 100 // the largest Amazon allows

type searchAnswer struct {
	Orders     []json.RawMessage `json:"orders"`
	Pagination struct {
		NextToken string `json:"nextToken"`
	} `json:"pagination"`
	LastUpdatedBefore string `json:"lastUpdatedBefore"`
}

// Fetch reads one page of the orders updated since the cursor. A page token
// that Amazon no longer accepts yields an empty page whose cursor begins the
// window again.
func (p *Platform) Fetch(ctx context.Context, text string) (ingest.Page, error) {
	c, err := p.parseCursor(text)
	if err != nil {
		return ingest.Page{}, fmt.Errorf("amazon: %w", err)
	}
	now := p.now()
	if c = c.window(now); c.Done {
		return ingest.Page{Next: c.String()}, nil
	}
	if p.wantsReport(c, now) {
		return p.fetchReport(ctx, c, now)
	}
	answer, err := p.search(ctx, c)
	var status *ingest.StatusError
	rejected := errors.As(err, &status) && status.Status == http.StatusBadRequest
	looping := err == nil && answer.Pagination.NextToken != "" && answer.Pagination.NextToken == c.Token
	if c.Token != "" && (rejected || looping) {
		if c.worn(now) {
			return ingest.Page{}, fmt.Errorf("amazon: list orders: %w: it keeps rejecting its own page tokens", ingest.ErrTemporary)
		}
		// Saving this cursor first keeps the second call from depending on the
		// first one: the list call may be forbidden for the next minutes.
		return ingest.Page{Next: c.restart().String(), More: true}, nil
	}
	if err != nil {
		return ingest.Page{}, fmt.Errorf("amazon: list orders: %w", err)
	}
	var page ingest.Page
	for _, raw := range answer.Orders {
		r, err := p.report(raw)
		if err != nil {
			page.Rejects = append(page.Rejects, ingest.Reject{PlatformOrderID: orderID(raw), Reason: err.Error(), Payload: raw})
			continue
		}
		page.Reports = append(page.Reports, r)
	}
	next, more := c.next(answer.Pagination.NextToken, answer.mark(c, page.Reports), now)
	page.Next, page.More = next.String(), more
	return page, nil
}

func (p *Platform) search(ctx context.Context, c cursor) (searchAnswer, error) {
	q := url.Values{
		"marketplaceIds":    {p.set.marketplace},
		"lastUpdatedAfter":  {stamp(c.After)},
		"maxResultsPerPage": {strconv.Itoa(pageSize)},
	}
	if !c.Before.IsZero() {
		q.Set("lastUpdatedBefore", stamp(c.Before))
	}
	if c.Token != "" {
		q.Set("paginationToken", c.Token)
	}
	var answer searchAnswer
	if err := p.read(ctx, opSearch, ordersPath, q, &answer); err != nil {
		return searchAnswer{}, err
	}
	if answer.Orders == nil {
		// Taking it for an empty page would move the cursor past orders.
		return searchAnswer{}, fmt.Errorf("%w: it sent a page without a list of orders", ingest.ErrTemporary)
	}
	return answer, nil
}

// mark is up to when the window is complete. An answer that does not say is
// complete up to the window's end or, without one, the newest order in it.
func (a searchAnswer) mark(c cursor, reports []order.Report) time.Time {
	if t, ok := instant(a.LastUpdatedBefore); ok {
		return t
	}
	if !c.Before.IsZero() {
		return c.Before
	}
	newest := c.After
	for _, r := range reports {
		if r.At.After(newest) {
			newest = r.At
		}
	}
	return newest
}

// FetchOne reads one order. An id that Amazon does not know is ingest.ErrGone.
func (p *Platform) FetchOne(ctx context.Context, id string) (order.Report, error) {
	raw, err := p.getOrder(ctx, id)
	if err != nil {
		return order.Report{}, fmt.Errorf("amazon: read order: %w", err)
	}
	r, err := p.report(raw)
	if err != nil {
		return order.Report{}, fmt.Errorf("amazon: read order %s: %w", id, err)
	}
	if r.Ref.PlatformOrderID != id {
		return order.Report{}, fmt.Errorf("amazon: read order %s: it answered another one", id)
	}
	return r, nil
}

func (p *Platform) getOrder(ctx context.Context, id string) (json.RawMessage, error) {
	if strings.Trim(id, ".") == "" {
		return nil, ingest.ErrGone // the path would be another one
	}
	var answer struct {
		Order json.RawMessage `json:"order"`
	}
	err := p.read(ctx, opOrder, ordersPath+"/"+url.PathEscape(id), nil, &answer)
	var status *ingest.StatusError
	switch {
	case errors.As(err, &status) && status.Status == http.StatusNotFound:
		return nil, fmt.Errorf("%s: %w", id, ingest.ErrGone)
	case err != nil:
		return nil, err
	case answer.Order == nil:
		return nil, fmt.Errorf("%w: it sent no order", ingest.ErrTemporary)
	}
	return answer.Order, nil
}
