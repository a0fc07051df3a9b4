package amazon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

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
