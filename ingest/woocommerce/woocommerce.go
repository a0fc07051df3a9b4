// Package woocommerce reads orders from a WooCommerce store and tells it
// statuses, through the REST API wc/v3. It knows that API and the ways in which
// real stores bend it, and nothing of storage.
//
// Sources: the WooCommerce REST API documentation and the source of its core.
// Doc comments say [core] for what the core's code does and [seen] for what
// stores in the wild were seen to do.
package woocommerce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// Adapter is one store. It is safe for concurrent use.
type Adapter struct {
	client  *ingest.Client
	base    *url.URL
	key     string
	secret  string
	hooks   []string
	inQuery bool // credentials in the query, for hosts that drop the Authorization header [seen]
	words   words
	now     func() time.Time
	overlap time.Duration
	rate    float64 // reading calls a second
	// currency is that of orders that name none.
	currency string
}

// perPage is the most that the API gives at once [core].
const perPage = 100

// defaultRate is how many calls a second a shop gets. The core has no limit;
// shared hosting does, and says so by failing [seen].
const defaultRate = 2

// minOverlap is how far a run reads back over what the one before it read:
// orders appear late where the store's own jobs are slow [seen].
const minOverlap = 15 * time.Minute

// New makes the adapter of a channel. Credentials: consumer_key and
// consumer_secret. Options: status_map (a JSON object from the store's own
// slugs to our statuses), completed_means (delivered, the default, or shipped),
// auth (header, the default, or query), currency (of orders that name none;
// INR), rate (reading calls a second, 2 by default). It reports every fault together.
func New(cfg ingest.Config) (ingest.Platform, error) {
	a := &Adapter{
		key:     strings.TrimSpace(cfg.Secrets.Credentials["consumer_key"]),
		secret:  strings.TrimSpace(cfg.Secrets.Credentials["consumer_secret"]),
		hooks:   slices.DeleteFunc(slices.Clone(cfg.Secrets.Webhook), func(s string) bool { return strings.TrimSpace(s) == "" }),
		now:     cfg.Now,
		overlap: max(minOverlap, 2*cfg.Channel.Interval),
	}
	if a.now == nil {
		a.now = time.Now
	}
	var faults []error
	if a.key == "" {
		faults = append(faults, errors.New("consumer_key is missing"))
	}
	if a.secret == "" {
		faults = append(faults, errors.New("consumer_secret is missing"))
	}
	var err error
	if a.base, err = baseURL(cfg.Channel.BaseURL); err != nil {
		faults = append(faults, err)
	}
	if err := a.configure(cfg.Channel.Options); err != nil {
		faults = append(faults, err)
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("woocommerce: %w", errors.Join(faults...))
	}
	a.client = ingest.NewClient(ingest.ClientOptions{
		HTTP: cfg.HTTP, Now: cfg.Now, Sleep: cfg.Sleep,
		Limits: map[string]ingest.Limit{opRead: {Rate: a.rate, Burst: max(4, int(a.rate))}, opWrite: {Rate: a.rate / 2, Burst: max(2, int(a.rate/2))}},
	})
	return a, nil
}

// The operations that are limited apart.
const (
	opRead  = "read"
	opWrite = "write"
)

func (a *Adapter) configure(o map[string]string) error {
	var faults []error
	switch o["auth"] {
	case "", "header":
	case "query":
		a.inQuery = true
	default:
		faults = append(faults, fmt.Errorf("auth %q: use header or query", o["auth"]))
	}
	a.rate = defaultRate
	if text := o["rate"]; text != "" {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n <= 0 || n > 10_000 {
			faults = append(faults, fmt.Errorf("rate %q: use calls a second, up to 10000", text))
		} else {
			a.rate = n
		}
	}
	a.currency = "INR"
	if c := strings.ToUpper(strings.TrimSpace(o["currency"])); c != "" {
		if _, err := order.ParseMoney("0", c); err != nil {
			faults = append(faults, fmt.Errorf("currency %q: use a code such as INR", c))
		}
		a.currency = c
	}
	var err error
	if a.words, err = newWords(o["status_map"], o["completed_means"]); err != nil {
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// baseURL completes the address of a shop to that of its API. An address that
// already names the API stays, also in the form of a shop without permalinks,
// https://shop/?rest_route=/wc/v3 [core]. Plain http is for this machine only:
// anywhere else the API would want signed requests and the data would be open.
func baseURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil, u.Host == "", u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("base_url is not the address of a shop")
	case u.User != nil:
		return nil, errors.New("base_url must not hold credentials")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, errors.New("base_url must begin with https://")
	}
	if u.Query().Get("rest_route") == "" && !strings.Contains(u.Path, "/wp-json/") {
		u = u.JoinPath("wp-json", "wc", "v3")
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// endpoint is the address of a path of the API, such as orders/727.
func (a *Adapter) endpoint(path string, q url.Values) string {
	u := *a.base
	params := u.Query()
	for k, v := range q {
		params[k] = v
	}
	if route := params.Get("rest_route"); route != "" {
		params.Set("rest_route", strings.TrimSuffix(route, "/")+"/"+path)
	} else {
		u = *u.JoinPath(path)
	}
	if a.inQuery {
		params.Set("consumer_key", a.key)
		params.Set("consumer_secret", a.secret)
	}
	u.RawQuery = params.Encode()
	return u.String()
}

// read calls the API. The body of a 2xx answer is JSON, see decode.
func (a *Adapter) read(ctx context.Context, path string, q url.Values) (ingest.Response, error) {
	return a.client.Do(ctx, opRead, func(ctx context.Context) (*http.Request, error) {
		return a.request(ctx, http.MethodGet, a.endpoint(path, q), "")
	})
}

func (a *Adapter) request(ctx context.Context, method, to, body string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(body))
	if err != nil {
		// The error would quote the address, and with it the credentials.
		return nil, errors.New("woocommerce: request cannot be made")
	}
	req.Header.Set("Accept", "application/json")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if !a.inQuery {
		req.SetBasicAuth(a.key, a.secret)
	}
	return req, nil
}

// Check reads one order, and makes sure that the store understands the filter
// by time of change, which older versions ignore without a word [seen]: asked
// for changes of the far future, it must have none.
func (a *Adapter) Check(ctx context.Context) error {
	res, err := a.read(ctx, "orders", url.Values{
		"per_page": {"1"}, "dates_are_gmt": {"true"}, "modified_after": {stamp(a.now().AddDate(10, 0, 0))},
	})
	if err != nil {
		return fmt.Errorf("woocommerce: %w", err)
	}
	var list []json.RawMessage
	if err := decode(res, &list); err != nil {
		return fmt.Errorf("woocommerce: %w", err)
	}
	if len(list) > 0 {
		return errFilterIgnored
	}
	return nil
}

var errFilterIgnored = errors.New("woocommerce: the store ignores the filter by time of change (modified_after); it needs a newer WooCommerce")

// FetchOne reads one order; ErrGone also for an id that is no number.
func (a *Adapter) FetchOne(ctx context.Context, platformOrderID string) (order.Report, error) {
	if _, err := strconv.ParseUint(platformOrderID, 10, 63); err != nil {
		return order.Report{}, fmt.Errorf("woocommerce: order %q: %w", platformOrderID, ingest.ErrGone)
	}
	seen := a.now()
	res, err := a.read(ctx, "orders/"+platformOrderID, nil)
	var status *ingest.StatusError
	if errors.As(err, &status) && status.Code != "rest_no_route" && (status.Status == http.StatusNotFound || status.Status == http.StatusGone) {
		return order.Report{}, fmt.Errorf("woocommerce: order %s: %w", platformOrderID, ingest.ErrGone)
	}
	if err != nil {
		return order.Report{}, fmt.Errorf("woocommerce: order %s: %w", platformOrderID, err)
	}
	var raw json.RawMessage
	if err := decode(res, &raw); err != nil {
		return order.Report{}, fmt.Errorf("woocommerce: order %s: %w", platformOrderID, err)
	}
	r, err := a.normalise(raw, seen)
	switch {
	case errors.Is(err, errBasket):
		err = ingest.ErrGone
	case err == nil && r.Ref.PlatformOrderID != platformOrderID:
		err = errors.New("the store answered with another order")
	}
	if err != nil {
		return order.Report{}, fmt.Errorf("woocommerce: order %s: %w", platformOrderID, err)
	}
	return r, nil
}
