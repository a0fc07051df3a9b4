package flipkart

import (
	"net/http"
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
	// LimitFactor scales the rate limit; 0 leaves it.
	LimitFactor float64
}

// Seller is the API as one seller's own application sees it. It is safe for
// concurrent use.
type Seller struct {
	shop    *shop.Shop
	keys    keys
	limits  *shop.Limits
	rate    string // what the channel may ask for a second; empty: the default
	handler http.Handler
	outbox  *shop.Outbox

	mu     sync.Mutex
	target string // address registered for notifications
}

type keys struct {
	appID, appSecret string
	seal             shop.Sealer
}

const (
	tokenLife = 5_183_999 * time.Second // as published
	prefix    = "/sellers"
)

// The rate is ours: Flipkart publishes none. It leaves room for a client that
// keeps to five calls a second.
var rates = map[string]shop.Rate{"api": {PerSecond: 10, Burst: 40}}

// New opens the API of an account over a shop.
func New(s *shop.Shop, opt Options) *Seller {
	se := &Seller{shop: s, limits: shop.NewLimits(rates, opt.LimitFactor)}
	if opt.LimitFactor > 1 {
		se.rate = "10000"
	}
	app := shop.Secret("flipkart", "app", opt.Seed)
	secret := shop.Secret("flipkart", "secret", opt.Seed)
	se.keys = keys{appID: app[:32], appSecret: secret[:36], seal: shop.Sealer(shop.Secret("flipkart", "seal", opt.Seed))}
	se.outbox = shop.NewOutbox(shop.OutboxOptions{Ordered: true, Forever: true, Timeout: 5 * time.Second,
		Ladder: shop.Ladder{time.Second, 5 * time.Second, 30 * time.Second, time.Minute}})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth-service/oauth/token", se.token)
	mux.HandleFunc("POST /oauth-service/oauth/token", se.token)
	for route, handle := range map[string]http.HandlerFunc{
		"POST /v3/shipments/filter":                   se.search,
		"GET /v3/shipments/filter":                    se.more,
		"GET /v3/shipments":                           se.read,
		"GET /v3/shipments/{ids}":                     se.details,
		"POST /v3/shipments/labels":                   se.write("status", maxBatch, se.pack),
		"POST /v3/shipments/cancel":                   se.write("status", maxBatch, se.cancel),
		"POST /v3/shipments/dispatch":                 se.dispatch,
		"POST /v3/shipments/selfShip/dispatch":        se.write("processingStatus", maxSelfShip, se.selfDispatch),
		"POST /v3/shipments/selfShip/delivery":        se.write("processingStatus", maxSelfShip, se.selfDelivery),
		"POST /v3/shipments/selfShip/deliveryAttempt": se.write("processingStatus", maxSelfShip, se.selfAttempt),
		"POST /v3/shipments/{id}/update":              se.updateTracking,
		"GET /v2/returns":                             se.returns,
	} {
		method, path, _ := strings.Cut(route, " ")
		mux.HandleFunc(method+" "+prefix+path, se.signedIn(handle))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "RESOURCE_NOT_FOUND", "no such resource")
	})
	se.handler = s.Gate(mux, func(w http.ResponseWriter, _ *http.Request, status int) {
		if status == http.StatusTooManyRequests {
			tooMany(w)
			return
		}
		refuse(w, status, "INTERNAL_ERROR", "something went wrong")
	})
	return se
}

// Channel is the configuration that fits this account served at baseURL.
func (se *Seller) Channel(baseURL string) (channel.Channel, channel.Secrets) {
	opt := map[string]string{}
	if at := se.shop.Oldest(); !at.IsZero() {
		opt["since"] = at.Add(-time.Hour).Format(time.RFC3339)
	}
	if se.rate != "" {
		opt["rate"] = se.rate
	}
	se.mu.Lock()
	if se.target != "" {
		opt["webhook_url"] = se.target
	}
	se.mu.Unlock()
	return channel.Channel{
		ID: "flipkart", Platform: order.Flipkart, Adapter: "flipkart-v3", Name: "Flipkart", BaseURL: baseURL, Enabled: true,
		Interval: time.Minute, Options: opt,
	}, channel.Secrets{Credentials: map[string]string{"app_id": se.keys.appID, "app_secret": se.keys.appSecret}}
}

// ServeHTTP answers a request.
func (se *Seller) ServeHTTP(w http.ResponseWriter, r *http.Request) { se.handler.ServeHTTP(w, r) }

// pass is what an access token carries.
type pass struct {
	Kind    string `json:"k"`
	Expires int64  `json:"e"`
}

// token gives an access token to the seller's own application.
func (se *Seller) token(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, code, text string) {
		shop.Reply(w, status, map[string]string{"error": code, "error_description": text})
	}
	id, secret, ok := r.BasicAuth()
	if !ok || id != se.keys.appID || secret != se.keys.appSecret || se.shop.Faults().Revoked {
		fail(http.StatusUnauthorized, "unauthorized", "Bad credentials")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	switch grant := r.FormValue("grant_type"); grant {
	case "client_credentials":
	case "":
		fail(http.StatusBadRequest, "invalid_request", "Missing grant type")
		return
	default:
		fail(http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type: "+grant)
		return
	}
	for scope := range strings.FieldsFuncSeq(r.FormValue("scope"), func(c rune) bool { return c == ',' || c == ' ' }) {
		if scope != "Seller_Api" && scope != "Default" {
			fail(http.StatusBadRequest, "invalid_scope", "Invalid scope: "+scope)
			return
		}
	}
	shop.Reply(w, http.StatusOK, map[string]any{
		"access_token": se.keys.seal.Seal(pass{"access", se.shop.Now().Add(tokenLife).Unix()}),
		"token_type":   "bearer", "expires_in": int(tokenLife / time.Second), "scope": "Seller_Api",
	})
}

// signedIn checks the token and the rate before it lets a call run.
func (se *Seller) signedIn(run http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var p pass
		kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		bad := se.keys.seal.Open(token, &p) != nil || p.Kind != "access" || se.shop.Now().Unix() >= p.Expires
		switch _, ok := se.limits.Take("api", se.shop.Now()); {
		case !strings.EqualFold(kind, "Bearer"):
			unauthorized(w, "unauthorized", "Full authentication is required to access this resource")
		case bad || se.shop.Faults().Revoked:
			unauthorized(w, "invalid_token", "Invalid access token")
		case !ok:
			tooMany(w)
		default:
			run(w, r)
		}
	}
}

func unauthorized(w http.ResponseWriter, code, text string) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="oauth2", error="`+code+`"`)
	shop.Reply(w, http.StatusUnauthorized, map[string]string{"error": code, "error_description": text})
}

func tooMany(w http.ResponseWriter) {
	refuse(w, http.StatusTooManyRequests, "TOO_MANY_REQUESTS", "request rate is too high")
}

// refuse answers with an error body as sellers report it.
func refuse(w http.ResponseWriter, status int, code, text string) {
	type fault struct {
		Severity    string `json:"severity"`
		Code        string `json:"code"`
		Description string `json:"description"`
	}
	shop.Reply(w, status, map[string][]fault{"errors": {{"ERROR", code, text}}})
}
