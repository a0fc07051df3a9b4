package metrics

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

func openStore(t *testing.T) store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir() + "/test.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func wantLines(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains(text, "\n"+l+"\n") {
			t.Errorf("missing: %s", l)
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	m := New("1.2.3")
	m.Began()("/orders", "GET", 200, 20*time.Millisecond, false)
	m.Began()("/events", "GET", 200, time.Hour, true)
	m.Began()("/orders/:id", "GET", 403, time.Millisecond, false)
	m.Began()
	m.Hook("shop", 202)
	m.Run(channel.Run{Channel: "shop", Kind: channel.Pull, Tally: channel.Tally{Created: 9}})
	m.Run(channel.Run{Channel: "shop", Kind: channel.Pull, Finished: time.Now(), Tally: channel.Tally{Created: 3, Rejected: 1}})
	m.Run(channel.Run{Channel: "shop", Kind: channel.Pull, Finished: time.Now(), Error: "no"})
	text := scrape(t, m)
	wantLines(t, text,
		`palmonas_http_requests_total{code="200",method="GET",route="/orders"} 1`,
		`palmonas_http_request_duration_seconds_bucket{method="GET",route="/orders",le="0.025"} 1`,
		`palmonas_http_in_flight 1`,
		`palmonas_refused_total{reason="permission"} 1`,
		`palmonas_webhook_requests_total{channel="shop",code="202"} 1`,
		`palmonas_ingest_orders_total{channel="shop",result="created"} 3`,
		`palmonas_ingest_orders_total{channel="shop",result="rejected"} 1`,
		`palmonas_sync_runs_total{channel="shop",kind="pull",result="ok"} 1`,
		`palmonas_sync_runs_total{channel="shop",kind="pull",result="failed"} 1`,
	)
	if strings.Contains(text, `duration_seconds_count{method="GET",route="/events"}`) {
		t.Error("the time of a stream was counted")
	}
	if !strings.Contains(text, `version="1.2.3"} 1`) {
		t.Error("no build")
	}
}

type fakeTripper func() (*http.Response, error)

func (f fakeTripper) RoundTrip(*http.Request) (*http.Response, error) { return f() }

func TestTransport(t *testing.T) {
	t.Parallel()
	m := New("")
	answers := []fakeTripper{
		func() (*http.Response, error) { return &http.Response{StatusCode: 429, Body: http.NoBody}, nil },
		func() (*http.Response, error) { return nil, errors.New("no route") },
	}
	for _, a := range answers {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		if resp, err := m.Transport("shop", a).RoundTrip(r); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	}
	wantLines(t, scrape(t, m), `palmonas_platform_requests_total{channel="shop",code="429"} 1`, `palmonas_platform_requests_total{channel="shop",code="error"} 1`)
}

func TestWatch(t *testing.T) {
	t.Parallel()
	m, now := New(""), ordertest.Noon()
	s := m.Store(openStore(t))
	for _, c := range []channel.Channel{
		{ID: "shop", Platform: order.Organic, Adapter: "custom", Enabled: true, Interval: time.Minute},
		{ID: "paper", Platform: order.Organic, Adapter: channel.Manual, Enabled: true},
	} {
		if err := s.Channels().Create(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Channels().SaveProgress(t.Context(), channel.Progress{Channel: "shop", LastSuccess: now.Add(-time.Hour), Failures: 2}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Inbox().Put(t.Context(), store.Message{Channel: "shop", EventID: "1", At: now.Add(-time.Minute)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Orders().Absorb(t.Context(), []order.Report{ordertest.Synthetic(1, 1, 30, now)}, now); err != nil {
		t.Fatal(err)
	}
	m.Watch(Watched{Store: s, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler), DataDir: t.TempDir(),
		Stale:      func(_ channel.Channel, p channel.Progress, _ time.Time) (time.Time, bool) { return p.LastSuccess, true },
		LastBackup: func(context.Context) (time.Time, error) { return time.Time{}, nil }})
	text := scrape(t, m)
	wantLines(t, text,
		`palmonas_channel_stale{channel="shop",platform="organic"} 1`,
		`palmonas_sync_failures_in_a_row{channel="shop",platform="organic"} 2`,
		`palmonas_inbox_backlog 1`, `palmonas_inbox_oldest_age_seconds 60`,
		`palmonas_outbox_backlog{channel="shop",platform="organic"} 0`,
		`palmonas_backup_last_success_timestamp_seconds 0`, `palmonas_scrape_complete 1`,
		`palmonas_db_op_duration_seconds_count{op="absorb"} 1`)
	if strings.Contains(text, `channel="paper"`) {
		t.Error("a channel without a platform is watched")
	}
}

// TestWatchSurvives: a database that does not answer costs figures, not the
// answer.
func TestWatchSurvives(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	m := New("")
	m.Watch(Watched{Store: s, Now: time.Now, Log: slog.New(slog.DiscardHandler), DataDir: t.TempDir()})
	wantLines(t, scrape(t, m), `palmonas_scrape_complete 0`)
}
