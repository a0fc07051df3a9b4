package woocommerce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/platformtest"
)

// dial builds an adapter for a handler.
func dial(t *testing.T, options map[string]string, h http.HandlerFunc) *Adapter {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	ch := testChannel(srv.URL)
	ch.Options = options
	p, err := New(ingest.Config{Channel: ch, Secrets: testSecrets(), Now: func() time.Time { return seen },
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	if err != nil {
		t.Fatal(err)
	}
	return p.(*Adapter)
}

func TestNewRefusesBadSettings(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		base    string
		options map[string]string
		text    string
	}{
		"plain http":      {"http://shop.example", nil, "https"},
		"credentials":     {"https://ck:cs@shop.example", nil, "credentials"},
		"no JSON":         {"https://shop.example", map[string]string{"status_map": "packed=processing"}, "status_map"},
		"no status":       {"https://shop.example", map[string]string{"status_map": `{"packed":"boxed"}`}, "boxed"},
		"completed_means": {"https://shop.example", map[string]string{"completed_means": "done"}, "completed_means"},
		"auth":            {"https://shop.example", map[string]string{"auth": "oauth"}, "auth"},
		"currency":        {"https://shop.example", map[string]string{"currency": "₹"}, "currency"},
	} {
		ch := testChannel(tc.base)
		ch.Options = tc.options
		if _, err := New(ingest.Config{Channel: ch, Secrets: testSecrets()}); err == nil || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: error %v, want %q in it", name, err, tc.text)
		}
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://shop.example":                     "https://shop.example/wp-json/wc/v3/orders/7?page=2",
		"https://shop.example/":                    "https://shop.example/wp-json/wc/v3/orders/7?page=2",
		"https://shop.example/store":               "https://shop.example/store/wp-json/wc/v3/orders/7?page=2",
		"https://shop.example/wp-json/wc/v3/":      "https://shop.example/wp-json/wc/v3/orders/7?page=2",
		"http://127.0.0.1:9090":                    "http://127.0.0.1:9090/wp-json/wc/v3/orders/7?page=2",
		"http://[::1]:9090":                        "http://[::1]:9090/wp-json/wc/v3/orders/7?page=2",
		"https://shop.example/?rest_route=/wc/v3/": "https://shop.example/?page=2&rest_route=%2Fwc%2Fv3%2Forders%2F7",
	} {
		u, err := baseURL(base)
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		if got := (&Adapter{base: u}).endpoint("orders/7", url.Values{"page": {"2"}}); got != want {
			t.Errorf("%s: %s, want %s", base, got, want)
		}
	}
}

func TestCredentialsInTheQuery(t *testing.T) {
	t.Parallel()
	a := dial(t, map[string]string{"auth": "query"}, func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Get("consumer_key") != testKey || q.Get("consumer_secret") != testSecret || r.Header.Get("Authorization") != "" {
			t.Errorf("query %v", q)
		}
		panic(http.ErrAbortHandler)
	})
	if err := a.Check(t.Context()); err == nil || strings.Contains(err.Error(), testSecret) || strings.Contains(err.Error(), testKey) {
		t.Errorf("error %v", err)
	}
}

func TestFetchAsksForChangesInUTC(t *testing.T) {
	t.Parallel()
	var asked []url.Values
	a := dial(t, nil, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Query())
		fmt.Fprint(w, "[]")
	})
	mark := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	page, err := a.Fetch(t.Context(), cursor{Mark: mark}.String())
	if err != nil || page.More || page.Next != (cursor{Mark: mark}).String() {
		t.Fatalf("page %+v, %v", page, err)
	}
	india := time.FixedZone("IST", 19800)
	if _, err := a.Fetch(t.Context(), a.Since(time.Date(2026, 11, 1, 0, 0, 0, 0, india), time.Date(2026, 11, 2, 0, 0, 0, 0, india))); err != nil {
		t.Fatal(err)
	}
	common := url.Values{"orderby": {"modified"}, "order": {"asc"}, "per_page": {"100"}, "page": {"1"}, "dates_are_gmt": {"true"}}
	with := func(more url.Values) url.Values {
		for k, v := range common {
			more[k] = v
		}
		return more
	}
	want := []url.Values{
		with(url.Values{"modified_after": {"2026-11-22T08:45:00"}}),
		with(url.Values{"modified_after": {"2026-10-31T18:29:59"}, "modified_before": {"2026-11-01T18:30:00"}}),
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("questions differ (-want +got):\n%s", diff)
	}
}

// An order that changes while one reads moves to the end of the list. With
// numbered pages its successor would move onto the page just read.
func TestFetchMissesNothingWhileOrdersChange(t *testing.T) {
	t.Parallel()
	var list []platformtest.Order
	for i := range 20 {
		at := seen.Add(time.Duration(i-100) * time.Minute)
		list = append(list, platformtest.Order{ID: strconv.Itoa(100 + i), Created: at, Modified: at})
	}
	var a *Adapter
	calls := 0
	a = dial(t, nil, func(w http.ResponseWriter, r *http.Request) {
		fakeStore{Fake: platformtest.Fake{PageSize: 5, Orders: func() []platformtest.Order { return list }}}.ServeHTTP(w, r)
		if calls++; calls <= 3 { // after each of the first pages its first order changes
			moved := list[0]
			moved.Modified = seen.Add(time.Duration(calls) * time.Second)
			list = append(slices.Clone(list[1:]), moved)
		}
	})
	got, cursor := map[string]bool{}, ""
	for more := true; more; {
		page, err := a.Fetch(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Reports {
			got[r.Ref.PlatformOrderID] = true
		}
		cursor, more = page.Next, page.More
	}
	if len(got) != 20 {
		t.Errorf("%d of 20 orders seen", len(got))
	}
}

func TestFetchAcceptsBothEndsOfPaging(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]http.HandlerFunc{
		"empty list":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "[]") },
		"page number": func(w http.ResponseWriter, _ *http.Request) { fault(w, 400, "rest_post_invalid_page_number") },
	} {
		a := dial(t, nil, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			end(w, r)
		})
		mark := seen.Add(-time.Hour)
		page, err := a.Fetch(t.Context(), cursor{Mark: mark, After: mark, Page: 3}.String())
		if err != nil || page.More || page.Next != (cursor{Mark: mark}).String() {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
}

func TestFetchNoticesAStoreThatIgnoresTheQuestion(t *testing.T) {
	t.Parallel()
	answer := func(minutes ...int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			var list []map[string]any
			for i, m := range minutes {
				at := seen.Add(-time.Duration(m) * time.Minute)
				list = append(list, record(platformtest.Order{ID: strconv.Itoa(i + 1), Created: at, Modified: at}))
			}
			write(w, list)
		}
	}
	if _, err := dial(t, nil, answer(5, 60*24)).Fetch(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "orderby") {
		t.Errorf("newest first: %v", err)
	}
	twice := func(w http.ResponseWriter, _ *http.Request) {
		old := record(platformtest.Order{ID: "1", Created: seen.Add(-24 * time.Hour), Modified: seen.Add(-24 * time.Hour)})
		write(w, []map[string]any{old, record(platformtest.Order{ID: "2", Created: seen, Modified: seen.Add(-time.Minute)}), old})
	}
	if page, err := dial(t, nil, twice).Fetch(t.Context(), ""); err != nil || len(page.Reports) != 2 {
		t.Errorf("an order that is listed twice: %d orders, %v", len(page.Reports), err)
	}
	mark := cursor{Mark: seen.Add(-time.Hour)}.String()
	if _, err := dial(t, nil, answer(60*24, 5)).Fetch(t.Context(), mark); !errors.Is(err, errFilterIgnored) {
		t.Errorf("no filter: %v", err)
	}
	if err := dial(t, nil, answer(5)).Check(t.Context()); !errors.Is(err, errFilterIgnored) {
		t.Errorf("Check: %v", err)
	}
	if _, err := dial(t, nil, answer(30, 90)).Fetch(t.Context(), mark); err != nil {
		t.Errorf("an hour of summer time: %v", err)
	}
}

func TestFetchPassesOverNotices(t *testing.T) {
	t.Parallel()
	notice := "\ufeff<br />\n<b>Warning</b>: Undefined array key [0] {main} in /plugin.php\n"
	body := notice + `[{"id":5,"status":"pending","total":"10.00","date_created_gmt":"2026-11-22T01:00:00"}]`
	serve := func(contentType string) *Adapter {
		return dial(t, nil, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = io.WriteString(w, body)
		})
	}
	page, err := serve("application/json; charset=UTF-8").Fetch(t.Context(), "")
	if err != nil || len(page.Reports) != 1 {
		t.Errorf("%d orders, %v", len(page.Reports), err)
	}
	if _, err := serve("text/html").Fetch(t.Context(), ""); !errors.Is(err, ingest.ErrTemporary) {
		t.Errorf("a page that holds JSON: %v", err)
	}
}

func TestCursorOutlivesClockFaults(t *testing.T) {
	t.Parallel()
	future := seen.Add(48 * time.Hour)
	c, _ := cursor{}.next([]time.Time{seen.Add(-time.Hour), future}, false, seen)
	if c.Mark.After(seen) {
		t.Errorf("mark %s is ahead of the clock: later orders would be missed", c.Mark)
	}
	back, _ := cursor{Mark: seen}.next([]time.Time{seen.Add(-time.Hour)}, false, seen)
	if !back.Mark.Equal(seen) {
		t.Errorf("mark moved back to %s", back.Mark)
	}
	if _, err := newAdapter(t, nil).Fetch(t.Context(), "not a cursor"); err == nil {
		t.Error("a broken cursor was accepted")
	}
}
