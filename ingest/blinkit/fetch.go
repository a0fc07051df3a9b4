package blinkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// errFilterIgnored says that the list does not keep what it was asked for.
var errFilterIgnored = errors.New("the list holds orders older than asked for; the server does not speak the expected contract")

// Fetch reads one page, oldest change first. A page token that Blinkit no
// longer accepts yields an empty page whose cursor begins anew.
func (p *Platform) Fetch(ctx context.Context, text string) (ingest.Page, error) {
	c, err := p.parseCursor(text)
	if err != nil {
		return ingest.Page{}, fmt.Errorf("blinkit: %w", err)
	}
	list, err := p.list(ctx, c.query())
	if c.Token != "" && slices.Contains([]int{400, 404, 410, 422}, refusedStatus(err)) {
		if c.Restarts >= maxRestarts {
			return ingest.Page{}, fmt.Errorf("blinkit: list orders: %w: it keeps rejecting its own page tokens", ingest.ErrTemporary)
		}
		return ingest.Page{Next: c.restart().String(), More: true}, nil
	}
	if err == nil && c.Token != "" && string(list.Next) == c.Token {
		err = fmt.Errorf("%w: a page leads back to itself", ingest.ErrTemporary)
	}
	if err != nil {
		return ingest.Page{}, fmt.Errorf("blinkit: list orders: %w", err)
	}
	var page ingest.Page
	var times []time.Time
	for _, raw := range list.Orders {
		r, err := p.normalise(raw)
		if err != nil {
			page.Rejects = append(page.Rejects, ingest.Reject{PlatformOrderID: idOf(raw), Reason: err.Error(), Payload: raw})
			if r.At, err = headOf(raw).UpdatedAt.time(); err != nil {
				continue
			}
		} else {
			page.Reports = append(page.Reports, r)
		}
		times = append(times, r.At)
	}
	if slices.ContainsFunc(times, func(t time.Time) bool { return t.Before(c.From.Add(-time.Second)) }) {
		return ingest.Page{}, fmt.Errorf("blinkit: list orders: %w", errFilterIgnored)
	}
	next, more := c.next(times, string(list.Next), p.now())
	page.Next, page.More = next.String(), more
	return page, nil
}

func (p *Platform) list(ctx context.Context, q listQuery) (listData, error) {
	var data listData
	if err := p.get(ctx, ordersPath+"?"+q.String(), &data); err != nil {
		return listData{}, err
	}
	if data.Orders == nil {
		// Taking it for an empty page would move the cursor past orders.
		return listData{}, fmt.Errorf("%w: it sent no list of orders", ingest.ErrTemporary)
	}
	return data, nil
}

// idPattern is what an order id may look like; others never leave here.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$`)

// FetchOne reads one order; an id that Blinkit does not know is ingest.ErrGone.
// A purchase order cannot be read again: ingest.ErrUntold.
func (p *Platform) FetchOne(ctx context.Context, id string) (order.Report, error) {
	if isPOID(id) {
		return order.Report{}, fmt.Errorf("blinkit: purchase order: %w", ingest.ErrUntold)
	}
	raw, err := p.one(ctx, id)
	var r order.Report
	if err == nil {
		r, err = p.normalise(raw)
	}
	if err != nil {
		return order.Report{}, fmt.Errorf("blinkit: read order: %w", err)
	}
	return r, nil
}

func (p *Platform) one(ctx context.Context, id string) (json.RawMessage, error) {
	if !idPattern.MatchString(id) {
		return nil, ingest.ErrGone
	}
	var data oneData
	err := p.get(ctx, orderPath(id), &data)
	if s := refusedStatus(err); s == http.StatusNotFound || s == http.StatusGone {
		return nil, ingest.ErrGone
	}
	if err == nil && idOf(data.Order) != id {
		err = fmt.Errorf("%w: it answered with another order", ingest.ErrTemporary)
	}
	return data.Order, err
}
