package swiggy

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
)

func TestNewReportsAllFaults(t *testing.T) {
	t.Parallel()
	_, err := New(ingest.Config{
		Channel: channel.Channel{ID: "swiggy", BaseURL: "http://relay.example.com", Options: map[string]string{
			"since": "yesterday", "rate": "fast", "webhook_auth": "none",
		}},
		Secrets: channel.Secrets{Webhook: []string{" "}},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"token", "merchant_id", "base_url", "since", "rate", "webhook_auth", "webhook secret is empty"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named in: %v", want, err)
		}
	}
	two := ingest.Config{Channel: testChannel("https://relay.example.com"), Secrets: oauthSecrets()}
	two.Secrets.Credentials["token"] = "t"
	if _, err := New(two); err == nil {
		t.Error("two kinds of credentials were accepted")
	}
}

func windows(t *testing.T, s *relay) (from, to []int64) {
	t.Helper()
	for _, call := range s.calls {
		if body, ok := strings.CutPrefix(call, changesPath+" "); ok {
			var q changesBody
			if err := json.Unmarshal([]byte(body), &q); err != nil {
				t.Fatal(err)
			}
			from, to = append(from, q.From), append(to, q.To)
		}
	}
	return from, to
}

// A busy day is read in windows that fit one page, in time order, without a
// gap between them.
func TestBusyDay(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	s.now = at(start())
	for i := range 600 {
		s.put(fmt.Sprintf("21%05d", i), placed, start().Add(-20*time.Hour).Add(time.Duration(i*i%3600)*time.Second))
	}
	p := s.platform(t, at(start()))
	got, cursor := drain(t, p, "")
	if len(got) != 600 {
		t.Errorf("%d of 600 orders", len(got))
	}
	from, to := windows(t, s)
	covered := from[0]
	for i := range from {
		if from[i] > covered {
			t.Fatalf("window %d begins %d ms after all that was read", i, from[i]-covered)
		}
		if i+1 < len(from) && from[i+1] != from[i] {
			covered = max(covered, to[i])
		}
	}
	t.Logf("%d lists for 600 orders", len(from))
	s.calls = nil
	if again, _ := drain(t, p, cursor); len(again) != 0 || len(s.calls) != 1 {
		t.Errorf("%d orders, %d calls with nothing new", len(again), len(s.calls))
	}
}

// An order that changes while the day is read leaves its window; the one that
// takes its place must not be passed over.
func TestChangesWhileReading(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	s.most = 4
	for i := range 30 {
		s.put(fmt.Sprintf("21%03d", i), placed, start().Add(time.Duration(i-90)*time.Minute))
	}
	p := s.platform(t, at(start()))
	cursor, seen, moved := "", map[string]bool{}, 0
	for {
		page, err := p.Fetch(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Reports {
			seen[r.Ref.PlatformOrderID] = true
		}
		if len(page.Reports) > 0 && moved < 8 {
			moved++
			s.put(page.Reports[0].Ref.PlatformOrderID, accepted, start().Add(time.Duration(moved-60)*time.Second))
		}
		if cursor = page.Next; !page.More {
			break
		}
	}
	if len(seen) != 30 || moved != 8 {
		t.Errorf("%d of 30 orders, %d moved", len(seen), moved)
	}
}

// A moment with more orders than a page holds is paged through; links that
// died are got over.
func TestDeadLinks(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	s.most = 3
	for i := range 10 {
		s.put(fmt.Sprintf("21%03d", i), placed, start().Add(-time.Hour))
	}
	dead := 0
	s.hook = func(w http.ResponseWriter, _ *http.Request, body []byte) bool {
		if strings.Contains(string(body), `"nextPage":"6"`) && dead == 0 {
			dead++
			fail(w, 400, "INVALID_REQUEST", "nextPage")
			return true
		}
		return false
	}
	p := s.platform(t, at(start()))
	if got, _ := drain(t, p, ""); len(got) != 10 || dead != 1 {
		t.Errorf("%d of 10 orders, %d dead links", len(got), dead)
	}
	s.hook = func(w http.ResponseWriter, _ *http.Request, body []byte) bool {
		if strings.Contains(string(body), `"nextPage":"`) {
			fail(w, 400, "INVALID_REQUEST", "nextPage")
			return true
		}
		return false
	}
	var err error
	cursor := ""
	for range 200 {
		var page ingest.Page
		if page, err = p.Fetch(t.Context(), cursor); err != nil {
			break
		}
		cursor = page.Next
	}
	if !errors.Is(err, ingest.ErrTemporary) {
		t.Errorf("links that always die: %v, want ErrTemporary", err)
	}
}

// After more than a week without a run some changes cannot be listed; that is
// told, once, and the rest is read.
func TestGap(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	s.now = at(start())
	s.put("210001", placed, start().Add(-6*24*time.Hour))
	p := s.platform(t, at(start()))
	cursor, told, seen := p.Since(start().Add(-10*24*time.Hour), time.Time{}), 0, 0
	for {
		page, err := p.Fetch(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range page.Rejects {
			told++
			if !strings.Contains(x.Reason, "2026-03-01T10:00:00Z") {
				t.Errorf("reason %q", x.Reason)
			}
		}
		seen += len(page.Reports)
		if cursor = page.Next; !page.More {
			break
		}
	}
	if told != 1 || seen != 1 {
		t.Errorf("told %d times, %d orders", told, seen)
	}
	old := p.Since(start().Add(-10*24*time.Hour), start().Add(-8*24*time.Hour))
	if _, err := p.Fetch(t.Context(), old); err == nil || errors.Is(err, ingest.ErrTemporary) || !strings.Contains(err.Error(), "7 days") {
		t.Errorf("a range out of reach: %v", err)
	}
}

// The platform's clock is behind ours: what it dates between the two may still
// come.
func TestSlowPlatformClock(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	slow := start().Add(-2 * time.Hour)
	s.hook = func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
		w.Header().Set("Date", slow.Format(http.TimeFormat))
		return false
	}
	p := s.platform(t, at(start()))
	_, cursor := drain(t, p, "")
	s.put("210001", placed, slow.Add(time.Minute))
	if got, _ := drain(t, p, cursor); len(got) != 1 {
		t.Errorf("%d orders, want 1", len(got))
	}
}

func TestOurClockSetBack(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	_, cursor := drain(t, s.platform(t, at(start())), "")
	early := start().Add(-5 * time.Hour)
	s.put("210001", placed, early.Add(-time.Minute))
	if got, _ := drain(t, s.platform(t, at(early)), cursor); len(got) != 1 {
		t.Errorf("%d orders, want 1", len(got))
	}
}

// An id that is listed and then not sent is told; ids that are no ids are not
// asked for.
func TestListedButNotSent(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	s.put("210001", placed, start().Add(-time.Hour))
	s.hook = func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if r.URL.Path != changesPath {
			return false
		}
		reply(w, map[string]any{"orderIds": []any{"210001", "210002", 210003, "../x", "210001"}, "nextPage": nil})
		return true
	}
	page, err := s.platform(t, at(start())).Fetch(t.Context(), "")
	if err != nil || len(page.Reports) != 1 || len(page.Rejects) != 3 || page.Rejects[1].PlatformOrderID != "210002" || page.Rejects[2].PlatformOrderID != "210003" {
		t.Errorf("%+v, %v", page, err)
	}
}

// A failure may come with status 200.
func TestFailureWithStatus200(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	p := s.platform(t, at(start()))
	for code, want := range map[string]error{
		"UNAUTHORIZED": ingest.ErrAuth, "INTERNAL_SERVER_ERROR": ingest.ErrTemporary, "RATE_LIMITED": ingest.ErrTemporary,
	} {
		s.hook = func(w http.ResponseWriter, _ *http.Request, _ []byte) bool { fail(w, 200, code, "no"); return true }
		if _, err := p.Fetch(t.Context(), ""); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", code, err, want)
		}
	}
	s.hook = func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
		fail(w, 404, "ORDER_NOT_FOUND", "no")
		return true
	}
	if _, err := p.FetchOne(t.Context(), "210001"); !errors.Is(err, ingest.ErrGone) {
		t.Errorf("ORDER_NOT_FOUND: %v", err)
	}
	s.hook = func(w http.ResponseWriter, _ *http.Request, _ []byte) bool { fail(w, 200, "STRANGE", ""); return true }
	if err := p.Check(t.Context()); err == nil || errors.Is(err, ingest.ErrTemporary) || !strings.Contains(err.Error(), "STRANGE") {
		t.Errorf("STRANGE: %v", err)
	}
}

func TestStoreCodes(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	if err := s.platform(t, at(start()), "store_codes", "SW1, SW2,").Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(s.calls[0], `"storeCodes":["SW1","SW2"]`) {
		t.Errorf("asked %s", s.calls[0])
	}
}

func TestBadCursors(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	p := s.platform(t, at(start()))
	for _, text := range []string{"x", "{}", `{"v":2,"from":"2026-03-01T00:00:00Z"}`, `{"v":1}`, `{"v":1,"from":"2026-03-01T00:00:00Z","next":"2"}`,
		`{"v":1,"from":"2026-03-01T00:00:00Z","span":-1}`} {
		if _, err := p.Fetch(t.Context(), text); err == nil {
			t.Errorf("cursor %s was accepted", text)
		}
	}
	if len(s.calls) > 0 {
		t.Errorf("calls: %v", s.calls)
	}
}
