package amazon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/palmonas/palmonas-crm/ingest"
)

// Whatever the history, the page size, the clocks and the lost page tokens:
// every order arrives.
func TestEveryOrderArrives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		a := newAccount(t)
		a.pageSize = rapid.IntRange(1, 7).Draw(rt, "page size")
		skew := time.Duration(rapid.IntRange(-120, 8).Draw(rt, "our clock, minutes ahead")) * time.Minute
		for i, minutes := range rapid.SliceOfN(rapid.IntRange(3, 35*24*60), 0, 30).Draw(rt, "updated minutes ago") {
			a.put(fmt.Sprintf("404-%07d-0000001", i), day.Add(-time.Duration(minutes)*time.Minute))
		}
		lost := rapid.SliceOfN(rapid.IntRange(1, 40), 0, 4).Draw(rt, "calls whose token is refused")
		searches := 0
		a.on(func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != ordersPath {
				return false
			}
			searches++
			if r.URL.Query().Get("paginationToken") != "" && slices.Contains(lost, searches) {
				refuse(w, http.StatusBadRequest, "InvalidInput", "Invalid Input")
				return true
			}
			return false
		})
		since := day.Add(-36 * 24 * time.Hour)
		p := a.platform(func() time.Time { return day.Add(skew) }, "since", since.Format(time.RFC3339))
		ids, cursor := drain(t, p, "")
		if got := distinct(ids); len(got) != len(a.orders) {
			rt.Fatalf("%d orders of %d", len(got), len(a.orders))
		}
		// Steady state: nothing but the overlap comes again, and news do come.
		a.put("404-9999999-9999999", day.Add(30*time.Second))
		a.mu.Lock()
		a.clock = day.Add(10 * time.Minute)
		a.mu.Unlock()
		p.now = func() time.Time { return day.Add(skew + 10*time.Minute) }
		again, _ := drain(t, p, cursor)
		if !slices.Contains(again, "404-9999999-9999999") {
			rt.Fatalf("the new order did not arrive")
		}
	})
}

func TestUnreadableOrderIsSetAside(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	at := day.Add(-time.Hour)
	a.put("404-0000001-0000001", at)
	a.put("404-0000002-0000002", at, map[string]any{"orderItems": "none"})
	a.put("404-0000003-0000003", at, map[string]any{"createdTime": "yesterday"})
	a.put("404-0000004-0000004", at, map[string]any{"proceeds": map[string]any{"grandTotal": map[string]any{"amount": "1O0", "currencyCode": "INR"}}})
	p := a.platform(a.now)
	page, err := p.Fetch(context.Background(), p.Since(day.Add(-2*time.Hour), time.Time{}))
	if err != nil || len(page.Reports) != 1 || len(page.Rejects) != 3 || page.More {
		t.Fatalf("%d orders, %d rejects, %v", len(page.Reports), len(page.Rejects), err)
	}
	for i, want := range []string{"orderItems", "createdTime", "amount"} {
		r := page.Rejects[i]
		if !strings.Contains(r.Reason, want) || r.PlatformOrderID != fmt.Sprintf("404-000000%d-000000%d", i+2, i+2) || len(r.Payload) == 0 {
			t.Errorf("reject %q of %q", r.Reason, r.PlatformOrderID)
		}
	}
}

func TestAnswersOfAnotherShape(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"v0":         `{"payload":{"Orders":[]}}`,
		"empty":      `{}`,
		"cut short":  `{"orders":[{"orderId":"404-`,
		"no content": ``,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t)
			a.on(func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != ordersPath {
					return false
				}
				_, _ = w.Write([]byte(body))
				return true
			})
			p := a.platform(a.now)
			if page, err := p.Fetch(context.Background(), p.Since(day.Add(-time.Hour), time.Time{})); !errors.Is(err, ingest.ErrTemporary) {
				t.Errorf("page %+v, error %v, want ErrTemporary", page, err)
			}
		})
	}
}

func TestQuotaExceeded(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.put("404-0000001-0000001", day.Add(-time.Minute*5))
	a.on(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == ordersPath {
			w.Header().Set("x-amzn-RateLimit-Limit", "0.0056")
			refuse(w, http.StatusTooManyRequests, "QuotaExceeded", "You exceeded your quota for the requested resource.")
			return true
		}
		return false
	})
	p := a.platform(a.now)
	from := p.Since(day.Add(-time.Hour), time.Time{})
	_, err := p.Fetch(context.Background(), from)
	var limit *ingest.LimitError
	if !errors.As(err, &limit) || limit.RetryAfter < 2*time.Minute || limit.RetryAfter > 4*time.Minute {
		t.Fatalf("error %v, want a wait of about 1/rate", err)
	}
	if _, calls := a.counts(); calls != 1 {
		t.Errorf("%d calls into an empty quota, want 1", calls)
	}
	// The test button still has an answer.
	if err := p.Check(context.Background()); err != nil {
		t.Errorf("check while the list call is used up: %v", err)
	}
}

func TestAnnouncedRateIsFollowed(t *testing.T) {
	t.Parallel()
	a := newAccount(t) // announces 5000/s
	p := a.platform(a.now, "since", "2022-03-31T00:00:00Z")
	began := time.Now()
	_, _ = drain(t, p, "")
	if _, calls := a.counts(); calls < 150 || time.Since(began) > 30*time.Second {
		t.Errorf("%d windows in %s", calls, time.Since(began))
	}
}

func TestFetchOne(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.put("S02-5278980-4327051", day.Add(-time.Hour)) // a non-Amazon order
	a.put("a b/c?d", day.Add(-time.Hour))
	p := a.platform(a.now)
	for _, id := range []string{"S02-5278980-4327051", "a b/c?d"} {
		r, err := p.FetchOne(context.Background(), id)
		if err != nil || r.Ref.PlatformOrderID != id || r.Ref.Channel != "amazon-in" {
			t.Errorf("%q: %v, %v", id, r.Ref, err)
		}
	}
	for _, id := range []string{"404-0000009-0000009", "", "."} {
		if _, err := p.FetchOne(context.Background(), id); !errors.Is(err, ingest.ErrGone) {
			t.Errorf("%q: %v, want ErrGone", id, err)
		}
	}
}

func TestCheckNamesAFalseMarketplace(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	if err := a.platform(a.now).Check(context.Background()); err != nil {
		t.Error(err)
	}
	if err := a.platform(a.now, "marketplace_id", "ATVPDKIKX0DER").Check(context.Background()); err == nil {
		t.Error("another marketplace passed")
	}
}
