package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// wrote remembers a change until the open pages of every server heard of it.
func (r *usersRun) wrote(order string, server int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes[order] = change{at: time.Now(), server: server, heard: map[int]bool{}}
}

type change struct {
	at     time.Time
	server int // where it was made
	heard  map[int]bool
}

// heard notes that a page of a server was told of an order. What came before
// the answer to the one who wrote counts as at once.
func (r *usersRun) heard(line string, server int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events++
	id := between(line, `"id":"`, `"`)
	c, ok := r.changes[id]
	if !ok || c.heard[server] {
		return
	}
	c.heard[server] = true
	kind := "event, same server"
	if c.server != server {
		kind = "event, other server"
	}
	r.take(kind, time.Since(c.at), nil)
}

func between(text, before, after string) string {
	_, rest, ok := strings.Cut(text, before)
	if !ok {
		return ""
	}
	found, _, _ := strings.Cut(rest, after)
	return found
}

// listen keeps a page live until ctx ends, as a browser does: a stream that
// breaks is opened again.
func (p *person) listen(ctx context.Context) {
	for ctx.Err() == nil {
		err := p.stream(ctx)
		if ctx.Err() != nil {
			return
		}
		p.run.note("stream", 0, fmt.Errorf("a stream ended: %w", err))
		if !pause(ctx, 3*time.Second) {
			return
		}
	}
}

func (p *person) stream(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base+"/events", nil)
	if err != nil {
		return err
	}
	endless := *p.http
	endless.Timeout = 0
	resp, err := endless.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(resp.Status)
	}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data:"); ok {
			p.run.heard(data, p.server)
		}
	}
	return errors.Join(errors.New("no more to read"), lines.Err())
}
