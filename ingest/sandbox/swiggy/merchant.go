package swiggy

import (
	"encoding/json"
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

// Options are the rules of an account.
type Options struct {
	Seed int64
	// LimitFactor scales the ten calls a second; 0 leaves them.
	LimitFactor float64
}

// Merchant is the API as one merchant sees it. It is safe for concurrent use.
type Merchant struct {
	shop    *shop.Shop
	keys    keys
	limits  *shop.Limits
	rate    string
	handler http.Handler
	outbox  *shop.Outbox
	replays shop.Replays

	mu       sync.Mutex
	target   string
	sent     int
	failures []time.Time // of the last minute
	paused   time.Time   // until
}

type keys struct {
	token, merchant        string
	clientID, clientSecret string
	hook, standard         string
	seal                   shop.Sealer
}

// Days is how far back the relay lists changes.
const Days = 7

// storeCode is the merchant's one store.
const storeCode = "SWPLM01"

const tokenLife = time.Hour

// Traits are those of orders on Instamart: most are sold out of its own
// stores. A rider takes an order to the door; there is no parcel on its way.
func Traits() shop.Traits {
	return shop.Traits{Name: "swiggy", ID: orderID, Dress: dress, Next: next, COD: 0.15, ByPlatform: 0.7, Returns: true, Refunds: true}
}

func next(l *shop.Lot, o *shop.Order) bool {
	if o.Status == order.Shipped {
		l.Then(order.OutForDelivery, "", time.Second, time.Minute)
		return true
	}
	return shop.Quick{}.Next(l, o)
}

func orderID(_ *rand.Rand, seq int) (id, number string) {
	id = strconv.Itoa(200_000_000_000_001 + seq)
	return id, id
}

func dress(_ *rand.Rand, o *shop.Order) {
	if o.WholeRupees(); o.ByPlatform {
		o.Begin(order.Confirmed, "")
	}
	o.Shipping = 10_00 // packaging
	for i := range o.Lines {
		o.Lines[i].ID = "IT" + strconv.Itoa(o.Seq*10+i+1)
	}
}

// New opens the API of an account over a shop.
func New(s *shop.Shop, opt Options) *Merchant {
	secret := func(what string) string { return shop.Secret("swiggy", what, opt.Seed) }
	m := &Merchant{shop: s, keys: keys{token: "swg_" + secret("token"), merchant: "M-" + strings.ToUpper(secret("merchant")[:6]),
		clientID: secret("client")[:24], clientSecret: secret("secret"), hook: secret("hook"), standard: shop.StandardSecret("swiggy", opt.Seed),
		seal: shop.Sealer(secret("seal"))}}
	m.limits = shop.NewLimits(map[string]shop.Rate{"api": {PerSecond: 10, Burst: 20}}, opt.LimitFactor)
	if opt.LimitFactor > 1 {
		m.rate = strconv.FormatFloat(math.Min(10_000, opt.LimitFactor*10), 'f', -1, 64)
	}
	m.outbox = m.newOutbox()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/oauth/token", m.token)
	for route, handle := range map[string]handler{"changes": m.changes, "status": m.read, "update": m.update} {
		mux.HandleFunc("POST /v1/orders/"+route, m.signedIn(handle))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusNotFound, "INVALID_REQUEST", "no such resource")
	})
	m.handler = s.Gate(mux, func(w http.ResponseWriter, r *http.Request, status int) {
		if status == http.StatusTooManyRequests {
			tooMany(w, r, time.Second)
			return
		}
		refuse(w, r, status, "INTERNAL_SERVER_ERROR", "internal error")
	})
	return m
}

// Channel is the configuration that fits this account served at baseURL.
func (m *Merchant) Channel(baseURL string) (channel.Channel, channel.Secrets) {
	opt := map[string]string{"merchant_id": m.keys.merchant, "webhook_auth": "both"}
	if m.rate != "" {
		opt["rate"] = m.rate
	}
	return channel.Channel{
			ID: "swiggy", Platform: order.Swiggy, Adapter: "swiggy", Name: "Swiggy Instamart", BaseURL: baseURL, Enabled: true,
			Interval: time.Minute, Options: opt,
		}, channel.Secrets{
			Credentials: map[string]string{"token": m.keys.token},
			Webhook:     []string{m.keys.hook, m.keys.standard},
		}
}

// ServeHTTP answers a request, under the id that its client gave it.
func (m *Merchant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if id := r.Header.Get("X-Request-Id"); id != "" {
		w.Header().Set("X-Request-Id", id)
	}
	m.handler.ServeHTTP(w, r)
}

type object = map[string]any

// pass is what an exchanged token carries.
type pass struct {
	Expires int64 `json:"e"`
}

// token gives a token of an hour for client credentials.
func (m *Merchant) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	switch {
	case r.PostFormValue("grant_type") != "client_credentials":
		shop.Reply(w, http.StatusBadRequest, object{"error": "unsupported_grant_type"})
	case r.PostFormValue("client_id") != m.keys.clientID || r.PostFormValue("client_secret") != m.keys.clientSecret || m.shop.Faults().Revoked:
		shop.Reply(w, http.StatusUnauthorized, object{"error": "invalid_client"})
	default:
		shop.Reply(w, http.StatusOK, object{"access_token": m.keys.seal.Seal(pass{m.shop.Now().Add(tokenLife).Unix()}), "token_type": "bearer",
			"expires_in": int(tokenLife / time.Second)})
	}
}

func (m *Merchant) knows(token string) bool {
	if m.shop.Faults().Revoked {
		return false
	}
	var p pass
	return token == m.keys.token || m.keys.seal.Open(token, &p) == nil && m.shop.Now().Unix() < p.Expires
}

// request is what all bodies have.
type request struct {
	Context struct {
		ID string `json:"requestId"`
	} `json:"requestContext"`
	Merchant *string `json:"merchantId"`
	raw      []byte
}

// handler serves one operation; an answer is the content of "response", a
// fault the platform's no.
type handler func(r *http.Request, q request) (any, *fault)

type fault struct {
	status        int
	code, message string
}

func invalid(message string) *fault { return &fault{http.StatusBadRequest, "INVALID_REQUEST", message} }

// signedIn checks token, merchant and rate before it lets an operation run.
func (m *Merchant) signedIn(run handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !m.knows(token) || r.Header.Get("X-Merchant-Id") != m.keys.merchant {
			refuse(w, r, http.StatusUnauthorized, "UNAUTHORIZED", "the token or the merchant is not known")
			return
		}
		if wait, ok := m.limits.Take("api", m.shop.Now()); !ok {
			tooMany(w, r, wait)
			return
		}
		var q request
		var raw json.RawMessage
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&raw)
		if err == nil {
			err = json.Unmarshal(raw, &q)
		}
		q.raw = raw
		switch {
		case err != nil:
			refuse(w, r, http.StatusBadRequest, "INVALID_REQUEST", "the body is not valid JSON of this resource")
			return
		case q.Merchant != nil && *q.Merchant != m.keys.merchant:
			refuse(w, r, http.StatusBadRequest, "INVALID_REQUEST", "merchantId is not that of the header")
			return
		}
		answer, no := run(r, q)
		if no != nil {
			shop.Reply(w, no.status, object{"requestContext": object{"requestId": q.Context.ID}, "error": object{"errorCode": no.code, "message": no.message}})
			return
		}
		shop.Reply(w, http.StatusOK, object{"requestContext": object{"requestId": q.Context.ID}, "response": answer})
	}
}

// refuse answers before the body was read.
func refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	shop.Reply(w, status, object{"requestContext": object{"requestId": r.Header.Get("X-Request-Id")}, "error": object{"errorCode": code, "message": message}})
}

func tooMany(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	refuse(w, r, http.StatusTooManyRequests, "RATE_LIMITED", "at most 10 requests a second")
}
