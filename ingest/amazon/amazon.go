// Package amazon reads orders from Amazon's Selling Partner API (Orders
// 2026-01-01) and confirms shipments there. It knows Amazon's words and wire
// format and nothing of storage or pages; limits, retries and the breaker are
// ingest.Client's.
//
// Sources of the facts in this package: Amazon's published API models and
// notification schemas (amzn/selling-partner-api-models) and the SP-API
// guides.
package amazon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

// Operation names, as keys of the client's limits.
const (
	opSearch  = "searchOrders"
	opOrder   = "getOrder"
	opConfirm = "confirmShipment"

	opReport      = "createReport"
	opReportState = "getReport"
	opDocument    = "getReportDocument"
	opFile        = "document"
)

// limits are Amazon's published defaults, per seller and application.
func limits() map[string]ingest.Limit {
	return map[string]ingest.Limit{
		opSearch:  {Rate: 0.0056, Burst: 20},
		opOrder:   {Rate: 0.5, Burst: 30},
		opConfirm: {Rate: 2, Burst: 10},

		opReport:      {Rate: 0.0167, Burst: 15},
		opReportState: {Rate: 2, Burst: 15},
		opDocument:    {Rate: 0.0167, Burst: 15},
	}
}

// Platform is one seller account in one marketplace. It is safe for concurrent
// use.
type Platform struct {
	set      settings
	client   *ingest.Client
	files    *ingest.Client // of documents, which lie elsewhere
	tokens   *ingest.Tokens
	personal personal
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error
}

var (
	_ ingest.Build    = New
	_ ingest.Pusher   = (*Platform)(nil)
	_ ingest.Receiver = (*Platform)(nil)
)

// New makes the adapter of a channel. It makes no call and reports all faulty
// settings together.
//
// Credentials: client_id, client_secret and refresh_token of the application's
// authorisation. Options: marketplace_id (default A21TJRUUN4KGV, Amazon.in),
// token_url (default Amazon's own), since (RFC 3339, where the history starts;
// default 30 days ago), backfill (list or reports: where older orders come
// from). The webhook secrets, if any, are Standard Webhooks
// secrets of the forwarder that brings notifications here.
//
// With the option queue_url, the SQS queue that Amazon sends ORDER_CHANGE
// notifications to, and the credentials aws_access_key_id and
// aws_secret_access_key of a user who may receive and delete there, the platform
// is also an ingest.Listener.
func New(cfg ingest.Config) (ingest.Platform, error) {
	set, err := readSettings(cfg)
	if err != nil {
		return nil, err
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	// A client of its own: trouble of the token host is not the API's.
	lwa := newExchanger(set, ingest.NewClient(ingest.ClientOptions{HTTP: cfg.HTTP, Now: now, Sleep: cfg.Sleep}))
	p := &Platform{
		set: set,
		client: ingest.NewClient(ingest.ClientOptions{
			HTTP: cfg.HTTP, Limits: limits(), Levels: cfg.Levels, LearnRate: announcedRate, Now: now, Sleep: cfg.Sleep,
		}),
		files:  ingest.NewClient(ingest.ClientOptions{HTTP: cfg.HTTP, Now: now, Sleep: cfg.Sleep, MaxBody: maxReport / 2}),
		tokens: ingest.NewTokens(lwa.token, renewBefore, now),
		now:    now,
		sleep:  sleeper(cfg.Sleep),
	}
	if set.queue.url != "" {
		return &queued{p, newQueue(set.queue, cfg.HTTP)}, nil
	}
	return p, nil
}

func sleeper(given func(context.Context, time.Duration) error) func(context.Context, time.Duration) error {
	if given != nil {
		return given
	}
	return func(ctx context.Context, d time.Duration) error {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
			return nil
		}
	}
}

// announcedRate reads the rate that applies to this seller; it may differ from
// the published one. Amazon announces no burst.
func announcedRate(_ string, h http.Header) (float64, bool) {
	rate, err := strconv.ParseFloat(h.Get("x-amzn-RateLimit-Limit"), 64)
	if err != nil || !(rate > 0 && rate <= 10_000) {
		return 0, false
	}
	return rate, true
}

// Check proves the credentials, the marketplace and the role with the smallest
// list call. That call is scarce (one in three minutes), so when its limit is
// used up a single read stands in, which proves the credentials only.
func (p *Platform) Check(ctx context.Context) error {
	q := url.Values{
		"marketplaceIds":    {p.set.marketplace},
		"lastUpdatedAfter":  {stamp(p.now().Add(-time.Hour))},
		"maxResultsPerPage": {"1"},
	}
	var answer searchAnswer
	err := p.get(ctx, opSearch, ordersPath, q, &answer)
	var limit *ingest.LimitError
	if errors.As(err, &limit) {
		err = p.get(ctx, opOrder, ordersPath+"/000-0000000-0000000", nil, &struct{}{})
		var status *ingest.StatusError
		if errors.As(err, &status) && (status.Status == http.StatusNotFound || status.Status == http.StatusBadRequest) {
			return nil // Amazon let us in and knows no such order
		}
	}
	if err != nil {
		return fmt.Errorf("amazon: check: %w", err)
	}
	return nil
}
