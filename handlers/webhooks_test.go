package handlers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// hook is a webhook as a program sends it: no browser headers.
func (a *app) hook(path, body string, header ...string) answer {
	a.t.Helper()
	r, err := http.NewRequestWithContext(a.t.Context(), http.MethodPost, a.http.URL+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return a.browser().do(r)
}

func TestReceiveHook(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	const good = "hook-secret-1"
	body := `{"customer":"Asha Raghunathan"}`
	for _, c := range []struct {
		name, path, body string
		header           []string
		status           int
	}{
		{"unsigned", "/webhooks/shop", body, nil, http.StatusUnauthorized},
		{"signed by another", "/webhooks/shop", body, []string{"X-Signature", "x"}, http.StatusUnauthorized},
		{"unknown channel", "/webhooks/none", body, []string{"X-Signature", good}, http.StatusNotFound},
		{"channel without webhooks", "/webhooks/website", body, []string{"X-Signature", good}, http.StatusNotFound},
		{"good", "/webhooks/shop", body, []string{"X-Signature", good, "X-Event", "e1"}, http.StatusAccepted},
		{"repeat", "/webhooks/shop", body, []string{"X-Signature", good, "X-Event", "e1"}, http.StatusOK},
		{"next", "/webhooks/shop", body, []string{"X-Signature", good, "X-Event", "e2", "Origin", "https://shop.example.com", "Sec-Fetch-Site", "cross-site"}, http.StatusAccepted},
		{"ping", "/webhooks/shop", "", []string{"X-Signature", good, "X-Topic", "ping"}, http.StatusOK},
		{"compressed", "/webhooks/shop", body, []string{"X-Signature", good, "Content-Encoding", "gzip"}, http.StatusUnsupportedMediaType},
		{"1 MiB", "/webhooks/shop", strings.Repeat("a", maxHook), []string{"X-Signature", good, "X-Event", "big"}, http.StatusAccepted},
		{"more", "/webhooks/shop", strings.Repeat("a", maxHook+1), []string{"X-Signature", good}, http.StatusRequestEntityTooLarge},
	} {
		got := a.hook(c.path, c.body, c.header...)
		if got.status != c.status {
			t.Errorf("%s: %d, want %d: %s", c.name, got.status, c.status, got.body)
		}
		if ct := got.header.Get("Content-Type"); got.status >= 400 && !strings.HasPrefix(ct, "application/json") {
			t.Errorf("%s: answers %s", c.name, ct)
		}
	}
	if n, _, err := a.store.Inbox().Backlog(t.Context(), "shop"); err != nil || n != 3 {
		t.Errorf("%d in the inbox, %v", n, err)
	}
	if log := a.log.String(); strings.Contains(log, "Asha") || strings.Contains(log, good) {
		t.Error("the log holds a body or a secret")
	}
	chunked, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.http.URL+"/webhooks/shop", io.MultiReader(strings.NewReader(strings.Repeat("a", maxHook)), strings.NewReader("b")))
	if err != nil {
		t.Fatal(err)
	}
	chunked.Header.Set("X-Signature", good)
	a.browser().do(chunked).want(t, http.StatusRequestEntityTooLarge)
}

// A session gives a webhook no powers, and a webhook keeps none alive.
func TestN63HooksKnowNoSession(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	b := a.as("admin")
	b.do(b.request(http.MethodPost, "/webhooks/shop", strings.NewReader("x"))).want(t, http.StatusUnauthorized)
	b.get("/webhooks/shop").want(t, http.StatusMethodNotAllowed)
}

// Both secrets hold while one replaces the other.
func TestHookDuringRotation(t *testing.T) {
	t.Parallel()
	a, _ := newShop(t)
	b := a.as("admin")
	b.post("/channels/shop/secret", map[string][]string{"version": {"1"}, "action": {"rotate"}}).want(t, http.StatusOK)
	fresh := a.secrets().Webhook[0]
	a.hook("/webhooks/shop", "{}", "X-Signature", "hook-secret-1", "X-Event", "a").want(t, http.StatusAccepted)
	a.hook("/webhooks/shop", "{}", "X-Signature", fresh, "X-Event", "b").want(t, http.StatusAccepted)
	b.post("/channels/shop/secret", map[string][]string{"version": {"2"}, "action": {"retire"}}).want(t, http.StatusSeeOther)
	a.hook("/webhooks/shop", "{}", "X-Signature", "hook-secret-1", "X-Event", "c").want(t, http.StatusUnauthorized)
	a.hook("/webhooks/shop", "{}", "X-Signature", fresh, "X-Event", "c").want(t, http.StatusAccepted)
}

type brokenHooks struct{ err error }

func (b brokenHooks) Receive(context.Context, string, http.Header, []byte, time.Time) (bool, error) {
	return false, b.err
}

func TestHookNotStored(t *testing.T) {
	t.Parallel()
	for name, deps := range map[string]Hooks{"store down": brokenHooks{errors.New("disk full")}, "too slow": brokenHooks{context.DeadlineExceeded}, "none": nil} {
		a := newApp(t, func(d *Deps) { d.Hooks = deps })
		got := a.hook("/webhooks/website", "{}").want(t, http.StatusServiceUnavailable)
		if got.header.Get("Retry-After") == "" {
			t.Errorf("%s: no Retry-After", name)
		}
		got.lacksText(t, "disk full")
	}
}
