package amazon

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

func TestTokenIsExchangedOnceForAll(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.put("404-0000001-0000001", day.Add(-time.Hour))
	p := a.platform(a.now)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := p.FetchOne(context.Background(), "404-0000001-0000001"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n, _ := a.counts(); n != 1 {
		t.Errorf("%d exchanges, want 1", n)
	}
}

func TestTokenIsRenewedBeforeItEnds(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.put("404-0000001-0000001", day.Add(-time.Hour))
	now := day
	p := a.platform(func() time.Time { return now })
	for _, step := range []struct {
		at   time.Duration
		want int
	}{{0, 1}, {54 * time.Minute, 1}, {56 * time.Minute, 2}, {110 * time.Minute, 2}, {112 * time.Minute, 3}} {
		now = day.Add(step.at)
		if _, err := p.FetchOne(context.Background(), "404-0000001-0000001"); err != nil {
			t.Fatal(err)
		}
		if n, _ := a.counts(); n != step.want {
			t.Errorf("after %s: %d exchanges, want %d", step.at, n, step.want)
		}
	}
}

func TestRevokedTokenIsRenewedInTheMiddleOfARun(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.pageSize = 1
	a.put("404-0000001-0000001", day.Add(-2*time.Hour))
	a.put("404-0000002-0000002", day.Add(-time.Hour))
	p := a.platform(a.now)
	page, err := p.Fetch(context.Background(), "")
	for err == nil && len(page.Reports) == 0 {
		page, err = p.Fetch(context.Background(), page.Next)
	}
	if err != nil || !page.More {
		t.Fatal(page.More, err)
	}
	a.revoke()
	ids, _ := drain(t, p, page.Next)
	if n, _ := a.counts(); n != 2 || len(ids) != 1 {
		t.Errorf("%d exchanges and %d orders, want 2 and 1", n, len(ids))
	}
}

func TestRefusedCredentials(t *testing.T) {
	t.Parallel()
	deny := func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/auth/o2/token" {
			return false
		}
		refuse(w, http.StatusForbidden, "Unauthorized", "Access to requested resource is denied.")
		return true
	}
	tests := []struct {
		name  string
		spoil func(a *account, cfg *ingest.Config)
		// exchanges and calls allowed until the error.
		exchanges, calls int
	}{
		{"refresh token", func(_ *account, cfg *ingest.Config) { cfg.Secrets.Credentials["refresh_token"] = "Atzr|other" }, 1, 0},
		{"role", func(a *account, _ *ingest.Config) { a.on(deny) }, 2, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t)
			cfg := a.config()
			tt.spoil(a, &cfg)
			p, err := New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.FetchOne(context.Background(), "404-0000001-0000001")
			if !errors.Is(err, ingest.ErrAuth) || errors.Is(err, ingest.ErrTemporary) {
				t.Errorf("error %v, want ErrAuth", err)
			}
			for _, secret := range []string{"Atzr", "Atza", "s3cret"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error repeats %q: %v", secret, err)
				}
			}
			if exchanges, calls := a.counts(); exchanges != tt.exchanges || calls != tt.calls {
				t.Errorf("%d exchanges and %d calls, want %d and %d", exchanges, calls, tt.exchanges, tt.calls)
			}
		})
	}
}

func TestTokenHostTroubleIsTemporary(t *testing.T) {
	t.Parallel()
	for name, hook := range map[string]func(w http.ResponseWriter){
		"web page": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html>Robot Check</html>"))
		},
		"no token": func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"token_type":"bearer"}`)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t)
			a.on(func(w http.ResponseWriter, _ *http.Request) bool { hook(w); return true })
			if err := a.platform(a.now).Check(context.Background()); !errors.Is(err, ingest.ErrTemporary) || errors.Is(err, ingest.ErrAuth) {
				t.Errorf("error %v, want ErrTemporary", err)
			}
		})
	}
}

// An application without a role for personal data is refused when it asks for
// them; it must still get its orders, and not be refused on every call.
func TestOrdersWithoutPersonalDataRole(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.put("404-0000001-0000001", day.Add(-time.Hour), map[string]any{"buyer": map[string]any{"buyerName": "Asha"}})
	refusals, granted := 0, false
	a.on(func(w http.ResponseWriter, r *http.Request) bool {
		if granted || !strings.Contains(r.URL.Query().Get("includedData"), "BUYER") {
			return false
		}
		refusals++
		refuse(w, http.StatusForbidden, "Unauthorized", "Access to requested resource is denied.")
		return true
	})
	now := day
	p := a.platform(func() time.Time { return now })
	read := func() string {
		t.Helper()
		r, err := p.FetchOne(context.Background(), "404-0000001-0000001")
		if err != nil {
			t.Fatal(err)
		}
		return r.Facts.Customer.Name
	}
	for range 3 {
		if name := read(); name != "" {
			t.Errorf("customer %q without the role", name)
		}
	}
	if refusals != 2 { // the first, and with a renewed token
		t.Errorf("asked for personal data %d times, want 2", refusals)
	}
	a.mu.Lock()
	granted = true
	a.mu.Unlock()
	now = now.Add(personalRetry)
	if name := read(); name != "Asha" {
		t.Errorf("customer %q after the role was granted", name)
	}
}
