package shopify

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
)

// at is an adapter in front of a handler.
func at(t *testing.T, h http.HandlerFunc) *Adapter {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	p, err := New(ingest.Config{Channel: testChannel(srv.URL), Secrets: testSecrets(), Now: testAdapter().now,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	return p.(*Adapter)
}

func rec(id, updated string) string {
	return `{"id":` + id + `,"financial_status":"paid","currency":"INR","total_price":"1.00","created_at":"2026-03-01T01:00:00Z","updated_at":"` + updated + `"}`
}

func list(records ...string) string { return `{"orders":[` + strings.Join(records, ",") + `]}` }

// look opens a cursor.
func look(t *testing.T, text string) cursor {
	t.Helper()
	c, err := parseCursor(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestForgottenPage(t *testing.T) {
	t.Parallel()
	var asked []string
	a := at(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		asked = append(asked, q.Get("updated_at_min")+"|"+q.Get("page_info"))
		switch {
		case q.Get("page_info") != "":
			fault(w, http.StatusBadRequest, "page_info: Invalid value.")
		case len(asked) == 1:
			w.Header().Set("Link", `<https://x.example/admin/orders.json?page_info=old>; rel="next"`)
			_, _ = io.WriteString(w, list(rec("1", "2026-03-11T10:00:00Z")))
		default:
			_, _ = io.WriteString(w, list(rec("1", "2026-03-11T10:00:00Z"), rec("2", "2026-03-11T11:00:00Z")))
		}
	})
	text, ids := a.Since(a.now().Add(-12*time.Hour), time.Time{}), map[string]bool{}
	for more, n := true, 0; more && n < 5; n++ {
		page, err := a.Fetch(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Reports {
			ids[r.Ref.PlatformOrderID] = true
		}
		text, more = page.Next, page.More
	}
	want := []string{"2026-03-11T00:00:00Z|", "|old", "2026-03-11T09:59:00Z|"}
	if diff := cmp.Diff(want, asked); diff != "" || !ids["1"] || !ids["2"] {
		t.Errorf("orders %v, requests (-want +got):\n%s", ids, diff)
	}
}

func TestPageForgottenAgainAndAgain(t *testing.T) {
	t.Parallel()
	a := at(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("page_info") != "" {
			fault(w, http.StatusBadRequest, "page_info: Invalid value.")
			return
		}
		w.Header().Set("Link", `<https://x.example/admin/orders.json?page_info=next>; rel="next"`)
		_, _ = io.WriteString(w, list(rec("1", "2026-03-11T10:00:00Z")))
	})
	text := ""
	for range 20 {
		page, err := a.Fetch(t.Context(), text)
		if err != nil {
			// Given up, for now: the cursor is not stuck.
			if c := look(t, text); !errors.Is(err, ingest.ErrTemporary) || c.worn(c.RestartedAt.Add(restartRest)) {
				t.Errorf("%v, %+v", err, c)
			}
			return
		}
		text = page.Next
	}
	t.Error("a store that knows no page is asked for ever")
}

// A store that names the page itself as the next one is read on by time, and not
// for ever.
func TestRepeatedNext(t *testing.T) {
	t.Parallel()
	a := at(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", `<https://x.example/?page_info=tok>; rel="next"`)
		if q := r.URL.Query(); q.Get("updated_at_min") == "" && q.Get("page_info") == "" {
			_, _ = io.WriteString(w, list(rec("1", "2026-03-11T10:00:00Z")))
			return
		}
		_, _ = io.WriteString(w, list(rec("2", "2026-03-11T10:30:00Z")))
	})
	text, ids := "", map[string]bool{}
	for range 20 {
		page, err := a.Fetch(t.Context(), text)
		if err != nil {
			if !errors.Is(err, ingest.ErrTemporary) || len(ids) != 2 {
				t.Errorf("%v, orders %v", err, ids)
			}
			return
		}
		for _, r := range page.Reports {
			ids[r.Ref.PlatformOrderID] = true
		}
		if text == page.Next {
			t.Fatal("the cursor does not move")
		}
		text = page.Next
	}
	t.Error("asked for ever")
}

func TestPagingFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, link, want string }{
		"no page_info":          {list(), `<https://x.example/?page=2>; rel="next"`, "page_info"},
		"too long a page_info":  {list(), `<https://x.example/?page_info=` + strings.Repeat("x", 5000) + `>; rel="next"`, "page_info"},
		"the filter is ignored": {list(rec("1", "2020-01-01T00:00:00Z")), "", "ignores the filter"},
		"not sorted":            {list(rec("1", "2026-03-11T11:00:00Z"), rec("2", "2026-03-11T10:30:00Z")), "", "does not sort"},
		"no orders":             {`{"data":[]}`, "", `"orders"`},
		"orders of no kind":     {`{"orders":{"a":1}}`, "", "unexpected answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := at(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Link", c.link)
				_, _ = io.WriteString(w, c.body)
			})
			from := a.now().Add(-2 * time.Hour)
			_, err := a.Fetch(t.Context(), cursor{Version: 1, From: from, Mark: from, Page: "tok"}.String())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestNextPage(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"": "", `<https://a.example/o.json?page_info=P>; rel="previous"`: "",
		`<https://a.example/o.json?limit=2&page_info=N>; rel="next"`:                                                             "N",
		`<https://a.example/o.json?page_info=P>; rel="previous", <https://a.example/o.json?page_info=N>; rel="next"`:             "N",
		`<https://a.example/o.json?page_info=N,1>; rel=next; title="x, y", <https://a.example/o.json?page_info=P>; rel=previous`: "N,1",
	} {
		if got, err := nextPage(http.Header{"Link": {header}}); err != nil || got != want {
			t.Errorf("%s: %q, %v", header, got, err)
		}
	}
}

func TestCursorOfAnotherVersion(t *testing.T) {
	t.Parallel()
	a := at(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	for _, text := range []string{`{"v":2}`, `{}x`, `[]`, `7`} {
		if _, err := a.Fetch(t.Context(), text); err == nil {
			t.Errorf("%q was taken for a cursor", text)
		}
	}
}

func TestBlocked(t *testing.T) {
	t.Parallel()
	a := at(t, func(w http.ResponseWriter, _ *http.Request) { fault(w, statusBlocked, "Shopify Security Rejection") })
	if _, err := a.Fetch(t.Context(), ""); !errors.Is(err, ingest.ErrTemporary) {
		t.Errorf("%v, want ErrTemporary", err)
	}
}

func TestCheckVersion(t *testing.T) {
	t.Parallel()
	a := at(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Shopify-API-Version", "2027-01")
		_, _ = io.WriteString(w, list())
	})
	if err := a.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "api_version") {
		t.Errorf("%v", err)
	}
}

// Ten calls want a token once; a lapsed one is renewed.
func TestTokenIsKept(t *testing.T) {
	t.Parallel()
	var given atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == testTokenURL {
			given.Add(1)
			_, _ = io.WriteString(w, `{"access_token":"day-token","expires_in":86399}`)
			return
		}
		if r.Header.Get("X-Shopify-Access-Token") != "day-token" {
			t.Error("called without the token")
		}
		_, _ = io.WriteString(w, list())
	}))
	t.Cleanup(srv.Close)
	now := testAdapter().now()
	p, err := New(ingest.Config{Channel: testChannel(srv.URL), Now: func() time.Time { return now },
		Secrets: channel.Secrets{Credentials: map[string]string{"client_id": "a", "client_secret": "b"}}})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := p.Fetch(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(24 * time.Hour)
	if _, err := p.Fetch(t.Context(), ""); err != nil || given.Load() != 2 {
		t.Errorf("%d tokens, %v", given.Load(), err)
	}
}

func TestAnnouncedRate(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]float64{"32/40": 2, "1/80": 4, "0/400": 20, "": 0, "40": 0, "1/0": 0, "x/y": 0, "1/-40": 0, "1/99999999": 0} {
		if got, ok := announcedRate(opAdmin, http.Header{"X-Shopify-Shop-Api-Call-Limit": {header}}); got != want || ok != (want > 0) {
			t.Errorf("%q: %v, %v", header, got, ok)
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	ch := testChannel("http://store.example")
	ch.Options = map[string]string{"api_version": "latest", "rate": "NaN", "notify_customer": "yes", "test_orders": "drop"}
	_, err := New(ingest.Config{Channel: ch})
	for _, word := range []string{"base_url", "access_token", "client_id", "api_version", "rate", "notify_customer", "test_orders"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v, want all faults, %s among them", err, word)
		}
	}
	ch = testChannel("https://store.example")
	ch.Options = map[string]string{"api_version": "2026-04", "rate": "500", "notify_customer": "true", "test_orders": "keep", "cod_gateways": "Pay Later, , Haath Mein"}
	p, err := New(ingest.Config{Channel: ch, Secrets: testSecrets()})
	if err != nil {
		t.Fatal(err)
	}
	if s := p.(*Adapter).set; s.version != "2026-04" || s.rate != 500 || !s.notify || !s.keepTests || strings.Join(s.cod, "|") != "pay later|haath mein" {
		t.Errorf("%+v", s)
	}
}
