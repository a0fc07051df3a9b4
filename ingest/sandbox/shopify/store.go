package shopify

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
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
	// LimitFactor scales the buckets of REST and GraphQL; 0 leaves them.
	LimitFactor float64
	// Scopes are what the app was granted, separated by commas; empty for
	// reading and writing orders of any age. Without read_all_orders those
	// older than 60 days are hidden.
	Scopes string
}

// Store is the Admin API as one app sees it. It is safe for concurrent use.
type Store struct {
	shop    *shop.Shop
	keys    keys
	scopes  []string
	limits  *shop.Limits
	points  *points
	rate    string
	handler http.Handler
	outbox  *shop.Outbox

	mu     sync.Mutex
	hooks  []*webhook
	serial int
}

type keys struct {
	clientID, clientSecret string
	token                  string // of an app made in the admin, for good
	seal                   shop.Sealer
}

const (
	domain    = "palmonas.myshopify.com"
	allScopes = "read_orders,write_orders,read_all_orders,write_merchant_managed_fulfillment_orders,read_locations,read_returns"
	tokenLife = 86_399 * time.Second
	bucket    = 40 // calls, of which leak a second:
	leak      = 2
)

// versions are those in support at the time; an older one is answered with
// the oldest.
var versions = [...]string{"2025-10", "2026-01", "2026-04", "2026-07", "2026-10", "unstable"}

// kolkata is the zone of the shop.
var kolkata = time.FixedZone("Asia/Kolkata", 5*3600+1800)

// New opens the API of a store over a shop.
func New(s *shop.Shop, opt Options) *Store {
	if opt.Scopes == "" {
		opt.Scopes = allScopes
	}
	st := &Store{shop: s, serial: 1_300_000_000_000, scopes: strings.Split(opt.Scopes, ","), keys: keys{
		clientID: shop.Secret("shopify", "client", opt.Seed)[:32], clientSecret: "shpss_" + shop.Secret("shopify", "secret", opt.Seed)[:32],
		token: "shpat_" + shop.Secret("shopify", "token", opt.Seed)[:32], seal: shop.Sealer(shop.Secret("shopify", "seal", opt.Seed)),
	}}
	st.limits = shop.NewLimits(map[string]shop.Rate{"rest": {PerSecond: leak, Burst: bucket}}, opt.LimitFactor)
	st.points = newPoints(opt.LimitFactor)
	if opt.LimitFactor > 1 {
		st.rate = strconv.FormatFloat(math.Min(10_000, opt.LimitFactor*leak), 'f', -1, 64)
	}
	st.outbox = st.newOutbox()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /admin/oauth/access_token", st.exchange)
	const base = "/admin/api/{version}/"
	mux.HandleFunc("POST "+base+"graphql.json", st.graphql)
	for route, handle := range st.routes() {
		method, path, _ := strings.Cut(route, " ")
		mux.HandleFunc(method+" "+base+path, st.signedIn(handle))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { notFound(w) })
	st.handler = s.Gate(jsonPaths(mux), func(w http.ResponseWriter, _ *http.Request, status int) {
		if status == http.StatusTooManyRequests {
			tooMany(w, 2*time.Second)
			return
		}
		refuse(w, status, "Internal Server Error")
	})
	return st
}

func (st *Store) routes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET shop":                                   st.getShop,
		"GET orders":                                 st.listOrders,
		"GET orders/count":                           st.countOrders,
		"GET orders/{id}":                            st.getOrder,
		"PUT orders/{id}":                            st.updateOrder,
		"POST orders/{id}/cancel":                    st.cancelOrder,
		"POST orders/{id}/close":                     st.archive(true),
		"POST orders/{id}/open":                      st.archive(false),
		"GET orders/{id}/transactions":               st.listTransactions,
		"POST orders/{id}/transactions":              st.createTransaction,
		"GET orders/{id}/refunds":                    st.listRefunds,
		"POST orders/{id}/refunds":                   st.createRefund,
		"POST orders/{id}/refunds/calculate":         st.calculateRefund,
		"GET orders/{id}/fulfillments":               st.listFulfillments,
		"GET orders/{id}/fulfillment_orders":         st.listFulfillmentOrders,
		"GET orders/{id}/fulfillments/{fid}/events":  st.listEvents,
		"POST orders/{id}/fulfillments/{fid}/events": st.createEvent,
		"GET fulfillment_orders/{fo}":                st.getFulfillmentOrder,
		"POST fulfillments":                          st.createFulfillment,
		"POST fulfillments/{fid}/cancel":             st.cancelFulfillment,
		"POST fulfillments/{fid}/update_tracking":    st.updateTracking,
		"GET webhooks":                               st.listWebhooks,
		"POST webhooks":                              st.createWebhook,
		"GET webhooks/count":                         st.countWebhooks,
		"GET webhooks/{id}":                          st.getWebhook,
		"PUT webhooks/{id}":                          st.updateWebhook,
		"DELETE webhooks/{id}":                       st.deleteWebhook,
		"GET locations":                              st.listLocations,
	}
}

// jsonPaths takes the .json off the end of a path, which a ServeMux cannot
// match behind a wildcard.
func jsonPaths(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/graphql.json") || !strings.HasSuffix(r.URL.Path, ".json") {
			next.ServeHTTP(w, r)
			return
		}
		u := *r.URL
		u.Path, u.RawPath = strings.TrimSuffix(u.Path, ".json"), ""
		plain := r.WithContext(r.Context())
		plain.URL = &u
		next.ServeHTTP(w, plain)
		r.Pattern = plain.Pattern // for the record of calls
	})
}

// Channel is the configuration that fits this store served at baseURL.
func (st *Store) Channel(baseURL string) (channel.Channel, channel.Secrets) {
	opt := map[string]string{}
	if st.rate != "" {
		opt["rate"] = st.rate
	}
	return channel.Channel{
			ID: "shopify", Platform: order.Organic, Adapter: "shopify", Name: domain, BaseURL: baseURL, Enabled: true,
			Interval: time.Minute, Options: opt,
		}, channel.Secrets{
			Credentials: map[string]string{"client_id": st.keys.clientID, "client_secret": st.keys.clientSecret},
			Webhook:     []string{st.keys.clientSecret},
		}
}

// ServeHTTP answers a request.
func (st *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) { st.handler.ServeHTTP(w, r) }

// nextID numbers webhooks and whatever else is made once.
func (st *Store) nextID() int {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.serial++
	return st.serial
}

// speak is the version in which a request is answered.
func speak(asked string) string {
	if slices.Contains(versions[:], asked) {
		return asked
	}
	return versions[0]
}

func tooMany(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.FormatFloat(math.Max(1, math.Ceil(wait.Seconds())), 'f', 1, 64))
	refuse(w, http.StatusTooManyRequests, "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service.")
}

// refuse answers with one of Shopify's three shapes of errors: a text, a map of
// lists or a list.
func refuse(w http.ResponseWriter, status int, errors any) {
	shop.Reply(w, status, object{"errors": errors})
}

func notFound(w http.ResponseWriter) { refuse(w, http.StatusNotFound, "Not Found") }

// invalid refuses one field.
func invalid(w http.ResponseWriter, field, message string) {
	refuse(w, http.StatusUnprocessableEntity, map[string][]string{field: {message}})
}

func (st *Store) getShop(w http.ResponseWriter, r *http.Request) {
	shop.Reply(w, http.StatusOK, object{"shop": pick(object{
		"id": shopID, "name": "Palmonas", "email": "hello@palmonas.example", "domain": "palmonas.example", "myshopify_domain": domain, "country_code": "IN",
		"country_name": "India", "currency": "INR", "iana_timezone": "Asia/Kolkata", "timezone": "(GMT+05:30) Asia/Kolkata", "taxes_included": true,
		"plan_name": "basic", "plan_display_name": "Basic", "primary_location_id": locationID,
	}, r.URL.Query().Get("fields"))})
}

func (st *Store) listLocations(w http.ResponseWriter, _ *http.Request) {
	shop.Reply(w, http.StatusOK, object{"locations": []object{{"id": locationID, "name": "Warehouse", "active": true, "country_code": "IN",
		"admin_graphql_api_id": gid("Location", locationID)}}})
}

// readJSON reads a body of at most 1 MiB; false when it refused the request.
func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(v)
	if err != nil && err.Error() != "EOF" { // an empty body asks for the defaults
		refuse(w, http.StatusBadRequest, map[string][]string{"base": {"The request body is not valid JSON of this resource"}})
		return false
	}
	return true
}

// looseID is an id as clients send it: a number, or its digits as a text, for
// languages whose numbers are too small for it.
type looseID int64

// UnmarshalJSON reads both.
func (id *looseID) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	*id = looseID(n)
	return err
}
