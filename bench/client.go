package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// client is a signed-in browser and, for the API, the token of the same person.
type client struct {
	base  string
	http  *http.Client
	token string
	ids   []string // orders to open
}

func signIn(ctx context.Context, o options) (*client, error) {
	c, err := newClient(o)
	if err != nil {
		return nil, err
	}
	switch wait, err := c.enter(ctx, o); {
	case err != nil:
		return nil, err
	case wait > 0:
		return nil, fmt.Errorf("sign-in: too many; wait %s", wait)
	}
	return c, c.apiToken(ctx, o)
}

// newClient is a browser that nobody signed in with.
func newClient(o options) (*client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxConnsPerHost = o.conns, o.conns
	t.DisableCompression = true // answers are counted as they come, packed
	return &client{base: strings.TrimSuffix(o.url, "/"), http: &http.Client{Jar: jar, Transport: t, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// enter signs in. A server that limits that says how long to wait.
func (c *client) enter(ctx context.Context, o options) (wait time.Duration, err error) {
	form := url.Values{"email": {o.email}, "password": {o.password}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/login", strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", c.base)
	resp, err := c.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusSeeOther:
		return 0, nil
	case http.StatusTooManyRequests:
		return retryAfter(resp.Header), nil
	}
	return 0, fmt.Errorf("sign-in: %s", resp.Status)
}

func (c *client) apiToken(ctx context.Context, o options) error {
	body, err := json.Marshal(map[string]string{"email": o.email, "password": o.password})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/api/auth/login", strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var in struct{ Token string }
	if err := json.NewDecoder(resp.Body).Decode(&in); err != nil || in.Token == "" {
		return fmt.Errorf("API sign-in: %s", resp.Status)
	}
	c.token = in.Token
	return nil
}

// get asks for a path and reads the whole answer; it returns the packed bytes.
func (c *client) get(ctx context.Context, path string) (int64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Encoding", "gzip")
	if strings.HasPrefix(path, "/api/") {
		r.Header.Set("Accept", "application/json")
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, resp.Status)
	}
	return n, err
}

func (c *client) text(ctx context.Context, path string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

// orders says how many orders there are, as the list says it, and remembers
// some of them.
func (c *client) orders(ctx context.Context) (string, error) {
	page, err := c.text(ctx, "/orders?limit=100")
	if err != nil {
		return "", err
	}
	for _, m := range regexp.MustCompile(`href="/orders/([0-9a-z]{8,})`).FindAllStringSubmatch(page, -1) {
		c.ids = append(c.ids, m[1])
	}
	if m := regexp.MustCompile(`id="order-count"[^>]*>\s*([0-9,+]+)`).FindStringSubmatch(page); m != nil {
		return m[1], nil
	}
	return "an unknown number of", nil
}

func (c *client) anOrder() (string, error) {
	if len(c.ids) == 0 {
		return "", errors.New("the list shows no orders")
	}
	return "/orders/" + c.ids[rand.IntN(len(c.ids))], nil //nolint:gosec // spreads load
}

// memory is the resident memory of a process; empty when it is not known.
func memory(pid int) string {
	if pid == 0 {
		return ""
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return ""
	}
	pages, err := strconv.Atoi(fields[1])
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d MB", pages*os.Getpagesize()/1_000_000)
}
