package custom

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// Options are the rules of a site.
type Options struct {
	Seed int64
	// LimitFactor scales the 60 calls a minute; 0 leaves them.
	LimitFactor float64
}

// Site is the API of one website. It is safe for concurrent use.
type Site struct {
	shop    *shop.Shop
	keys    keys
	limits  *shop.Limits
	rate    float64 // what the channel may ask for a second, 0: as documented
	handler http.Handler
	outbox  *shop.Outbox
	replays shop.Replays

	mu     sync.Mutex
	target string
	sent   int // numbers messages
}

type keys struct {
	token, webhook string
	seal           shop.Sealer
}

const perMinute = 60

// Traits are those of orders on the site.
func Traits() shop.Traits {
	return shop.Traits{Name: "custom", ID: orderID, Dress: dress, COD: 0.4, Returns: true, Refunds: true}
}

// orderID makes ids that sort as the orders came, as ULIDs do.
func orderID(r *rand.Rand, seq int) (id, number string) {
	return fmt.Sprintf("ord_%08d%04X", seq+1, r.IntN(1<<16)), "PLMW-" + strconv.Itoa(5001+seq)
}

// dress confirms orders that are paid at the door: there is nothing to wait
// for.
func dress(_ *rand.Rand, o *shop.Order) {
	if o.COD {
		o.Begin(order.Confirmed, "")
	}
	for i := range o.Lines {
		o.Lines[i].ID = fmt.Sprintf("ln_%d_%d", o.Seq+1, i+1)
	}
}

// New opens the API of a site over a shop.
func New(s *shop.Shop, opt Options) *Site {
	st := &Site{shop: s, keys: keys{
		token: "plmw_" + shop.Secret("custom", "token", opt.Seed), webhook: shop.StandardSecret("custom", opt.Seed),
		seal: shop.Sealer(shop.Secret("custom", "seal", opt.Seed)),
	}}
	st.limits = shop.NewLimits(map[string]shop.Rate{"api": {PerSecond: perMinute / 60.0, Burst: perMinute}}, opt.LimitFactor)
	if opt.LimitFactor > 1 {
		st.rate = math.Min(10_000, opt.LimitFactor*perMinute/60)
	}
	st.outbox = newOutbox(st)
	mux := http.NewServeMux()
	for route, handle := range map[string]http.HandlerFunc{
		"GET /crm/v1/orders":              st.list,
		"GET /crm/v1/orders/{id}":         st.get,
		"POST /crm/v1/orders/{id}/status": st.setStatus,
	} {
		mux.HandleFunc(route, st.signedIn(handle))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "not_found", "no such resource", nil)
	})
	st.handler = s.Gate(mux, func(w http.ResponseWriter, _ *http.Request, status int) {
		if status == http.StatusTooManyRequests {
			tooMany(w, time.Second)
			return
		}
		refuse(w, status, "internal", "something went wrong", nil)
	})
	return st
}

// Channel is the configuration that fits this site served at baseURL.
func (st *Site) Channel(baseURL string) (channel.Channel, channel.Secrets) {
	opt := map[string]string{}
	if st.rate > 0 {
		opt["rate"] = strconv.FormatFloat(st.rate, 'f', -1, 64)
	}
	return channel.Channel{
			ID: "custom-site", Platform: order.Organic, Adapter: "custom", Name: "Palmonas Studio", BaseURL: baseURL, Enabled: true,
			Interval: time.Minute, Options: opt,
		}, channel.Secrets{
			Credentials: map[string]string{"token": st.keys.token},
			Webhook:     []string{st.keys.webhook},
		}
}

// ServeHTTP answers a request.
func (st *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { st.handler.ServeHTTP(w, r) }

// signedIn checks the token and the rate before it lets a call run.
func (st *Site) signedIn(run http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || token != st.keys.token || st.shop.Faults().Revoked {
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, http.StatusUnauthorized, "unauthorized", "a valid bearer token is required", nil)
			return
		}
		if wait, ok := st.limits.Take("api", st.shop.Now()); !ok {
			tooMany(w, wait)
			return
		}
		run(w, r)
	}
}

func tooMany(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	refuse(w, http.StatusTooManyRequests, "rate_limited", fmt.Sprintf("at most %d requests a minute", perMinute), nil)
}

// refuse answers with the contract's error.
func refuse(w http.ResponseWriter, status int, code, message string, details any) {
	type fault struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Details any    `json:"details"`
	}
	shop.Reply(w, status, map[string]fault{"error": {code, message, details}})
}
