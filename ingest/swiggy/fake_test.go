package swiggy

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

// start is when the tests play.
func start() time.Time { return time.Date(2026, 3, 11, 10, 0, 0, 0, time.UTC) }

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// relay is Swiggy's side of the assumed contract.
type relay struct {
	url string

	mu     sync.Mutex
	now    func() time.Time // nil: no lookback, no clock
	orders []map[string]any
	most   int // ids a page
	oauth  bool
	tokens map[string]bool
	given  int
	// lax takes every status and shows none of it in orders.
	lax   bool
	told  map[string]string // the last word by order
	once  map[string]string // bodies by idempotency key
	calls []string          // path and body
	// hook may answer instead.
	hook func(w http.ResponseWriter, r *http.Request, body []byte) bool
}

func bareRelay() *relay {
	return &relay{most: pageSize, tokens: map[string]bool{}, told: map[string]string{}, once: map[string]string{}}
}

func newRelay(t testing.TB) *relay {
	s := bareRelay()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

func webhookSecrets() []string {
	whsec := func(fill string) string {
		return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(fill, 32)))
	}
	return []string{whsec("n"), whsec("o")}
}

func secrets() channel.Secrets {
	return channel.Secrets{Credentials: map[string]string{"token": "sw-t0ken-static"}, Webhook: webhookSecrets()}
}

func oauthSecrets() channel.Secrets {
	return channel.Secrets{Credentials: map[string]string{"client_id": "sw-client-9", "client_secret": "sw-s3cret-9"}, Webhook: webhookSecrets()}
}

func testChannel(address string) channel.Channel {
	return channel.Channel{ID: "swiggy", Platform: order.Swiggy, Adapter: "swiggy", BaseURL: address,
		Options: map[string]string{"merchant_id": "M-77", "webhook_auth": authSigned}}
}

func (s *relay) platform(t testing.TB, now func() time.Time, options ...string) *Platform {
	t.Helper()
	cfg := ingest.Config{Channel: testChannel(s.url), Secrets: secrets(), Now: now, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	for i := 0; i+1 < len(options); i += 2 {
		cfg.Channel.Options[options[i]] = options[i+1]
	}
	if cfg.Channel.Options["webhook_auth"] == authKey {
		cfg.Secrets.Webhook = []string{"hook-key-1", "hook-key-2"}
	}
	if s.oauth {
		cfg.Secrets.Credentials = oauthSecrets().Credentials
	}
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p.(*Platform)
}

// put adds an order, or replaces the one with its id. words are orderState and
// fulfilmentState, with a slash between.
func (s *relay) put(id, words string, at time.Time) map[string]any {
	b, err := os.ReadFile("testdata/order.json")
	var o map[string]any
	if err == nil {
		err = json.Unmarshal(b, &o)
	}
	if err != nil {
		panic(err)
	}
	o["orderId"], o["createdAt"], o["updatedAt"] = id, at.Add(-time.Minute).UnixMilli(), at.UnixMilli()
	setWords(o, words)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders = append(slices.DeleteFunc(s.orders, func(x map[string]any) bool { return x["orderId"] == id }), o)
	return o
}

func setWords(o map[string]any, words string) {
	state, step, _ := strings.Cut(words, "/")
	o["orderState"], o["fulfilmentState"] = state, nil
	if step == refunded {
		o["payment"], step = map[string]any{"mode": "PREPAID", "state": refunded}, ""
	}
	if s, refund := strings.CutSuffix(step, "/"+refunded); refund {
		o["payment"], step = map[string]any{"mode": "PREPAID", "state": refunded}, s
	}
	if step != "" {
		o["fulfilmentState"] = step
	}
}

func (s *relay) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

func (s *relay) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/v1/oauth/token" {
		s.token(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	s.calls = append(s.calls, r.URL.Path+" "+string(body))
	if s.hook != nil && s.hook(w, r, body) {
		return
	}
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	var asked struct {
		Context requestContext `json:"requestContext"`
	}
	switch {
	case s.oauth && !s.tokens[bearer], !s.oauth && bearer != "sw-t0ken-static", r.Header.Get("X-Merchant-Id") != "M-77":
		fail(w, 401, "UNAUTHORIZED", "unknown token")
		return
	case json.Unmarshal(body, &asked) != nil, asked.Context.RequestID == "", asked.Context.RequestID != r.Header.Get("X-Request-Id"):
		fail(w, 400, "INVALID_REQUEST", "no requestId")
		return
	}
	switch r.URL.Path {
	case "/v1/orders/changes":
		s.changes(w, body)
	case "/v1/orders/status":
		s.status(w, body)
	case "/v1/orders/update":
		s.update(w, r, body)
	default:
		fail(w, 404, "NOT_FOUND", "no such path")
	}
}

func (s *relay) token(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("client_id") != "sw-client-9" || r.FormValue("client_secret") != "sw-s3cret-9" || r.FormValue("grant_type") != "client_credentials" {
		fail(w, 401, "UNAUTHORIZED", "unknown client")
		return
	}
	s.given++
	token := fmt.Sprintf("sw-token-%d", s.given)
	s.tokens[token] = true
	_, _ = fmt.Fprintf(w, `{"access_token":%q,"expires_in":3600}`, token)
}

func reply(w http.ResponseWriter, response any) {
	_ = json.NewEncoder(w).Encode(map[string]any{"requestContext": map[string]any{"requestId": "r"}, "response": response})
}

func fail(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"requestContext": map[string]any{"requestId": "r"}, "error": map[string]any{"errorCode": code, "message": message}})
}

func changed(o map[string]any) int64 {
	n, _ := strconv.ParseInt(fmt.Sprint(o["updatedAt"]), 10, 64)
	return n
}

func (s *relay) changes(w http.ResponseWriter, body []byte) {
	var q changesBody
	if json.Unmarshal(body, &q) != nil || q.Size < 1 || q.Size > pageSize || q.Merchant != "M-77" || q.Sort != "ASC" {
		fail(w, 400, "INVALID_REQUEST", "validation failed")
		return
	}
	if q.From >= q.To || q.To-q.From > maxSpan.Milliseconds() || s.now != nil && q.From < s.now().Add(-lookback).UnixMilli() {
		fail(w, 400, "INVALID_TIME_RANGE", "window of up to 24 h within 7 days")
		return
	}
	var found []map[string]any
	for _, o := range s.orders {
		if at := changed(o); at >= q.From && at < q.To {
			found = append(found, o)
		}
	}
	slices.SortStableFunc(found, func(a, b map[string]any) int {
		return cmp.Or(cmp.Compare(changed(a), changed(b)), cmp.Compare(fmt.Sprint(a["orderId"]), fmt.Sprint(b["orderId"])))
	})
	offset := 0
	if q.Next != nil {
		var err error
		if offset, err = strconv.Atoi(*q.Next); err != nil {
			fail(w, 400, "INVALID_REQUEST", "nextPage")
			return
		}
	}
	end := min(offset+min(q.Size, s.most), len(found))
	ids := []any{}
	for _, o := range found[min(offset, end):end] {
		ids = append(ids, o["orderId"])
	}
	var next any
	if end < len(found) {
		next = strconv.Itoa(end)
	}
	reply(w, map[string]any{"orderIds": ids, "nextPage": next})
}

func (s *relay) find(id string) map[string]any {
	if i := slices.IndexFunc(s.orders, func(o map[string]any) bool { return o["orderId"] == id }); i >= 0 {
		return s.orders[i]
	}
	return nil
}

func (s *relay) status(w http.ResponseWriter, body []byte) {
	var q readBody
	if json.Unmarshal(body, &q) != nil || len(q.IDs) == 0 || len(q.IDs) > batchSize {
		fail(w, 400, "INVALID_REQUEST", "orderIds")
		return
	}
	found := []any{}
	for _, id := range q.IDs {
		if o := s.find(id); o != nil {
			found = append(found, o)
		}
	}
	reply(w, map[string]any{"orders": found})
}

func (s *relay) update(w http.ResponseWriter, r *http.Request, body []byte) {
	var q updateBody
	key := r.Header.Get("X-Idempotency-Key")
	if json.Unmarshal(body, &q) != nil || key == "" || q.Action.Type == "" {
		fail(w, 400, "INVALID_REQUEST", "action")
		return
	}
	o, word := s.find(q.ID), q.Action.State+q.Action.Fulfilment
	switch before, again := s.once[key]; {
	case o == nil:
		fail(w, 404, "ORDER_NOT_FOUND", "order not found")
		return
	case again && before != string(body):
		fail(w, 400, "INVALID_REQUEST", "key was used for another body")
		return
	case !again && !s.lax && !takes(o, q.Action):
		fail(w, 400, "ACTION_NOT_ALLOWED", word+" is not allowed in this state")
		return
	case !again && !s.lax && word == accepted:
		o["orderState"] = accepted
	case !again && !s.lax:
		o["orderState"], o["fulfilmentState"] = inProgress, word
	}
	s.once[key], s.told[q.ID] = string(body), word
	reply(w, map[string]any{"orderId": q.ID, "version": 4})
}

// takes reports whether the contract allows a step.
func takes(o map[string]any, a action) bool {
	if o["fulfilledBy"] != "MERCHANT" {
		return false
	}
	switch {
	case a.Type == "ORDER_STATE_UPDATE":
		return a.State == accepted && o["orderState"] == placed
	case a.Fulfilment == packing:
		return o["fulfilmentState"] == nil && (o["orderState"] == accepted || o["orderState"] == inProgress)
	}
	return a.Fulfilment == packed && o["fulfilmentState"] == packing
}

// drain reads until nothing waits; the last report of each order is kept.
func drain(t testing.TB, p *Platform, cursor string) (map[string]order.Report, string) {
	t.Helper()
	got := map[string]order.Report{}
	for range 1000 {
		page, err := p.Fetch(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Rejects) > 0 {
			t.Fatalf("set aside: %s", page.Rejects[0].Reason)
		}
		for _, r := range page.Reports {
			got[r.Ref.PlatformOrderID] = r
		}
		if cursor = page.Next; !page.More {
			return got, cursor
		}
	}
	t.Fatal("reading does not end")
	return nil, ""
}
