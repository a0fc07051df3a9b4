package blinkit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// Options are the rules of an account.
type Options struct {
	Seed int64
	// LimitFactor scales the 60 calls a minute; 0 leaves them.
	LimitFactor float64
}

// Vendor is the API as one seller sees it. It is safe for concurrent use.
type Vendor struct {
	shop    *shop.Shop
	keys    keys
	limits  *shop.Limits
	rate    string
	handler http.Handler
	outbox  *shop.Outbox
	replays shop.Replays

	mu     sync.Mutex
	target string
	sent   int
	orders []*purchase
}

type keys struct {
	api      [2]string // two are valid while one replaces the other
	vendor   string
	hook     string // the key that we give Blinkit
	standard string
	seal     shop.Sealer
}

const perMinute = 60

// Traits are those of orders on Blinkit: most are sold out of its own stores,
// some are packed by the seller.
func Traits() shop.Traits {
	return shop.Traits{Name: "blinkit", ID: orderID, Dress: dress, Next: shop.Quick{Dispatched: true, Refunds: true}.Next, COD: 0.15, ByPlatform: 0.7,
		Returns: true, Refunds: true}
}

func orderID(_ *rand.Rand, seq int) (id, number string) {
	id = strconv.Itoa(800_000_001 + seq)
	return id, id
}

func dress(_ *rand.Rand, o *shop.Order) {
	if o.WholeRupees(); o.ByPlatform {
		o.Begin(order.Confirmed, "")
	}
	o.Shipping = 0 // the fee is Blinkit's own
	for i := range o.Lines {
		o.Lines[i].ID = strconv.Itoa(o.Seq*10 + i + 1)
	}
}

// New opens the API of an account over a shop.
func New(s *shop.Shop, opt Options) *Vendor {
	secret := func(what string) string { return shop.Secret("blinkit", what, opt.Seed) }
	v := &Vendor{shop: s, keys: keys{api: [2]string{secret("key"), secret("next key")}, vendor: "VND" + secret("vendor")[:6], hook: secret("hook"),
		standard: shop.StandardSecret("blinkit", opt.Seed), seal: shop.Sealer(secret("seal"))}}
	v.limits = shop.NewLimits(map[string]shop.Rate{"api": {PerSecond: perMinute / 60.0, Burst: perMinute}}, opt.LimitFactor)
	if opt.LimitFactor > 1 {
		v.rate = strconv.FormatFloat(math.Min(10_000, opt.LimitFactor*perMinute/60), 'f', -1, 64)
	}
	v.outbox = shop.NewOutbox(shop.OutboxOptions{Ladder: shop.Ladder{10 * time.Second, time.Minute, 10 * time.Minute}, Timeout: 5 * time.Second})
	mux := http.NewServeMux()
	for route, handle := range map[string]http.HandlerFunc{
		"GET /v1/orders":                             v.list,
		"GET /v1/orders/{id}":                        v.get,
		"POST /v1/orders/{id}/status":                v.setStatus,
		"POST /webhook/public/v1/po/acknowledgement": v.acknowledge,
		"POST /webhook/public/v1/asn":                v.notice,
		"POST /webhook/public/v1/po/amendment":       v.amend,
	} {
		mux.HandleFunc(route, v.signedIn(handle))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		v.refuse(w, http.StatusNotFound, "E404", "", "no such resource", nil)
	})
	v.handler = s.Gate(mux, func(w http.ResponseWriter, _ *http.Request, status int) {
		if status == http.StatusTooManyRequests {
			v.tooMany(w, time.Second)
			return
		}
		v.refuse(w, status, "E999", "", "internal error", nil)
	})
	return v
}

// Channel is the configuration that fits this account served at baseURL.
func (v *Vendor) Channel(baseURL string) (channel.Channel, channel.Secrets) {
	opt := map[string]string{"vendor_id": v.keys.vendor, "webhook_auth": "both", "gstin": "27AAAAA0000A1Z5", "hsn_code": "71171990"}
	if v.rate != "" {
		opt["rate"] = v.rate
	}
	if at := v.shop.Oldest(); !at.IsZero() {
		opt["since"] = at.Add(-time.Hour).Format(time.RFC3339)
	}
	return channel.Channel{
			ID: "blinkit", Platform: order.Blinkit, Adapter: "blinkit", Name: "Blinkit", BaseURL: baseURL, Enabled: true,
			Interval: time.Minute, Options: opt,
		}, channel.Secrets{
			Credentials: map[string]string{"api_key": v.keys.api[0]},
			Webhook:     []string{v.keys.hook, v.keys.standard},
		}
}

// ServeHTTP answers a request.
func (v *Vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) { v.handler.ServeHTTP(w, r) }

// signedIn checks the key and the rate before it lets a call run.
func (v *Vendor) signedIn(run http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(v.keys.api[:], r.Header.Get("Api-Key")) || r.Header.Get("X-Vendor-Id") != v.keys.vendor || v.shop.Faults().Revoked {
			v.refuse(w, http.StatusUnauthorized, "E001", "", "the Api-Key or the vendor is not known", nil)
			return
		}
		wait, ok := v.limits.Take("api", v.shop.Now())
		rate, _ := v.limits.Rate("api")
		w.Header().Set("X-RateLimit-Limit", strconv.Itoa(int(rate.PerSecond*60)))
		w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(v.limits.Level("api")))
		if !ok {
			v.tooMany(w, wait)
			return
		}
		run(w, r)
	}
}

func (v *Vendor) tooMany(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	v.refuse(w, http.StatusTooManyRequests, "E429", "", fmt.Sprintf("at most %d requests a minute", perMinute), nil)
}

type object = map[string]any

// kolkata is the zone of Blinkit's times.
var kolkata = time.FixedZone("Asia/Kolkata", 5*3600+1800)

func stamp(t time.Time) string { return t.In(kolkata).Format(time.RFC3339) }

func (v *Vendor) envelope(ok bool, message string, data any) object {
	return object{"success": ok, "message": message, "timestamp": stamp(v.shop.Now()), "data": data}
}

func (v *Vendor) reply(w http.ResponseWriter, data any) {
	shop.Reply(w, http.StatusOK, v.envelope(true, "ok", data))
}

// failure is an envelope with one error.
func (v *Vendor) failure(code, field, message string, params object) object {
	if params == nil {
		params = object{}
	}
	return v.envelope(false, message, object{"errors": []object{{"code": code, "field_name": field, "message": message, "description": "",
		"error_params": params}}, "warnings": []any{}})
}

func (v *Vendor) refuse(w http.ResponseWriter, status int, code, field, message string, params object) {
	shop.Reply(w, status, v.failure(code, field, message, params))
}
