package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// person is one who works: signed in at one of the servers.
type person struct {
	*client
	run    *usersRun
	server int
}

// signInAll signs everybody in, waiting as long as the server says where it
// limits that.
func (r *usersRun) signInAll(ctx context.Context) ([]*person, error) {
	var people []*person
	for i := range r.o.users {
		email := r.o.email
		if strings.Contains(email, "%d") {
			email = fmt.Sprintf(email, i%r.o.accounts+1)
		}
		c, err := r.signInPatiently(ctx, options{url: r.o.bases[i%len(r.o.bases)], email: email, password: r.o.password, conns: 4})
		if err != nil {
			return nil, fmt.Errorf("person %d: %w", i+1, err)
		}
		if _, err := c.orders(ctx); err != nil {
			return nil, err
		}
		people = append(people, &person{client: c, run: r, server: i % len(r.o.bases)})
	}
	return people, nil
}

func (r *usersRun) signInPatiently(ctx context.Context, o options) (*client, error) {
	for {
		c, err := newClient(o)
		if err != nil {
			return nil, err
		}
		wait, err := c.enter(ctx, o)
		if err != nil || wait == 0 {
			return c, err
		}
		if !pause(ctx, wait) {
			return nil, ctx.Err()
		}
	}
}

// kinds of pages, each as often as it stands here.
func mix() []string {
	return strings.Fields(`list list list list list filter filter filter search search order order order order order
		dashboard counts trends customers channels note`)
}

// work opens pages and thinks until ctx ends.
func (p *person) work(ctx context.Context) {
	kinds := mix()
	for ctx.Err() == nil {
		kind := kinds[rand.IntN(len(kinds))] //nolint:gosec // spreads load
		begun := time.Now()
		err := p.open(ctx, kind)
		if ctx.Err() != nil {
			return // cut off by the end of the run
		}
		p.run.note(kind, time.Since(begun), err)
		if !pause(ctx, p.run.o.think) {
			return
		}
	}
}

func (p *person) open(ctx context.Context, kind string) error {
	if kind == "note" {
		return p.write(ctx)
	}
	path, err := p.path(ctx, kind)
	if err != nil {
		return err
	}
	_, err = p.get(ctx, path)
	return err
}

func (p *person) path(ctx context.Context, kind string) (string, error) {
	name := map[string]string{"filter": "list-filter", "search": "list-search", "counts": "view-counts"}[kind]
	if name == "" {
		name = kind
	}
	for _, s := range scenarios() {
		if s.name == name {
			return s.path(ctx, p.client)
		}
	}
	return "", fmt.Errorf("there is no page %s", kind)
}

// write leaves a note on an order: a change that every open page hears of.
func (p *person) write(ctx context.Context) error {
	path, err := p.anOrder()
	if err != nil {
		return err
	}
	form := url.Values{"text": {"seen " + time.Now().Format(time.TimeOnly)}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+path+"/notes", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", p.base)
	resp, err := p.http.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("note: %s", resp.Status)
	}
	p.run.wrote(strings.TrimPrefix(path, "/orders/"), p.server)
	return nil
}

// retryAfter is how long an answer asks to wait, at least a second.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || n < 1 {
		n = 1
	}
	return time.Duration(n) * time.Second
}
