// Package custom reads orders from a website that speaks our own contract, and
// tells it statuses: a small REST API under crm/v1 and webhooks signed by the
// Standard Webhooks specification. It serves shops that are neither Shopify nor
// WooCommerce, and forwarders that we write ourselves. It knows that contract
// and nothing of storage.
package custom

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
	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
)

// Adapter is one website. It is safe for concurrent use.
type Adapter struct {
	client  *ingest.Client
	base    *url.URL
	token   string
	hooks   standardwebhook.Verifier
	now     func() time.Time
	overlap time.Duration
}

var (
	_ ingest.Build    = New
	_ ingest.Platform = (*Adapter)(nil)
	_ ingest.Pusher   = (*Adapter)(nil)
	_ ingest.Receiver = (*Adapter)(nil)
)

const (
	root = "crm/v1"
	// op is the one operation: the contract counts all calls together.
	op = "api"
	// defaultRate and burst stay within the 60 calls that the contract grants in
	// any minute: 0.9 · 60 + 5.
	defaultRate = 0.9
	burst       = 5
	maxRate     = 10_000
	// minOverlap is how far a run reads back over what the one before it read,
	// for orders whose change was written late.
	minOverlap = 10 * time.Minute
)

// New makes the adapter of a channel. Credential: token. Webhook secrets:
// whsec_…, two while one replaces the other. Option: rate (calls a second, for
// sites that grant more than 60 a minute). The base URL is the site's, or
// already that of its crm/v1. New reports every fault together and makes no
// call.
func New(cfg ingest.Config) (ingest.Platform, error) {
	a := &Adapter{
		token:   strings.TrimSpace(cfg.Secrets.Credentials["token"]),
		now:     cfg.Now,
		overlap: max(minOverlap, 2*cfg.Channel.Interval),
	}
	if a.now == nil {
		a.now = time.Now
	}
	var faults []error
	if a.token == "" {
		faults = append(faults, errors.New("credential token is missing"))
	}
	base, err := ingest.ParseAddress(cfg.Channel.BaseURL)
	switch {
	case err != nil:
		faults = append(faults, fmt.Errorf("base_url: %w", err))
	case strings.HasSuffix(base.Path, "/"+root):
		a.base = base
	default:
		a.base = base.JoinPath(root)
	}
	limit, err := readLimit(cfg.Channel.Options["rate"])
	if err != nil {
		faults = append(faults, err)
	}
	if a.hooks, err = standardwebhook.NewVerifier(cfg.Secrets.Webhook); err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("custom: %w", errors.Join(faults...))
	}
	a.client = ingest.NewClient(ingest.ClientOptions{
		HTTP: cfg.HTTP, Now: cfg.Now, Sleep: cfg.Sleep, Limits: map[string]ingest.Limit{op: limit},
	})
	return a, nil
}

func readLimit(text string) (ingest.Limit, error) {
	if text = strings.TrimSpace(text); text == "" {
		return ingest.Limit{Rate: defaultRate, Burst: burst}, nil
	}
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || !(rate > 0 && rate <= maxRate) {
		return ingest.Limit{}, fmt.Errorf("option rate %q: use calls a second, up to %d", text, maxRate)
	}
	return ingest.Limit{Rate: rate, Burst: max(burst, int(rate))}, nil
}

// get reads a path of the API into v.
func (a *Adapter) get(ctx context.Context, path string, q url.Values, v any) error {
	to := *a.base.JoinPath(path)
	to.RawQuery = q.Encode()
	res, err := a.client.Do(ctx, op, func(ctx context.Context) (*http.Request, error) {
		return a.request(ctx, http.MethodGet, to.String(), nil)
	})
	if err != nil {
		return err
	}
	return res.JSON(v)
}

func (a *Adapter) request(ctx context.Context, method, to string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(string(body)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+a.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// Check asks for the changes of this moment, at most one.
func (a *Adapter) Check(ctx context.Context) error {
	var answer listAnswer
	q := url.Values{"limit": {"1"}, "updated_since": {stamp(a.now())}}
	if err := a.get(ctx, "orders", q, &answer); err != nil {
		return fmt.Errorf("custom: %w", err)
	}
	if answer.Data == nil {
		return errNoData
	}
	return nil
}
