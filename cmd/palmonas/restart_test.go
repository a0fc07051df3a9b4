package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// probe asks for a page again and again, each time on a new connection, and
// keeps how often it failed and the longest time without an answer.
type probe struct {
	answered, failed atomic.Int64
	mu               sync.Mutex
	last             time.Time
	gap              time.Duration
	why              string
}

// run asks until ctx ends. A request that is begun is waited for.
func (p *probe) run(ctx context.Context, client *http.Client, address string) {
	once := *client
	once.Transport = &http.Transport{DisableKeepAlives: true}
	for ctx.Err() == nil {
		err := p.ask(context.WithoutCancel(ctx), &once, address)
		p.mu.Lock()
		now := time.Now()
		switch {
		case err != "":
			p.failed.Add(1)
			p.why = err
		case !p.last.IsZero():
			p.gap = max(p.gap, now.Sub(p.last))
			fallthrough
		default:
			p.answered.Add(1)
			p.last = now
		}
		p.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
}

func (p *probe) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Sprintf("%d answered, %d not, longest time without an answer %s", p.answered.Load(), p.failed.Load(), p.gap.Round(time.Millisecond))
}

func (p *probe) ask(ctx context.Context, client *http.Client, address string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err.Error()
	}
	resp, err := client.Do(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err.Error()
	}
	if resp.StatusCode != http.StatusOK || strings.HasSuffix(resp.Request.URL.Path, "/login") {
		return resp.Status + " at " + resp.Request.URL.Path
	}
	return ""
}

// TestRestartAlone restarts the only server, as a service manager does, while
// somebody keeps asking: the time without an answer is logged, and the one who
// asks is still signed in.
func TestRestartAlone(t *testing.T) {
	t.Parallel()
	env := []string{"PALMONAS_DATA_DIR=" + t.TempDir(), "PALMONAS_LOG_LEVEL=warn"}
	const password = "a restart in the afternoon"
	if code, _, errs := invoke(t, env, password+"\n", "user", "add", "--email", "admin@example.com", "--name", "Admin", "--role", "admin", "--password-stdin"); code != 0 {
		t.Fatal(errs)
	}
	s := startServer(t, env)
	s.ready(t)
	client := signIn(t, s.base, "admin@example.com", password)
	p := &probe{}
	ctx, end := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	asking.Go(func() { p.run(ctx, client, s.base+"/orders") })
	defer asking.Wait()
	defer end()
	eventually(t, time.Minute, "pages come", func() bool { return p.answered.Load() > 20 })
	s.stop(t)
	next := startServerAt(t, env, strings.TrimPrefix(s.base, "http://"))
	next.ready(t)
	before := p.answered.Load()
	eventually(t, time.Minute, "pages come again", func() bool { return p.answered.Load() > before+20 })
	t.Log(p)
	if p.failed.Load() == 0 {
		t.Error("no request failed: nothing was restarted")
	}
	next.stop(t)
}

// balancer sends requests to whichever server says that it is ready, as a proxy
// with health checks does. It never tries a request twice.
type balancer struct {
	mu    sync.Mutex
	ready []*url.URL
	next  int
}

// watch asks every server five times a second.
func (b *balancer) watch(ctx context.Context, servers []*url.URL) {
	client := &http.Client{Timeout: time.Second}
	for ctx.Err() == nil {
		var ready []*url.URL
		for _, u := range servers {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.JoinPath("readyz").String(), nil)
			if err != nil {
				return
			}
			resp, err := client.Do(req)
			if err != nil {
				continue
			}
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				ready = append(ready, u)
			}
		}
		b.mu.Lock()
		b.ready = ready
		b.mu.Unlock()
		time.Sleep(200 * time.Millisecond)
	}
}

func (b *balancer) pick() *url.URL {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ready) == 0 {
		return nil
	}
	b.next++
	return b.ready[b.next%len(b.ready)]
}

func (b *balancer) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.ready)
}

// TestRestartOneOfTwo restarts two servers on one MongoDB one after the other
// behind a proxy, under load: not one request fails.
func TestRestartOneOfTwo(t *testing.T) {
	t.Parallel()
	env := mongoEnv(t)
	const password = "two servers, one after the other"
	c, err := loadConfig(env)
	if err != nil {
		t.Fatal(err)
	}
	a, err := openApp(t.Context(), c, newLogger(c, &lockedBuffer{}), shared)
	if err != nil {
		t.Fatal(err)
	}
	_, err = demoUsers(t.Context(), a.store, password)
	if cerr := a.close(t.Context()); err != nil || cerr != nil {
		t.Fatal(err, cerr)
	}
	var servers []*server
	var addresses []*url.URL
	for range 2 {
		s := startServer(t, env)
		s.ready(t)
		u, err := url.Parse(s.base)
		if err != nil {
			t.Fatal(err)
		}
		servers, addresses = append(servers, s), append(addresses, u)
	}
	b := &balancer{}
	ctx, end := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { b.watch(ctx, addresses) })
	front := httptest.NewServer(&httputil.ReverseProxy{
		ErrorLog: log.New(io.Discard, "", 0), // the one who asks sees it
		// Connections of its own for each request: what is kept alive is for
		// proxies that try again.
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext},
		Rewrite: func(r *httputil.ProxyRequest) {
			if u := b.pick(); u != nil {
				r.SetURL(u)
				r.Out.Host = r.In.Host
			}
		},
	})
	defer front.Close()
	defer running.Wait()
	defer end()
	eventually(t, time.Minute, "both are ready", func() bool { return b.count() == 2 })
	client := signIn(t, front.URL, "admin@palmonas.demo", password)
	p := &probe{}
	for range 4 {
		running.Go(func() { p.run(ctx, client, front.URL+"/orders") })
	}
	for i, s := range servers {
		before := p.answered.Load()
		s.stop(t)
		servers[i] = startServerAt(t, env, addresses[i].Host)
		eventually(t, time.Minute, "both are ready again", func() bool { return b.count() == 2 })
		if n := p.answered.Load(); n < before+20 {
			t.Errorf("only %d requests during a restart: the test tests nothing", n-before)
		}
	}
	end()
	running.Wait()
	t.Log(p)
	if n := p.failed.Load(); n != 0 {
		t.Errorf("%d of %d requests failed, the last with %s", n, p.answered.Load()+n, p.why)
	}
	for _, s := range servers {
		s.stop(t)
	}
}
