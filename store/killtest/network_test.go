package killtest

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// line is a TCP connection to a server that can be made bad: a proxy on
// loopback.
type line struct {
	to    string
	slow  atomic.Int64 // nanoseconds that each piece takes longer
	deaf  atomic.Bool  // nothing comes through, and nobody is told
	down  atomic.Bool  // new connections are cut at once
	mu    sync.Mutex
	conns map[*net.TCPConn]bool
}

// newLine listens until the test ends and returns its address.
func newLine(t *testing.T, to string) (*line, string) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &line{to: to, conns: map[*net.TCPConn]bool{}}
	var all sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		n.cut()
		all.Wait()
	})
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { n.carry(c.(*net.TCPConn)) })
		}
	})
	return n, l.Addr().String()
}

func (n *line) carry(from *net.TCPConn) {
	defer from.Close()
	c, err := net.DialTimeout("tcp", n.to, 5*time.Second)
	if err != nil {
		return
	}
	to := c.(*net.TCPConn)
	defer to.Close()
	if n.down.Load() {
		_ = from.SetLinger(0) // a reset
		return
	}
	n.mu.Lock()
	n.conns[from], n.conns[to] = true, true
	n.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { n.pass(from, to) })
	both.Go(func() { n.pass(to, from) })
	both.Wait()
	n.mu.Lock()
	delete(n.conns, from)
	delete(n.conns, to)
	n.mu.Unlock()
}

func (n *line) pass(from, to *net.TCPConn) {
	defer to.Close()
	b := make([]byte, 32<<10)
	for {
		k, err := from.Read(b)
		if err != nil {
			return
		}
		time.Sleep(time.Duration(n.slow.Load()))
		if n.deaf.Load() {
			_, _ = io.Copy(io.Discard, from) // until it is cut
			return
		}
		if _, err := to.Write(b[:k]); err != nil {
			return
		}
	}
}

// cut resets every connection.
func (n *line) cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		_ = c.SetLinger(0)
		c.Close()
	}
}

// TestBadLineToMongoDB writes through a line that is slow, cut again and again,
// silent and down. Each time it recovers, work goes on, and what was
// acknowledged is there.
func TestBadLineToMongoDB(t *testing.T) {
	t.Parallel()
	direct := mongoPlace(t)
	uri, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	n, address := newLine(t, uri.Host)
	uri.Host, uri.RawQuery = address, "directConnection=true&serverSelectionTimeoutMS=1000"
	s, err := open(t.Context(), uri.String())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var mu sync.Mutex
	var news []said
	var acknowledged, failed atomic.Int64
	w := &writer{store: s, said: func(kind, id, what string) {
		mu.Lock()
		defer mu.Unlock()
		news = append(news, said{kind, id, what})
		acknowledged.Add(1)
	}}
	ctx, end := context.WithCancel(t.Context())
	var working sync.WaitGroup
	defer working.Wait()
	defer end()
	for _, forever := range []func(context.Context) error{w.orders, w.hooks, w.hooks} {
		working.Go(func() {
			for ctx.Err() == nil {
				within, cancel := context.WithTimeout(ctx, 3*time.Second)
				if err := forever(within); err != nil && !errors.Is(err, context.Canceled) {
					failed.Add(1)
				}
				cancel()
			}
		})
	}
	c := &checker{t: t, place: direct, result: result{Engine: "mongodb", Acknowledged: map[string]int{}}}
	for _, f := range []struct {
		name  string
		bad   func()
		fails bool
	}{
		{"slow", func() { n.slow.Store(int64(100 * time.Millisecond)); time.Sleep(2 * time.Second) }, false},
		{"cut again and again", func() {
			for range 10 {
				n.cut()
				time.Sleep(150 * time.Millisecond)
			}
		}, false}, // reads are tried again by the driver
		{"silent", func() { n.deaf.Store(true); time.Sleep(4 * time.Second); n.cut() }, true},
		{"down", func() { n.down.Store(true); n.cut(); time.Sleep(2 * time.Second) }, true},
	} {
		before := failed.Load()
		f.bad()
		n.slow.Store(0)
		n.deaf.Store(false)
		n.down.Store(false)
		if f.fails && failed.Load() == before {
			t.Errorf("%s: nothing failed: the test tests nothing", f.name)
		}
		again, begun := acknowledged.Load()+20, time.Now()
		for acknowledged.Load() < again {
			if time.Since(begun) > time.Minute {
				t.Fatalf("%s: no work goes on after a minute", f.name)
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Logf("%s: %d calls failed, at work again %s after it was over", f.name, failed.Load()-before, time.Since(begun).Round(time.Millisecond))
		mu.Lock()
		part := news
		news = nil
		mu.Unlock()
		c.Kills++
		c.reopened(part, false)
	}
	end()
	working.Wait()
	c.reopened(news, true)
	t.Logf("acknowledged %v, lost %d", c.Acknowledged, c.Lost)
}

// mongoPlace is the URI of a database of its own, which the test's end drops.
func mongoPlace(t *testing.T) string {
	t.Helper()
	given := os.Getenv("PALMONAS_TEST_MONGODB_URI")
	if given == "" {
		t.Skip("PALMONAS_TEST_MONGODB_URI is not set: no MongoDB to test with")
	}
	uri, err := url.Parse(given)
	if err != nil {
		t.Fatal(err)
	}
	uri.Path = "/palmonas_kill_" + strings.ToLower(rand.Text()[:12])
	t.Cleanup(func() { drop(t, given, uri.Path[1:]) })
	return uri.String()
}
