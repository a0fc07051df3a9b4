// Package flipkart reads orders from Flipkart's Marketplace Seller API v3 and
// brings cancellations and self-shipped parcels back. It knows Flipkart's words
// and wire format and nothing of storage or pages.
//
// Flipkart's unit is the shipment; an order may have several, which move on
// their own. Every change therefore leads to reading all shipments of the order
// again, and a report always is of the whole order.
//
// Sources of the facts in this package: Flipkart's published API documentation
// (fk-api-platform-docs); what it leaves open is said where it is decided.
package flipkart

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

// Operation names, as keys of the client's limits.
const (
	opList = "list"
	opRead = "read"
	opPush = "push"
)

// limits are ours: Flipkart publishes none. A rate of zero is the default.
func limits(rate float64) map[string]ingest.Limit {
	each := ingest.Limit{Rate: 5, Burst: 10}
	if rate > 0 {
		each = ingest.Limit{Rate: rate, Burst: max(5, int(rate))}
	}
	return map[string]ingest.Limit{opList: each, opRead: each, opPush: each}
}

// Platform is one seller account. It is safe for concurrent use.
type Platform struct {
	set    settings
	client *ingest.Client
	tokens *ingest.Tokens
	now    func() time.Time
}

var (
	_ ingest.Build    = New
	_ ingest.Pusher   = (*Platform)(nil)
	_ ingest.Receiver = (*Platform)(nil)
)

// New makes the adapter of a channel. It makes no call and reports all faulty
// settings together.
//
// Credentials: app_id and app_secret of the seller's own ("self access")
// application. Options: since (RFC 3339, where the history starts; default 30
// days ago), webhook_url (the address registered with Flipkart, character by
// character; without it no notification is accepted), cancel_reason (default
// not_enough_inventory) and delivery_days (default 7), which Flipkart wants with
// cancellations and self-shipped parcels, and rate (calls a second of each kind;
// default 5, as Flipkart publishes no limit).
func New(cfg ingest.Config) (ingest.Platform, error) {
	set, err := readSettings(cfg)
	if err != nil {
		return nil, err
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	p := &Platform{
		set:    set,
		client: ingest.NewClient(ingest.ClientOptions{HTTP: cfg.HTTP, Limits: limits(set.rate), Now: now, Sleep: cfg.Sleep}),
		now:    now,
	}
	p.tokens = ingest.NewTokens(p.exchange, renewBefore, now)
	return p, nil
}

type settings struct {
	channel      string
	base         *url.URL
	appID        string
	appSecret    string
	hookSecrets  []string
	hookURL      string
	since        time.Time // zero: 30 days before the first call
	cancelReason string
	deliveryDays int
	rate         float64 // zero: not set
}

func readSettings(cfg ingest.Config) (settings, error) {
	var faults []error
	fault := func(format string, a ...any) { faults = append(faults, fmt.Errorf(format, a...)) }
	credential := func(name string) string {
		v := strings.TrimSpace(cfg.Secrets.Credentials[name])
		if v == "" {
			fault("credential %s is missing", name)
		}
		return v
	}
	option := func(name, fallback string) string {
		if v := strings.TrimSpace(cfg.Channel.Options[name]); v != "" {
			return v
		}
		return fallback
	}
	set := settings{
		channel: cfg.Channel.ID, appID: credential("app_id"), appSecret: credential("app_secret"),
		hookURL: option("webhook_url", ""), cancelReason: option("cancel_reason", "not_enough_inventory"),
	}
	var err error
	if set.base, err = ingest.ParseAddress(cfg.Channel.BaseURL); err != nil {
		fault("base_url: %w", err)
	}
	if text := option("since", ""); text != "" {
		if set.since, err = time.Parse(time.RFC3339, text); err != nil {
			fault("option since %q is not an RFC 3339 time", text)
		}
	}
	if text := option("rate", ""); text != "" {
		if set.rate, err = strconv.ParseFloat(text, 64); err != nil || !(set.rate > 0 && set.rate <= 10_000) {
			fault("option rate %q: use calls a second, up to 10000", text)
		}
	}
	if set.deliveryDays, err = strconv.Atoi(option("delivery_days", "7")); err != nil || set.deliveryDays < 1 || set.deliveryDays > 60 {
		fault("option delivery_days must be a number from 1 to 60")
	}
	// During a rotation notifications are signed with either secret.
	set.hookSecrets = append(set.hookSecrets, set.appSecret)
	for _, s := range cfg.Secrets.Webhook {
		if s = strings.TrimSpace(s); s == "" {
			fault("a webhook secret is empty")
		} else {
			set.hookSecrets = append(set.hookSecrets, s)
		}
	}
	if len(faults) > 0 {
		return settings{}, fmt.Errorf("flipkart: %w", errors.Join(faults...))
	}
	return set, nil
}

// Check proves the credentials with the smallest list call.
func (p *Platform) Check(ctx context.Context) error {
	now := p.now()
	body := listBody{Filter: listFilter{Type: preDispatch, Modified: &between{stamp(now.Add(-time.Minute)), stamp(now)}}, Pagination: pagination{1}}
	var answer listAnswer
	if err := p.post(ingest.Repeatable(ctx), opList, listPath, body, &answer); err != nil {
		return fmt.Errorf("flipkart: check: %w", err)
	}
	if answer.Shipments == nil {
		return fmt.Errorf("flipkart: check: %w: it sent no list of shipments", ingest.ErrTemporary)
	}
	return nil
}

// india is the zone Flipkart writes times in; India has had no other and no
// daylight saving since 1945.
func india() *time.Location { return time.FixedZone("IST", 5*3600+1800) }

// stamp writes a time as Flipkart does.
func stamp(t time.Time) string { return t.In(india()).Format("2006-01-02T15:04:05.000-07:00") }

// refusedStatus is the HTTP status of a request that the platform refused, 0
// for any other outcome.
func refusedStatus(err error) int {
	var s *ingest.StatusError
	if errors.As(err, &s) && s.Status/100 == 4 && s.Status != http.StatusRequestTimeout && s.Status != http.StatusTooEarly {
		return s.Status
	}
	return 0
}
