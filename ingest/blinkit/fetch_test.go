package blinkit

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

func TestNewReportsAllFaults(t *testing.T) {
	t.Parallel()
	_, err := New(ingest.Config{
		Channel: channel.Channel{ID: "blinkit", BaseURL: "http://relay.example.com", Options: map[string]string{
			"since": "yesterday", "rate": "fast", "webhook_auth": "none",
		}},
		Secrets: channel.Secrets{Webhook: []string{" "}},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"api_key", "vendor_id", "base_url", "since", "rate", "webhook_auth", "webhook secret is empty"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named in: %v", want, err)
		}
	}
	for _, rate := range []string{"0", "-1", "NaN", "Inf", "1e9"} {
		ch := testChannel("https://relay.example.com")
		ch.Options["rate"] = rate
		if _, err := New(ingest.Config{Channel: ch, Secrets: secrets()}); err == nil {
			t.Errorf("rate %s was accepted", rate)
		}
	}
}

// An order that changes while the list is read moves to its end; the one that
// takes its place must not be passed over.
func TestChangesWhileReading(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	s.most = 4
	for i := range 20 {
		s.put(fmt.Sprintf("80%03d", i), "PLACED", start().Add(time.Duration(i-60)*time.Minute))
	}
	p := s.platform(t, at(start()))
	cursor, seen := "", map[string]bool{}
	for n := 0; ; n++ {
		page, err := p.Fetch(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Reports {
			seen[r.Ref.PlatformOrderID] = true
		}
		if n < 5 { // one of those that were just read
			s.put(page.Reports[0].Ref.PlatformOrderID, "ACCEPTED", start().Add(time.Duration(n-20)*time.Second))
		}
		if cursor = page.Next; !page.More {
			break
		}
	}
	if len(seen) != 20 {
		t.Errorf("%d of 20 orders", len(seen))
	}
}

// A second with more orders than a page holds is read by tokens; tokens that
// died are got over.
func TestTokens(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	s.most = 3
	for i := range 10 {
		s.put(fmt.Sprintf("80%03d", i), "PLACED", start().Add(-time.Hour))
	}
	died := false
	s.hook = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Query().Get("page_token"), "6") && !died {
			died = true
			fail(w, 400, "E100", "page token is not valid")
			return true
		}
		return false
	}
	p := s.platform(t, at(start()))
	if got, _ := drain(t, p, ""); len(got) != 10 || !died {
		t.Errorf("%d of 10 orders, token refused: %t", len(got), died)
	}
	s.hook = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Has("page_token") {
			fail(w, 400, "E100", "page token is not valid")
			return true
		}
		return false
	}
	cursor := ""
	var err error
	for range 50 {
		var page ingest.Page
		if page, err = p.Fetch(t.Context(), cursor); err != nil {
			break
		}
		cursor = page.Next
	}
	if !errors.Is(err, ingest.ErrTemporary) {
		t.Errorf("tokens that always die: %v, want ErrTemporary", err)
	}
}

func TestQuietPollRepeatsItself(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	p := s.platform(t, at(start()))
	if _, first := drain(t, p, ""); first == "" {
		t.Error("an empty account leaves no cursor")
	} else if _, second := drain(t, p, first); second != first || len(s.calls) != 2 {
		t.Errorf("cursor %s, then %s; %d calls", first, second, len(s.calls))
	}
	s.put("80001", "PLACED", start().Add(-time.Minute))
	_, cursor := drain(t, p, "")
	calls := len(s.calls)
	if got, again := drain(t, p, cursor); again != cursor || len(got) != 1 || len(s.calls) != calls+1 {
		t.Errorf("cursor %s, then %s; %d calls", cursor, again, len(s.calls)-calls)
	}
	from, err := url.Parse(strings.TrimPrefix(s.calls[calls], "GET "))
	if err != nil || from.Query().Get("updated_from") != stamp(start().Add(-time.Minute-minOverlap)) {
		t.Errorf("asked %s", s.calls[calls])
	}
}

// A change dated in our future does not make the desk wait for it.
func TestFutureChange(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	s.put("80001", "PLACED", start().Add(48*time.Hour))
	p := s.platform(t, at(start()))
	_, cursor := drain(t, p, "")
	s.put("80002", "PLACED", start().Add(time.Minute))
	if got, _ := drain(t, p, cursor); len(got) != 2 {
		t.Errorf("%d orders, want 2", len(got))
	}
}

func TestServerThatIgnoresTheFilter(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	old := s.put("80001", "PLACED", start().Add(-90*24*time.Hour))
	s.hook = func(w http.ResponseWriter, _ *http.Request) bool {
		reply(w, map[string]any{"orders": []any{old}, "next_page_token": nil})
		return true
	}
	if _, err := s.platform(t, at(start())).Fetch(t.Context(), ""); !errors.Is(err, errFilterIgnored) {
		t.Errorf("%v", err)
	}
}

// An answer with status 200 may be a failure.
func TestFailureWithStatus200(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	p := s.platform(t, at(start()))
	for code, want := range map[string]error{"E001": ingest.ErrAuth, "E999": ingest.ErrTemporary, "E429": ingest.ErrTemporary} {
		s.hook = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Retry-After", "7")
			fail(w, 200, code, "no")
			return true
		}
		_, err := p.Fetch(t.Context(), "")
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", code, err, want)
		}
		var limit *ingest.LimitError
		if errors.As(err, &limit) != (code == "E429") || limit != nil && limit.RetryAfter != 7*time.Second {
			t.Errorf("%s: %v", code, err)
		}
	}
	s.hook = func(w http.ResponseWriter, _ *http.Request) bool { fail(w, 200, "E404", "no such order"); return true }
	if _, err := p.FetchOne(t.Context(), "80001"); !errors.Is(err, ingest.ErrGone) {
		t.Errorf("E404: %v", err)
	}
	s.hook = func(w http.ResponseWriter, _ *http.Request) bool { fail(w, 200, "E777", "strange"); return true }
	if err := p.Check(t.Context()); err == nil || errors.Is(err, ingest.ErrTemporary) || !strings.Contains(err.Error(), "strange") {
		t.Errorf("E777: %v", err)
	}
}

func TestBadCursors(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	p := s.platform(t, at(start()))
	for _, text := range []string{"x", "{}", `{"v":2}`, `{"v":1,"restarts":-1}`, `{"v":1,"from":"x"}`} {
		if _, err := p.Fetch(t.Context(), text); err == nil {
			t.Errorf("cursor %s was accepted", text)
		}
	}
	if len(s.calls) > 0 {
		t.Errorf("calls: %v", s.calls)
	}
}

func TestLearnRate(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	if _, ok := learnRate(opAny, h); ok {
		t.Error("learnt from nothing")
	}
	h.Set("X-RateLimit-Limit", "600")
	if rate, ok := learnRate(opAny, h); !ok || rate != 9 {
		t.Errorf("%v a second, %t", rate, ok)
	}
	// The default stays below 60 in any minute.
	if l := defaultLimit(); l.Rate*60+float64(l.Burst) > 60 {
		t.Errorf("%+v", l)
	}
}
