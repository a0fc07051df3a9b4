package woocommerce

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

var (
	_ ingest.Counter = (*Adapter)(nil)
	_ ingest.Reader  = (*Adapter)(nil)
)

// Count is how many orders were placed from <= t < to, by the total that a list
// of one tells in its headers [core]. Baskets of the block checkout are in that
// list [core] and are no orders: they are counted and left out.
func (a *Adapter) Count(ctx context.Context, from, to time.Time) (int, error) {
	n, err := a.total(ctx, from, to, "any")
	if err != nil || n == 0 {
		return n, err
	}
	drafts, err := a.total(ctx, from, to, "checkout-draft")
	var status *ingest.StatusError
	if errors.As(err, &status) && status.Status == http.StatusBadRequest {
		return n, nil // a store without such a status has no order in it
	}
	return max(n-drafts, 0), err
}

func (a *Adapter) total(ctx context.Context, from, to time.Time, status string) (int, error) {
	res, err := a.read(ctx, "orders", url.Values{
		"per_page": {"1"}, "_fields": {"id"}, "status": {status}, "dates_are_gmt": {"true"},
		// Both bounds leave out the second they name [core].
		"after": {stamp(from.UTC().Truncate(time.Second).Add(-time.Second))}, "before": {stamp(to.UTC())},
	})
	if err != nil {
		return 0, fmt.Errorf("woocommerce: count orders: %w", err)
	}
	n, err := strconv.Atoi(res.Header.Get("X-WP-Total"))
	if err != nil || n < 0 {
		return 0, errors.New("woocommerce: count orders: the answer names no total; a proxy may drop the header X-WP-Total")
	}
	return n, nil
}

// Read makes a report of one record of a list.
func (a *Adapter) Read(payload []byte, seen time.Time) (order.Report, error) {
	r, err := a.normalise(payload, seen)
	if err != nil {
		return order.Report{}, fmt.Errorf("woocommerce: %w", err)
	}
	return r, nil
}
