package woo

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
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

// Options are the rules of a store.
type Options struct {
	Seed int64
}

// Store is the API of one shop. It is safe for concurrent use.
type Store struct {
	shop    *shop.Shop
	keys    keys
	handler http.Handler

	mu     sync.Mutex
	site   string // address by which clients reach the shop
	hooks  []*webhook
	serial int // ids of notes, refunds and webhooks
	nonces map[string]int64
}

// keys are a key pair with read and write permission, and the secret that
// webhooks made for us are signed with.
type keys struct{ consumer, secret, webhook string }

// kolkata is the zone of the site.
var kolkata = time.FixedZone("Asia/Kolkata", 5*3600+1800)

// Traits are those of orders on the brand's own site.
func Traits() shop.Traits {
	return shop.Traits{Name: "woo", ID: orderID, Dress: dress, COD: 0.55, Returns: true, Refunds: true}
}

// orderID numbers orders among the other posts of the site; the number that
// customers quote is another one, as plugins have it.
func orderID(_ *rand.Rand, seq int) (id, number string) {
	return strconv.Itoa(1207 + seq*3), "PLM-" + strconv.Itoa(10001+seq)
}

func dress(r *rand.Rand, o *shop.Order) {
	for i := range o.Lines {
		o.Lines[i].ID = strconv.Itoa(o.Seq*10 + i + 1)
	}
	if r.Float64() < 0.06 {
		o.Remark = "Please gift wrap, no bill in the box"
	}
	if r.Float64() < 0.2 {
		o.Meta = []shop.Meta{{ID: 700_000 + o.Seq, Key: "_wc_order_attribution", Value: map[string]any{"source_type": "utm", "utm_source": "instagram", "pages": 4}}}
	}
}

// New opens the API of a store over a shop.
func New(s *shop.Shop, opt Options) *Store {
	st := &Store{shop: s, keys: newKeys(opt.Seed), serial: 1000, nonces: map[string]int64{}, site: "http://localhost"}
	const base = "/wp-json/wc/v3"
	mux := http.NewServeMux()
	for route, handle := range map[string]http.HandlerFunc{
		"GET " + base:                                      st.index,
		"GET " + base + "/orders":                          st.listOrders,
		"POST " + base + "/orders":                         st.createOrder,
		"POST " + base + "/orders/batch":                   st.batchOrders,
		"GET " + base + "/orders/{id}":                     st.getOrder,
		"PUT " + base + "/orders/{id}":                     st.updateOrder,
		"POST " + base + "/orders/{id}":                    st.updateOrder,
		"PATCH " + base + "/orders/{id}":                   st.updateOrder,
		"DELETE " + base + "/orders/{id}":                  st.deleteOrder,
		"GET " + base + "/orders/{id}/notes":               st.listNotes,
		"POST " + base + "/orders/{id}/notes":              st.createNote,
		"GET " + base + "/orders/{id}/refunds":             st.listRefunds,
		"POST " + base + "/orders/{id}/refunds":            st.createRefund,
		"GET " + base + "/orders/{id}/shipment-trackings":  st.listTrackings,
		"POST " + base + "/orders/{id}/shipment-trackings": st.createTracking,
		"GET " + base + "/reports/orders/totals":           st.orderTotals,
		"GET " + base + "/webhooks":                        st.listWebhooks,
		"POST " + base + "/webhooks":                       st.createWebhook,
		"GET " + base + "/webhooks/{id}":                   st.getWebhook,
		"PUT " + base + "/webhooks/{id}":                   st.updateWebhook,
		"POST " + base + "/webhooks/{id}":                  st.updateWebhook,
		"DELETE " + base + "/webhooks/{id}":                st.deleteWebhook,
	} {
		mux.HandleFunc(route, st.signedIn(handle))
	}
	mux.HandleFunc("GET /wp-json/", func(w http.ResponseWriter, r *http.Request) {
		if strings.Trim(r.URL.Path, "/") != "wp-json" {
			noRoute(w, r)
			return
		}
		reply(w, http.StatusOK, map[string]any{"name": "Palmonas", "url": st.address(r), "timezone_string": "Asia/Kolkata",
			"gmt_offset": 5.5, "namespaces": []string{"wp/v2", "wc/v3"}})
	})
	mux.HandleFunc("/", noRoute)
	st.handler = s.Gate(mux, busy)
	return st
}

func newKeys(seed int64) keys {
	secret := func(what string) string {
		sum := sha256.Sum256(fmt.Appendf(nil, "woocommerce sandbox %s %d", what, seed))
		return hex.EncodeToString(sum[:20])
	}
	return keys{consumer: "ck_" + secret("consumer"), secret: "cs_" + secret("secret"), webhook: secret("webhook")}
}

// statusMap tells an order desk what this site's custom statuses mean.
const statusMap = `{"packed":"processing","shipped":"shipped","out-for-delivery":"out_for_delivery","returned":"returned"}`

// Channel is the configuration that fits this store served at baseURL.
func (st *Store) Channel(baseURL string) (channel.Channel, channel.Secrets) {
	return channel.Channel{
			ID: "website", Platform: order.Organic, Adapter: "woocommerce", Name: "palmonas.com", BaseURL: baseURL, Enabled: true,
			Interval: time.Minute, Options: map[string]string{"completed_means": "delivered", "status_map": statusMap, "rate": "1000"},
		}, channel.Secrets{
			Credentials: map[string]string{"consumer_key": st.keys.consumer, "consumer_secret": st.keys.secret},
			Webhook:     []string{st.keys.webhook},
		}
}

// ServeHTTP answers a request.
func (st *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	st.handler.ServeHTTP(w, r)
}

// address is the site's address as the client of a request sees it.
func (st *Store) address(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	prefix := ""
	if i := strings.Index(path, "/wp-json"); i > 0 {
		prefix = path[:i]
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.site = scheme + r.Host + prefix
	return st.site
}

// nextID numbers notes, refunds and webhooks.
func (st *Store) nextID() int {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.serial++
	return st.serial
}

func (st *Store) index(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{"namespace": "wc/v3", "routes": map[string]any{"/wc/v3/orders": map[string]any{"namespace": "wc/v3", "methods": []string{"GET", "POST"}}}})
}

// fault is WordPress's error body.
type fault struct {
	Code    string    `json:"code"`
	Message string    `json:"message"`
	Data    faultData `json:"data"`
}

type faultData struct {
	Status  int                    `json:"status"`
	Params  map[string]string      `json:"params,omitempty"`
	Details map[string]faultDetail `json:"details,omitempty"`
}

type faultDetail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data"`
}

func (f *fault) Error() string { return f.Code + ": " + f.Message }

func newFault(status int, code, message string) *fault {
	return &fault{Code: code, Message: message, Data: faultData{Status: status}}
}

var errInvalidID = newFault(http.StatusNotFound, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")

// badParam is a parameter that failed validation.
func badParam(name, code, message string) *fault {
	f := newFault(http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s): "+name)
	f.Data.Params = map[string]string{name: message}
	f.Data.Details = map[string]faultDetail{name: {Code: code, Message: message}}
	return f
}

func (f *fault) write(w http.ResponseWriter) { reply(w, f.Data.Status, f) }

func noRoute(w http.ResponseWriter, _ *http.Request) {
	newFault(http.StatusNotFound, "rest_no_route", "No route was found matching the URL and request method.").write(w)
}

// busy is how hosts answer for a shop that they throttle or that fails.
func busy(w http.ResponseWriter, _ *http.Request, status int) {
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
		newFault(status, "rest_too_many_requests", "Too many requests.").write(w)
		return
	}
	newFault(status, "internal_server_error", "<p>There has been a critical error on this website.</p>").write(w)
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client went away; there is nobody to tell
}
