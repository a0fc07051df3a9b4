package amazon

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// day is when the tests play.
var day = time.Date(2026, 3, 11, 10, 0, 0, 0, time.UTC)

// account is a seller account behind the token host and the API, as strict as
// the documentation.
type account struct {
	t   testing.TB
	url string

	mu        sync.Mutex
	clock     time.Time // Amazon's
	orders    []map[string]any
	tokens    map[string]bool   // access tokens in force
	pages     map[string]string // page token to "offset query"
	pageSize  int
	exchanges int
	calls     []url.URL
	bodies    [][]byte
	// hook may answer instead of the account.
	hook func(w http.ResponseWriter, r *http.Request) bool
}

func newAccount(t testing.TB) *account {
	a := &account{t: t, clock: day, tokens: map[string]bool{}, pages: map[string]string{}, pageSize: pageSize}
	srv := httptest.NewServer(a.handler())
	t.Cleanup(srv.Close)
	a.url = srv.URL
	return a
}

func (a *account) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /auth/o2/token", a.token)
	mux.HandleFunc("GET /orders/2026-01-01/orders", a.guarded(a.search))
	mux.HandleFunc("GET /orders/2026-01-01/orders/{id}", a.guarded(a.one))
	mux.HandleFunc("POST /orders/v0/orders/{id}/shipmentConfirmation", a.guarded(a.confirm))
	return mux
}

// platform is an adapter for the account whose clock is now's.
func (a *account) platform(now func() time.Time, options ...string) *Platform {
	a.t.Helper()
	cfg := a.config()
	cfg.Now = now
	for i := 0; i+1 < len(options); i += 2 {
		cfg.Channel.Options[options[i]] = options[i+1]
	}
	p, err := New(cfg)
	if err != nil {
		a.t.Fatal(err)
	}
	return p.(*Platform)
}

func (a *account) config() ingest.Config {
	return ingest.Config{
		Channel: channel.Channel{
			ID: "amazon-in", Platform: order.Amazon, Adapter: "amazon-sp-api", BaseURL: a.url + "/",
			Options: map[string]string{"token_url": a.url + "/auth/o2/token"},
		},
		Secrets: secrets(), HTTP: http.DefaultClient,
	}
}

func secrets() channel.Secrets {
	return channel.Secrets{Credentials: map[string]string{
		"client_id": "amzn1.client.7731", "client_secret": "s3cret", "refresh_token": "Atzr|refresh",
	}}
}

func (a *account) now() time.Time { return day }

func (a *account) token(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.exchanges++
	if a.hook != nil && a.hook(w, r) {
		return
	}
	if r.PostFormValue("grant_type") != "refresh_token" || r.PostFormValue("refresh_token") != "Atzr|refresh" ||
		r.PostFormValue("client_id") != "amzn1.client.7731" || r.PostFormValue("client_secret") != "s3cret" {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"The request has an invalid grant parameter : refresh_token"}`)
		return
	}
	token := fmt.Sprintf("Atza|%d", a.exchanges)
	a.tokens[token] = true
	_, _ = fmt.Fprintf(w, `{"access_token":%q,"refresh_token":"Atzr|refresh","token_type":"bearer","expires_in":3600}`, token)
}

func (a *account) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.calls = append(a.calls, *r.URL)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("x-amzn-RequestId", "test")
		if !a.tokens[r.Header.Get("x-amz-access-token")] || !strings.Contains(r.UserAgent(), "Language=Go") {
			refuse(w, http.StatusForbidden, "Unauthorized", "Access to requested resource is denied.")
			return
		}
		if a.hook != nil && a.hook(w, r) {
			return
		}
		if w.Header().Get("x-amzn-RateLimit-Limit") == "" {
			w.Header().Set("x-amzn-RateLimit-Limit", "5000")
		}
		next(w, r)
	}
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]string{"code": code, "message": message, "details": ""}}})
}

// search answers as documented: bounds at least two minutes old, a page token
// only with the parameters it was given for.
func (a *account) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	token := q.Get("paginationToken")
	after, err := time.Parse(time.RFC3339, q.Get("lastUpdatedAfter"))
	before := a.clock.Add(-2 * time.Minute)
	if text := q.Get("lastUpdatedBefore"); text != "" && err == nil {
		limit := before
		if before, err = time.Parse(time.RFC3339, text); err == nil && (before.After(limit) || before.Before(after)) {
			err = fmt.Errorf("bound")
		}
	}
	same := url.Values{"a": q["lastUpdatedAfter"], "b": q["lastUpdatedBefore"], "m": q["marketplaceIds"]}.Encode()
	offset := 0
	if token != "" && err == nil {
		var was, until string
		if _, err = fmt.Sscan(a.pages[token], &offset, &until, &was); err == nil && was != same {
			err = fmt.Errorf("token of another search")
		}
		if err == nil {
			before, err = time.Parse(time.RFC3339, until)
		}
	}
	if err != nil || q.Get("marketplaceIds") != marketplaceIndia || q.Get("maxResultsPerPage") == "" {
		refuse(w, http.StatusBadRequest, "InvalidInput", "Invalid Input")
		return
	}
	var found []map[string]any
	for _, o := range a.orders {
		at, _ := instant(o["lastUpdatedTime"].(string))
		if !at.Before(after) && at.Before(before) {
			found = append(found, asked(o, q.Get("includedData")))
		}
	}
	slices.SortFunc(found, func(x, y map[string]any) int {
		return strings.Compare(x["lastUpdatedTime"].(string)+x["orderId"].(string), y["lastUpdatedTime"].(string)+y["orderId"].(string))
	})
	answer := map[string]any{"orders": []any{}, "lastUpdatedBefore": stamp(before)}
	if offset < len(found) {
		answer["orders"] = found[offset:min(offset+a.pageSize, len(found))]
	}
	if offset+a.pageSize < len(found) {
		next := fmt.Sprintf("page%d", len(a.pages))
		a.pages[next] = fmt.Sprintf("%d %s %s", offset+a.pageSize, stamp(before), same)
		answer["pagination"] = map[string]string{"nextToken": next}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// asked leaves out what includedData does not name.
func asked(o map[string]any, data string) map[string]any {
	out := map[string]any{}
	for k, v := range o {
		group := map[string]string{"buyer": "BUYER", "recipient": "RECIPIENT", "proceeds": "PROCEEDS", "packages": "PACKAGES",
			"fulfillment": "FULFILLMENT", "payment": "PAYMENT"}[k]
		if group == "" || slices.Contains(strings.Split(data, ","), group) {
			out[k] = v
		}
	}
	return out
}

func (a *account) one(w http.ResponseWriter, r *http.Request) {
	for _, o := range a.orders {
		if o["orderId"] == r.PathValue("id") {
			_ = json.NewEncoder(w).Encode(map[string]any{"order": asked(o, r.URL.Query().Get("includedData"))})
			return
		}
	}
	refuse(w, http.StatusNotFound, "NotFound", "The requested resource doesn't exist.")
}

func (a *account) confirm(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.bodies = append(a.bodies, body)
	w.WriteHeader(http.StatusNoContent)
}

// put adds an order last updated at a time.
func (a *account) put(id string, at time.Time, more ...map[string]any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	o := map[string]any{
		"orderId": id, "createdTime": stamp(at), "lastUpdatedTime": stamp(at),
		"fulfillment": map[string]any{"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
		"orderItems": []any{map[string]any{"orderItemId": "1", "quantityOrdered": 2, "product": map[string]any{"sellerSku": "RING-7"},
			"fulfillment": map[string]any{"quantityFulfilled": 0, "quantityUnfulfilled": 2}}},
	}
	for _, m := range more {
		for k, v := range m {
			o[k] = v
		}
	}
	a.orders = append(a.orders, o)
}

// on sets the hook.
func (a *account) on(hook func(w http.ResponseWriter, r *http.Request) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hook = hook
}

// revoke ends every access token.
func (a *account) revoke() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.tokens)
}

func (a *account) counts() (exchanges, calls int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.exchanges, len(a.calls)
}

// drain reads until nothing waits and returns the ids in the order of arrival
// with the last cursor.
func drain(t testing.TB, p *Platform, from string) (ids []string, cursor string) {
	t.Helper()
	cursor = from
	for range 2000 {
		page, err := p.Fetch(context.Background(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Rejects) > 0 {
			t.Fatalf("rejects: %v", page.Rejects[0].Reason)
		}
		for _, r := range page.Reports {
			ids = append(ids, r.Ref.PlatformOrderID)
		}
		if cursor = page.Next; !page.More {
			return ids, cursor
		}
	}
	t.Fatal("reading does not end")
	return nil, ""
}

func distinct(ids []string) []string {
	out := slices.Clone(ids)
	slices.Sort(out)
	return slices.Compact(out)
}
