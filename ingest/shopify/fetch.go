package shopify

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

const (
	// perPage is the most that the API gives at once.
	perPage = 250
	// slack is how far a list may be out of order.
	slack = time.Minute
	// fields is what an answer shall hold: the whole of an order is several
	// times as large and full of personal data that nobody needs here.
	fields = "id,name,created_at,updated_at,processed_at,cancelled_at,cancel_reason,test,currency,taxes_included," +
		"total_price,total_line_items_price,total_discounts,total_tax,total_shipping_price_set,total_tip_received," +
		"original_total_duties_set,original_total_additional_fees_set,financial_status,fulfillment_status," +
		"payment_gateway_names,email,contact_email,phone,customer,billing_address,shipping_address,line_items," +
		"shipping_lines,fulfillments,refunds"
)

var errNoOrders = errors.New(`shopify: the answer holds no "orders"; check that the base URL is that of the store`)

// Fetch reads up to 250 orders, oldest change first. The store pages by time of
// change and id, so an order that changes meanwhile only moves to the end. A
// page that it no longer knows begins the run again where it was.
func (a *Adapter) Fetch(ctx context.Context, text string) (ingest.Page, error) {
	c, err := parseCursor(text)
	if err != nil {
		return ingest.Page{}, err
	}
	c = c.begin(a.set.overlap)
	seen := a.now()
	var answer struct {
		Orders []json.RawMessage `json:"orders"`
	}
	res, err := a.get(ctx, "orders", query(c), &answer)
	if c.Page != "" && forgotten(err) {
		return astray(ingest.Page{}, c, seen)
	}
	if err != nil {
		return ingest.Page{}, fmt.Errorf("shopify: list orders: %w", err)
	}
	if answer.Orders == nil {
		return ingest.Page{}, errNoOrders
	}
	page, last, err := a.page(answer.Orders, c.From, seen)
	if err != nil {
		return ingest.Page{}, err
	}
	next, err := nextPage(res.Header)
	if err != nil {
		return ingest.Page{}, err
	}
	if next != "" && next == c.Page {
		return astray(page, c.next(last, seen, next), seen)
	}
	page.Next, page.More = c.next(last, seen, next).String(), next != ""
	return page, nil
}

// query asks for a page. With page_info the store takes nothing else but limit
// and fields; without a status it would list open orders only.
func query(c cursor) url.Values {
	q := url.Values{"limit": {strconv.Itoa(perPage)}, "fields": {fields}}
	if c.Page != "" {
		q.Set("page_info", c.Page)
		return q
	}
	q.Set("status", "any")
	q.Set("order", "updated_at asc")
	if !c.From.IsZero() {
		q.Set("updated_at_min", c.From.UTC().Format(time.RFC3339))
	}
	if !c.Until.IsZero() {
		q.Set("updated_at_max", c.Until.UTC().Format(time.RFC3339))
	}
	return q
}

// astray begins the run again after a page whose successor cannot be had: the
// store forgot it, or names the page itself. What was read counts.
func astray(page ingest.Page, c cursor, seen time.Time) (ingest.Page, error) {
	if c.worn(seen) {
		return ingest.Page{}, fmt.Errorf("shopify: list orders: %w: again and again it does not know where its pages go on", ingest.ErrTemporary)
	}
	page.Next, page.More = c.restart(seen).String(), true
	return page, nil
}

// forgotten recognises the refusal of a page_info: nothing else of the request
// differs from that of the first page, which was answered.
func forgotten(err error) bool {
	var s *ingest.StatusError
	return errors.As(err, &s) && (s.Status == http.StatusBadRequest || s.Status == http.StatusUnprocessableEntity)
}

// page reads the records of a list, each on its own, and the newest time of
// change. It fails if the store did not do what was asked: to go on would lose
// orders.
func (a *Adapter) page(records []json.RawMessage, from, seen time.Time) (page ingest.Page, last time.Time, err error) {
	for _, raw := range records {
		h := headOf(raw)
		if !h.updated.IsZero() {
			switch {
			case !from.IsZero() && h.updated.Before(from.Add(-slack)):
				return ingest.Page{}, last, errors.New("shopify: the store ignores the filter by time of change (updated_at_min)")
			case h.updated.Before(last.Add(-slack)):
				return ingest.Page{}, last, errors.New("shopify: the store does not sort by time of change (order=updated_at)")
			case h.updated.After(last):
				last = h.updated
			}
		}
		r, err := a.normalise(raw, seen)
		switch {
		case errors.Is(err, errTest):
		case err != nil:
			page.Rejects = append(page.Rejects, ingest.Reject{PlatformOrderID: h.id, Reason: err.Error(), Payload: raw})
		default:
			page.Reports = append(page.Reports, r)
		}
	}
	return page, last, nil
}

// FetchOne reads one order; ErrGone also for an id that is no number, and for
// an order that the app may not see: those older than 60 days need the scope
// read_all_orders.
func (a *Adapter) FetchOne(ctx context.Context, platformOrderID string) (order.Report, error) {
	fail := func(err error) (order.Report, error) {
		return order.Report{}, fmt.Errorf("shopify: order %q: %w", platformOrderID, err)
	}
	if !isID(platformOrderID) {
		return fail(ingest.ErrGone)
	}
	seen := a.now()
	var answer struct {
		Order json.RawMessage `json:"order"`
	}
	_, err := a.get(ctx, "orders/"+platformOrderID, url.Values{"fields": {fields}}, &answer)
	if isGone(err) {
		return fail(ingest.ErrGone)
	}
	if err != nil {
		return fail(err)
	}
	r, err := a.normalise(answer.Order, seen)
	switch {
	case errors.Is(err, errTest):
		err = fmt.Errorf("%w: %w", ingest.ErrGone, err) // as the list leaves it out
	case err == nil && r.Ref.PlatformOrderID != platformOrderID:
		err = errors.New("the store answered with another order")
	}
	if err != nil {
		return fail(err)
	}
	return r, nil
}

// isID tells a number as the API makes them from anything else.
func isID(s string) bool {
	n, err := strconv.ParseUint(s, 10, 63)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == s
}

func isGone(err error) bool {
	var s *ingest.StatusError
	return errors.As(err, &s) && (s.Status == http.StatusNotFound || s.Status == http.StatusGone)
}
