// Package shopify reads orders from a Shopify store and tells it statuses,
// through the REST Admin API. It knows that API and nothing of storage.
//
// REST rather than GraphQL: webhooks carry REST's order, so one reading of an
// order serves both, and whatever was changed by staff, by apps or by us is in
// it. What only GraphQL has, the state of a return, shows here once its items
// are booked as returned.
//
// Sources: Shopify's API documentation and the tests of its client libraries,
// version 2026-07.
package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

// Adapter is one store. It is safe for concurrent use.
type Adapter struct {
	set    settings
	client *ingest.Client
	tokens *ingest.Tokens // nil where the token is for good
	now    func() time.Time
}

var (
	_ ingest.Build    = New
	_ ingest.Platform = (*Adapter)(nil)
	_ ingest.Pusher   = (*Adapter)(nil)
	_ ingest.Receiver = (*Adapter)(nil)
)

// opAdmin is the one operation: a store counts all calls of an app together.
const opAdmin = "admin"

// New makes the adapter of a channel. The base URL is that of the store, such
// as https://palmonas.myshopify.com.
//
// Credentials: access_token, the permanent token of an app made in the admin;
// or client_id and client_secret of an app of the developer dashboard, which
// are exchanged for a token of a day. A client_secret given along with an
// access_token serves for webhooks alone.
//
// Options: api_version (2026-07), rate (calls a second, instead of the rate
// that the store announces), cod_gateways (names of gateways that collect at
// the door, separated by commas, besides those that say so), notify_customer
// (true lets Shopify mail the customer about what is pushed; false), test_orders
// (skip, the default, or keep).
//
// Webhook secrets: the client_secret is one by itself, others come from the
// channel. New reports every fault together and makes no call.
func New(cfg ingest.Config) (ingest.Platform, error) {
	set, err := readSettings(cfg)
	if err != nil {
		return nil, err
	}
	a := &Adapter{set: set, now: cfg.Now}
	if a.now == nil {
		a.now = time.Now
	}
	o := ingest.ClientOptions{
		HTTP: cfg.HTTP, Now: a.now, Sleep: cfg.Sleep,
		Limits: map[string]ingest.Limit{opAdmin: {Rate: standardRate, Burst: standardBurst}}, LearnRate: announcedRate,
	}
	if set.rate > 0 {
		o.Limits[opAdmin], o.LearnRate = ingest.Limit{Rate: set.rate, Burst: max(standardBurst, int(set.rate))}, nil
	}
	a.client = ingest.NewClient(o)
	if set.accessToken == "" {
		// A client of its own: trouble of the token host is not the API's.
		x := exchanger{client: ingest.NewClient(ingest.ClientOptions{HTTP: cfg.HTTP, Now: a.now, Sleep: cfg.Sleep}), set: set}
		a.tokens = ingest.NewTokens(x.token, renewBefore, a.now)
	}
	return a, nil
}

// The leaky bucket of a standard store: 40 calls, of which 2 a second leak.
// Larger plans have larger buckets that leak a twentieth a second as well.
const (
	standardRate  = 2
	standardBurst = 40
	bucketSeconds = 20
)

// announcedRate reads the size of the store's bucket from the header, used/size.
func announcedRate(_ string, h http.Header) (float64, bool) {
	_, text, _ := strings.Cut(h.Get("X-Shopify-Shop-Api-Call-Limit"), "/")
	size, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || size < bucketSeconds || size > 100_000 {
		return 0, false
	}
	return float64(size) / bucketSeconds, true
}

// Check reads one order, and makes sure that the store speaks the version that
// was asked for: it answers one that has expired with the oldest that it has.
func (a *Adapter) Check(ctx context.Context) error {
	var answer struct {
		Orders []json.RawMessage `json:"orders"`
	}
	res, err := a.get(ctx, "orders", url.Values{"status": {"any"}, "limit": {"1"}, "fields": {"id"}}, &answer)
	if err != nil {
		return fmt.Errorf("shopify: %w", err)
	}
	if answer.Orders == nil {
		return errNoOrders
	}
	if spoken := res.Header.Get("X-Shopify-API-Version"); spoken != "" && spoken != a.set.version {
		return fmt.Errorf("shopify: the store answers in API version %.20q instead of %s; set the option api_version to one that it has", spoken, a.set.version)
	}
	return nil
}
