package blinkit

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

// relay is Blinkit's side of the assumed contract.
type relay struct {
	url string

	mu     sync.Mutex
	orders []map[string]any
	most   int // orders a page
	// lax takes every status and shows none of it in orders.
	lax   bool
	told  map[string]string // the last word by order
	once  map[string]string // bodies by idempotency key
	calls []string
	// hook may answer instead.
	hook func(w http.ResponseWriter, r *http.Request) bool
}

func bareRelay() *relay {
	return &relay{most: pageSize, told: map[string]string{}, once: map[string]string{}}
}

func newRelay(t testing.TB) *relay {
	s := bareRelay()
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.url = srv.URL
	return s
}

func secrets() channel.Secrets {
	whsec := func(fill string) string {
		return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(fill, 32)))
	}
	return channel.Secrets{Credentials: map[string]string{"api_key": "bk-api-s3cret"}, Webhook: []string{whsec("n"), whsec("o")}}
}

func testChannel(address string) channel.Channel {
	return channel.Channel{ID: "blinkit", Platform: order.Blinkit, Adapter: "blinkit", BaseURL: address,
		Options: map[string]string{"vendor_id": "V-77", "webhook_auth": authSigned}}
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
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p.(*Platform)
}

func (s *relay) put(id, word string, at time.Time) map[string]any {
	b, err := os.ReadFile("testdata/order.json")
	var o map[string]any
	if err == nil {
		err = json.Unmarshal(b, &o)
	}
	if err != nil {
		panic(err)
	}
	o["order_id"], o["status"], o["created_at"], o["updated_at"] = id, word, stamp(at.Add(-time.Minute)), stamp(at)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orders = append(slices.DeleteFunc(s.orders, func(x map[string]any) bool { return x["order_id"] == id }), o)
	return o
}

func (s *relay) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, r.Method+" "+r.URL.RequestURI())
	w.Header().Set("Content-Type", "application/json")
	if s.hook != nil && s.hook(w, r) {
		return
	}
	if r.Header.Get("Api-Key") != "bk-api-s3cret" || r.Header.Get("X-Vendor-Id") != "V-77" {
		fail(w, 401, "E001", "unknown key")
		return
	}
	id := strings.TrimPrefix(r.URL.Path, "/v1/orders/")
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/v1/orders":
		s.list(w, r)
	case r.Method == http.MethodGet:
		if o := s.find(id); o != nil {
			reply(w, map[string]any{"order": o})
			return
		}
		fail(w, 404, "E404", "no such order")
	case r.Method == http.MethodPost && strings.HasSuffix(id, "/status"):
		s.status(w, r, strings.TrimSuffix(id, "/status"))
	default:
		fail(w, 404, "E404", "no such path")
	}
}

func (s *relay) find(id string) map[string]any {
	if i := slices.IndexFunc(s.orders, func(o map[string]any) bool { return o["order_id"] == id }); i >= 0 {
		return s.orders[i]
	}
	return nil
}

func reply(w http.ResponseWriter, data any) {
	_ = json.NewEncoder(w).Encode(map[string]any{"success": true, "message": "ok", "timestamp": "2026-03-11T15:30:00+05:30", "data": data})
}

func fail(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"success": false, "message": message, "data": map[string]any{
		"errors": []any{map[string]any{"code": code, "message": message, "error_params": map[string]any{"n": 1}}}, "warnings": []any{}}})
}

func changed(o map[string]any) time.Time {
	at, _ := text(fmt.Sprint(o["updated_at"])).time()
	return at
}

func (s *relay) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	from, err := text(q.Get("updated_from")).time()
	size, serr := strconv.Atoi(q.Get("page_size"))
	if err != nil || serr != nil || size < 1 || size > pageSize {
		fail(w, 400, "E100", "validation failed")
		return
	}
	to, toErr := text(q.Get("updated_to")).time()
	var found []map[string]any
	for _, o := range s.orders {
		if at := changed(o); !at.Before(from) && (toErr != nil || at.Before(to)) {
			found = append(found, o)
		}
	}
	slices.SortStableFunc(found, func(a, b map[string]any) int {
		return cmp.Or(changed(a).Compare(changed(b)), cmp.Compare(fmt.Sprint(a["order_id"]), fmt.Sprint(b["order_id"])))
	})
	offset, filters := 0, q.Get("updated_from")+"~"+q.Get("updated_to")
	if token := q.Get("page_token"); token != "" {
		n, of, _ := strings.Cut(token, "@")
		if offset, err = strconv.Atoi(n); err != nil || of != filters {
			fail(w, 400, "E100", "page token is not valid")
			return
		}
	}
	size = min(size, s.most)
	end := min(offset+size, len(found))
	var next any
	if end < len(found) {
		next = fmt.Sprintf("%d@%s", end, filters)
	}
	reply(w, map[string]any{"orders": append([]map[string]any{}, found[min(offset, end):end]...), "next_page_token": next})
}

func (s *relay) status(w http.ResponseWriter, r *http.Request, id string) {
	body, _ := io.ReadAll(r.Body)
	key, o := r.Header.Get("X-Idempotency-Key"), s.find(id)
	var b statusBody
	switch before, again := s.once[key]; {
	case o == nil:
		fail(w, 404, "E404", "no such order")
		return
	case key == "" || json.Unmarshal(body, &b) != nil:
		fail(w, 400, "E100", "validation failed")
		return
	case again && before != string(body):
		fail(w, 422, "E202", "key was used for another body")
		return
	case again:
		s.told[id] = b.Status
		reply(w, map[string]any{})
		return
	}
	allowed := map[string][]string{"PLACED": {"ACCEPTED", "CANCELLED"}, "ACCEPTED": {"PACKED", "CANCELLED"}, "PACKED": {"DISPATCHED"}}
	if !s.lax && (o["fulfilled_by"] != "SELLER" || !slices.Contains(allowed[fmt.Sprint(o["status"])], b.Status)) {
		fail(w, 409, "E201", "transition not allowed")
		return
	}
	s.once[key], s.told[id] = string(body), b.Status
	if !s.lax {
		o["status"], o["updated_at"] = b.Status, stamp(changed(o).Add(time.Second))
	}
	reply(w, map[string]any{})
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
