package amazon

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// Marketplace is the id of Amazon.in.
const Marketplace = "A21TJRUUN4KGV"

// Options are the rules of an account.
type Options struct {
	Seed int64
	// LimitFactor scales the documented rates; 0 leaves them.
	LimitFactor float64
	// Settle is how long an order takes to be listed, and so the least age of
	// a Before. 0 means the documented two minutes, negative means none.
	Settle time.Duration
	// AllTime lists orders older than two years too.
	AllTime bool
}

// Account is the API as one seller's app sees it. It is safe for concurrent
// use.
type Account struct {
	shop    *shop.Shop
	opt     Options
	limits  *shop.Limits
	keys    keys
	handler http.Handler
	calls   atomic.Uint64
	reports reports
}

// keys are what the app and the seller hold, and the key of our own tokens.
type keys struct {
	clientID, clientSecret, refresh string
	sign                            []byte
}

// Documented rates (Usage Plans and Rate Limits of each operation).
var usagePlans = map[string]shop.Rate{
	"searchOrders":         {PerSecond: 0.0056, Burst: 20},
	"getOrder":             {PerSecond: 0.5, Burst: 30},
	"shipmentConfirmation": {PerSecond: 2, Burst: 10},
	"createReport":         {PerSecond: 0.0167, Burst: 15},
	"getReport":            {PerSecond: 2, Burst: 15},
	"getReportDocument":    {PerSecond: 0.0167, Burst: 15},
}

// Traits are those of orders on Amazon.in.
func Traits() shop.Traits {
	return shop.Traits{Name: "amazon", ID: orderID, Dress: dress, COD: 0.35, ByPlatform: 0.3, Collected: 0.25}
}

var idPrefixes = [...]int{402, 403, 404, 405, 406, 407, 408, 171}

// orderID makes ids of 3, 7 and 7 digits; the last seven tell orders apart.
func orderID(r *rand.Rand, seq int) (id, number string) {
	id = fmt.Sprintf("%03d-%07d-%07d", idPrefixes[r.IntN(len(idPrefixes))], r.IntN(10_000_000), (seq*7_654_321+1_234_567)%10_000_000)
	return id, id
}

func dress(r *rand.Rand, o *shop.Order) {
	first := 10_000_000_000_000 + r.Int64N(80_000_000_000_000)
	for i := range o.Lines {
		o.Lines[i].ID = strconv.FormatInt(first+int64(i)*4, 10)
	}
}

// New opens the API of an account over a shop.
func New(s *shop.Shop, opt Options) *Account {
	if opt.Settle == 0 {
		opt.Settle = 2 * time.Minute
	}
	opt.Settle = max(opt.Settle, 0)
	a := &Account{shop: s, opt: opt, limits: shop.NewLimits(usagePlans, opt.LimitFactor), keys: newKeys(opt.Seed)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /auth/o2/token", a.token)
	mux.HandleFunc("GET /orders/2026-01-01/orders", a.operation("searchOrders", a.searchOrders))
	mux.HandleFunc("GET /orders/2026-01-01/orders/{orderId}", a.operation("getOrder", a.getOrder))
	mux.HandleFunc("POST /orders/v0/orders/{orderId}/shipmentConfirmation", a.operation("shipmentConfirmation", a.confirmShipment))
	mux.HandleFunc("POST /reports/2021-06-30/reports", a.operation("createReport", a.createReport))
	mux.HandleFunc("GET /reports/2021-06-30/reports/{id}", a.operation("getReport", a.getReport))
	mux.HandleFunc("GET /reports/2021-06-30/documents/{id}", a.operation("getReportDocument", a.getDocument))
	mux.HandleFunc("GET /files/{id}", a.file)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "NotFound", "The requested resource doesn't exist.", r.Method+" "+r.URL.Path)
	})
	a.handler = s.Gate(mux, func(w http.ResponseWriter, _ *http.Request, status int) {
		if status == http.StatusTooManyRequests {
			overQuota(w)
			return
		}
		refuse(w, status, "InternalFailure", "We encountered an internal error. Please try again.", "")
	})
	return a
}

func newKeys(seed int64) keys {
	secret := func(what string) string {
		sum := sha256.Sum256(fmt.Appendf(nil, "amazon sandbox %s %d", what, seed))
		return hex.EncodeToString(sum[:16])
	}
	return keys{
		clientID:     "amzn1.application-oa2-client." + secret("client"),
		clientSecret: "amzn1.oa2-cs.v1." + secret("secret"),
		refresh:      "Atzr|" + secret("refresh"),
		sign:         []byte(secret("sign")),
	}
}

// Channel is the configuration that fits this account served at baseURL.
func (a *Account) Channel(baseURL string) (channel.Channel, channel.Secrets) {
	a.reports.at(baseURL)
	return channel.Channel{
			ID: "amazon-in", Platform: order.Amazon, Adapter: "amazon-sp-api", Name: "Amazon.in", BaseURL: baseURL, Enabled: true,
			Interval: time.Minute,
			Options:  map[string]string{"marketplace_id": Marketplace, "token_url": baseURL + "/auth/o2/token"},
		}, channel.Secrets{Credentials: map[string]string{
			"client_id": a.keys.clientID, "client_secret": a.keys.clientSecret, "refresh_token": a.keys.refresh,
		}}
}

// ServeHTTP answers under the id of a request, as every answer of the API does.
func (a *Account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sum := sha256.Sum256(fmt.Appendf(a.keys.sign, "request %d", a.calls.Add(1)))
	h := hex.EncodeToString(sum[:16])
	w.Header().Set("X-Amzn-Requestid", h[:8]+"-"+h[8:12]+"-"+h[12:16]+"-"+h[16:20]+"-"+h[20:])
	a.handler.ServeHTTP(w, r)
}

// operation checks the token and the quota before it lets an operation run.
func (a *Account) operation(name string, run http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if why := a.checkToken(r.Header.Get("x-amz-access-token")); why != "" {
			refuse(w, http.StatusForbidden, "Unauthorized", "Access to requested resource is denied.", why)
			return
		}
		if rate, ok := a.limits.Rate(name); ok {
			w.Header().Set("X-Amzn-Ratelimit-Limit", strconv.FormatFloat(rate.PerSecond, 'f', -1, 64))
		}
		if _, ok := a.limits.Take(name, a.shop.Now()); !ok {
			overQuota(w)
			return
		}
		run(w, r)
	}
}

func overQuota(w http.ResponseWriter) {
	refuse(w, http.StatusTooManyRequests, "QuotaExceeded", "You exceeded your quota for the requested resource.", "")
}

// invalid answers 400 in the API's words.
func invalid(w http.ResponseWriter, format string, args ...any) {
	refuse(w, http.StatusBadRequest, "InvalidInput", "Invalid Input", fmt.Sprintf(format, args...))
}

func refuse(w http.ResponseWriter, status int, code, message, details string) {
	type fault struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Details string `json:"details"`
	}
	reply(w, status, map[string][]fault{"errors": {{code, message, details}}})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client went away; there is nobody to tell
}

// seal makes an opaque text that only this account can have written.
func (a *Account) seal(payload []byte) string {
	mac := hmac.New(sha256.New, a.keys.sign)
	mac.Write(payload)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(payload[:len(payload):len(payload)])[:len(payload)+12])
}

// unseal reads what seal wrote.
func (a *Account) unseal(text string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < 12 {
		return nil, false
	}
	payload := b[:len(b)-12]
	return payload, a.seal(payload) == text
}
