package amazon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
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

func TestWindows(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.put("404-0000001-0000001", day.Add(-2*time.Minute-time.Second))
	p := a.platform(a.now, "since", "2024-01-05T00:00:00+05:30")
	_, cursor := drain(t, p, "")
	_, _ = drain(t, p, cursor)
	var end time.Time
	for i, call := range a.calls {
		q := call.Query()
		after, err := time.Parse(time.RFC3339, q.Get("lastUpdatedAfter"))
		if err != nil {
			t.Fatal(err)
		}
		if q.Get("includedData") != dataPersonal || q.Get("marketplaceIds") != marketplaceIndia || q.Has("createdAfter") {
			t.Errorf("call %d: %s", i, call.RawQuery)
		}
		switch {
		case i == 0 && stamp(after) != "2024-01-04T18:30:00Z":
			t.Errorf("begins at %s", stamp(after))
		case i > 0 && !after.Equal(end.Add(-overlap)):
			t.Errorf("call %d begins at %s, its predecessor ended at %s", i, stamp(after), stamp(end))
		}
		text := q.Get("lastUpdatedBefore")
		if text == "" {
			if day.Sub(after) > span {
				t.Errorf("call %d is open for %s", i, day.Sub(after))
			}
			end = day.Add(-2 * time.Minute)
			continue
		}
		if end, err = time.Parse(time.RFC3339, text); err != nil || end.Sub(after) > span || day.Sub(end) < settled {
			t.Errorf("call %d ends at %q", i, text)
		}
	}
	if q := a.calls[len(a.calls)-1].Query(); q.Has("lastUpdatedBefore") {
		t.Errorf("the poll sets an end by our own clock: %v", q)
	}
}

func TestPagesRepeatTheirParameters(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.pageSize = 2
	for i := range 7 {
		a.put(fmt.Sprintf("404-000000%d-0000001", i), day.Add(-time.Duration(60-i)*time.Minute))
	}
	now := day
	// The clock runs on between pages; a restarted process has only the cursor.
	ids, cursor := []string{}, a.platform(a.now).Since(day.Add(-3*time.Hour), day.Add(-20*time.Minute))
	for more := true; more; now = now.Add(3 * time.Minute) {
		page, err := a.platform(func() time.Time { return now }).Fetch(context.Background(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Reports {
			ids = append(ids, r.Ref.PlatformOrderID)
		}
		cursor, more = page.Next, page.More
	}
	if len(ids) != 7 || len(a.calls) != 4 {
		t.Fatalf("%d orders in %d calls, want 7 in 4", len(ids), len(a.calls))
	}
	for _, call := range a.calls[1:] {
		q, first := call.Query(), a.calls[0].Query()
		if q.Del("paginationToken"); q.Encode() != first.Encode() {
			t.Errorf("parameters changed from %s to %s", first.Encode(), q.Encode())
		}
	}
	// The range is read; reading on costs no call.
	if page, err := a.platform(a.now).Fetch(context.Background(), cursor); err != nil || page.More || page.Next != cursor || len(a.calls) != 4 {
		t.Errorf("after the end: %+v, %v, %d calls", page, err, len(a.calls))
	}
}

func TestOldPageTokenIsNotTried(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.pageSize = 1
	for i := range 3 {
		a.put(fmt.Sprintf("404-000000%d-0000001", i), day.Add(-time.Duration(30-i)*time.Hour))
	}
	p := a.platform(a.now)
	page, err := p.Fetch(context.Background(), p.Since(day.Add(-48*time.Hour), time.Time{}))
	if err != nil || !page.More {
		t.Fatal(page, err)
	}
	p.now = func() time.Time { return day.Add(25 * time.Hour) }
	a.mu.Lock()
	a.clock = day.Add(25 * time.Hour)
	a.mu.Unlock()
	ids, _ := drain(t, p, page.Next)
	if len(distinct(ids)) != 3 {
		t.Errorf("orders %v", ids)
	}
	if q := a.calls[1].Query(); q.Has("paginationToken") {
		t.Error("a token of yesterday was sent")
	}
}

func TestPageTokensRejectedForever(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.pageSize = 1
	for i := range 3 { // within the smallest window, so that no halving helps
		a.put(fmt.Sprintf("404-000000%d-0000001", i), day.Add(-90*time.Minute+time.Duration(i)*time.Second))
	}
	a.on(func(w http.ResponseWriter, r *http.Request) bool {
		bad := r.URL.Query().Has("paginationToken")
		if bad {
			refuse(w, http.StatusBadRequest, "InvalidInput", "Invalid Input")
		}
		return bad
	})
	now := day
	p := a.platform(func() time.Time { return now })
	cursor, err := p.Since(day.Add(-2*time.Hour), time.Time{}), error(nil)
	var ids []string
	for n := 0; err == nil; n++ {
		var page ingest.Page
		if page, err = p.Fetch(context.Background(), cursor); err == nil {
			cursor = page.Next
		}
		for _, r := range page.Reports {
			ids = append(ids, r.Ref.PlatformOrderID)
		}
		if n > 50 {
			t.Fatal("it goes on for ever, unnoticed")
		}
	}
	if !errors.Is(err, ingest.ErrTemporary) {
		t.Fatalf("error %v, want ErrTemporary", err)
	}
	a.on(nil)
	now = now.Add(settled)
	rest, _ := drain(t, p, cursor)
	if ids = distinct(append(ids, rest...)); len(ids) != 3 {
		t.Errorf("after the platform recovered: %v", ids)
	}
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

func TestForeignCursor(t *testing.T) {
	t.Parallel()
	p := newAccount(t).platform(func() time.Time { return day })
	for _, text := range []string{"x", "{}", `{"v":2,"after":"2026-01-01T00:00:00Z"}`, `{"v":1}`} {
		if _, err := p.Fetch(context.Background(), text); err == nil {
			t.Errorf("cursor %q was accepted", text)
		}
	}
}

// A cursor of any content neither panics nor asks Amazon for a window that its
// rules forbid.
func FuzzCursor(f *testing.F) {
	f.Add(`{"v":1,"after":"2026-03-01T00:00:00Z","until":"2026-03-02T00:00:00Z"}`)
	f.Add(`{"v":1,"after":"2026-03-01T00:00:00Z","before":"2026-03-08T00:00:00Z","token":"x","token_at":"2026-03-11T09:00:00Z","restarts":70}`)
	f.Add(`{"v":1,"after":"0001-01-01T00:00:00+05:30","restarts":-1}`)
	p := &Platform{now: func() time.Time { return day }}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := p.parseCursor(text)
		if err != nil {
			return
		}
		w := c.window(day)
		if !w.Done && w.Token == "" && !w.Before.IsZero() && (!w.Before.After(w.After) || w.Before.Sub(w.After) > span || day.Sub(w.Before) < settled) {
			t.Errorf("window %s to %s", w.After, w.Before)
		}
		next, _ := w.next("", day, day)
		if back, err := p.parseCursor(next.String()); err != nil || back.After.Before(c.After.Truncate(time.Second)) {
			t.Errorf("next %s: %v", next, err)
		}
		_ = url.QueryEscape(stamp(w.After))
	})
}
