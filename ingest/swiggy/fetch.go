package swiggy

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// Fetch reads one window of changes, or one page of it, and then the orders
// that changed in it. A window that does not fit a page yields an empty page
// whose cursor cuts it. Changes from before Swiggy's lists begin are told as a
// reject, once, for a person to fetch them otherwise.
func (p *Platform) Fetch(ctx context.Context, text string) (ingest.Page, error) {
	c, err := p.parseCursor(text)
	if err != nil {
		return ingest.Page{}, fmt.Errorf("swiggy: %w", err)
	}
	now := p.now()
	c, gap := c.begin(now, p.set.overlap)
	if c.Done {
		if !gap.IsZero() {
			return ingest.Page{}, fmt.Errorf("swiggy: list orders: Swiggy lists changes of the last %d days only", lookback/(24*time.Hour))
		}
		return ingest.Page{Next: c.String()}, nil
	}
	list, err := p.changes(ctx, c, pageSize)
	if c.Next != "" && slices.Contains([]int{400, 404, 410, 422}, refusedStatus(err)) {
		if c.Restarts >= maxRestarts {
			return ingest.Page{}, fmt.Errorf("swiggy: list orders: %w: it keeps rejecting its own page links", ingest.ErrTemporary)
		}
		return ingest.Page{Next: c.restart().String(), More: true}, nil
	}
	if err != nil {
		return ingest.Page{}, fmt.Errorf("swiggy: list orders: %w", err)
	}
	var page ingest.Page
	if !gap.IsZero() {
		page.Rejects = append(page.Rejects, ingest.Reject{Reason: fmt.Sprintf(
			"changes since %s could not be listed in full: Swiggy looks back %d days; fetch single orders by their id or import Swiggy's report",
			gap.UTC().Format(time.RFC3339), lookback/(24*time.Hour))})
	}
	if list.next != "" {
		if shorter, ok := c.cut(); ok {
			page.Next, page.More = shorter.String(), true
			return page, nil
		}
	}
	if err := p.complete(ctx, list.ids, &page); err != nil {
		return ingest.Page{}, fmt.Errorf("swiggy: read listed orders: %w", err)
	}
	next, more := c.next(list.next, len(list.ids), list.served, now, p.set.overlap)
	page.Next, page.More = next.String(), more
	return page, nil
}

type changeList struct {
	ids    []string
	next   string
	served time.Time
}

// changes reads one page of ids.
func (p *Platform) changes(ctx context.Context, c cursor, size int) (changeList, error) {
	id := newRequestID()
	body := changesBody{
		Context: requestContext{id}, Merchant: p.set.merchant, Stores: p.set.stores,
		From: c.From.UnixMilli(), To: c.To.UnixMilli(), Sort: "ASC", Size: size,
	}
	if c.Next != "" {
		body.Next = &c.Next
	}
	var answer changesAnswer
	head, err := p.callHead(ctx, message{path: changesPath, id: id, body: body}, &answer)
	if err != nil {
		return changeList{}, err
	}
	if answer.IDs == nil {
		// Taking it for an empty page would move the cursor past orders.
		return changeList{}, fmt.Errorf("%w: it sent no list of orders", ingest.ErrTemporary)
	}
	list := changeList{next: string(answer.Next)}
	if list.next != "" && list.next == c.Next {
		return changeList{}, fmt.Errorf("%w: a page leads back to itself", ingest.ErrTemporary)
	}
	for _, id := range answer.IDs {
		if !slices.Contains(list.ids, string(id)) {
			list.ids = append(list.ids, string(id))
		}
	}
	list.served, _ = http.ParseTime(head.Get("Date"))
	return list, nil
}

// complete reads the orders of a list, each once, oldest change first. One that
// Swiggy lists and then does not know is set aside.
func (p *Platform) complete(ctx context.Context, ids []string, page *ingest.Page) error {
	usable := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !idPattern.MatchString(id) })
	if n := len(ids) - len(usable); n > 0 {
		page.Rejects = append(page.Rejects, ingest.Reject{Reason: fmt.Sprintf("%d listed orders without a usable id", n)})
	}
	for part := range slices.Chunk(usable, batchSize) {
		raws, err := p.read(ctx, part)
		if err != nil {
			return err
		}
		missing := slices.Clone(part)
		for _, raw := range raws {
			id := idOf(raw)
			missing = slices.DeleteFunc(missing, func(m string) bool { return m == id })
			r, err := p.normalise(raw)
			if err != nil {
				page.Rejects = append(page.Rejects, ingest.Reject{PlatformOrderID: id, Reason: err.Error(), Payload: raw})
				continue
			}
			page.Reports = append(page.Reports, r)
		}
		for _, id := range missing {
			page.Rejects = append(page.Rejects, ingest.Reject{PlatformOrderID: id, Reason: "Swiggy lists this order as changed but does not send it"})
		}
	}
	slices.SortStableFunc(page.Reports, func(a, b order.Report) int { return a.At.Compare(b.At) })
	return nil
}

// read reads up to batchSize orders.
func (p *Platform) read(ctx context.Context, ids []string) ([]json.RawMessage, error) {
	id := newRequestID()
	var answer readAnswer
	body := readBody{Context: requestContext{id}, Merchant: p.set.merchant, IDs: ids}
	if err := p.call(ctx, message{path: readPath, id: id, body: body}, &answer); err != nil {
		return nil, err
	}
	if answer.Orders == nil {
		return nil, fmt.Errorf("%w: it sent no list of orders", ingest.ErrTemporary)
	}
	return answer.Orders, nil
}

// idPattern is what an order id may look like; others never leave here.
var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$`)

// FetchOne reads one order; an id that Swiggy does not know is ingest.ErrGone.
func (p *Platform) FetchOne(ctx context.Context, id string) (order.Report, error) {
	raw, err := p.one(ctx, id)
	var r order.Report
	if err == nil {
		r, err = p.normalise(raw)
	}
	if err != nil {
		return order.Report{}, fmt.Errorf("swiggy: read order: %w", err)
	}
	return r, nil
}

func (p *Platform) one(ctx context.Context, id string) (json.RawMessage, error) {
	if !idPattern.MatchString(id) {
		return nil, ingest.ErrGone
	}
	raws, err := p.read(ctx, []string{id})
	if refusedStatus(err) == http.StatusNotFound {
		return nil, ingest.ErrGone
	}
	if err != nil {
		return nil, err
	}
	for _, raw := range raws {
		if idOf(raw) == id {
			return raw, nil
		}
	}
	return nil, ingest.ErrGone
}
