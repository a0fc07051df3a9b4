package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Limit is a token bucket: Rate tokens a second, at most Burst at once.
type Limit struct {
	Rate  float64
	Burst int
}

// ClientOptions are an adapter's rules for talking to its platform.
type ClientOptions struct {
	HTTP *http.Client
	// Limits by operation name; an operation without one is not limited.
	Limits map[string]Limit
	// LearnRate reads the rate that the platform announces in an answer, if it
	// does; the bucket of the operation then follows it. Optional.
	LearnRate func(op string, h http.Header) (perSecond float64, ok bool)
	// Levels keeps the level of slow limits over restarts. Optional.
	Levels Levels
	// Attempts bounds the tries of one call, the first included. Default 4.
	Attempts int
	// MaxBody bounds an answer in bytes. Default 32 MiB.
	MaxBody int64
	// MaxWait bounds one wait, for a token or after a failure; a call that had
	// to wait longer fails at once with *LimitError or ErrTemporary. Default 1 minute.
	MaxWait time.Duration
	Now     func() time.Time
	// Sleep waits or returns the context's error; tests replace it.
	Sleep func(ctx context.Context, d time.Duration) error
	// Jitter returns a number from 0 up to 1, uniformly; tests replace it.
	Jitter func() float64
}

// Defaults of ClientOptions.
const (
	defaultAttempts = 4
	defaultMaxBody  = 32 << 20
	defaultMaxWait  = time.Minute
	defaultTimeout  = time.Minute // of one try, where the http.Client sets none
	userAgent       = "palmonas-crm"
)

// Client calls one platform for one channel within its limits. It is safe for
// concurrent use. Keep one per channel: the limits are the account's, not the
// call's.
type Client struct {
	o       ClientOptions
	http    *http.Client
	breaker breaker
	budget  retryBudget

	mu      sync.Mutex
	buckets map[string]*bucket
}

// NewClient makes a client; zero options take their defaults. The given
// http.Client is not modified, and its redirect policy is not used.
func NewClient(o ClientOptions) *Client {
	if o.HTTP == nil {
		o.HTTP = &http.Client{}
	}
	if o.Attempts <= 0 {
		o.Attempts = defaultAttempts
	}
	if o.MaxBody <= 0 {
		o.MaxBody = defaultMaxBody
	}
	if o.MaxWait <= 0 {
		o.MaxWait = defaultMaxWait
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64 // spreads load, guards nothing
	}
	o.Limits = maps.Clone(o.Limits)
	hc := *o.HTTP
	// A redirect would carry credentials to wherever the answer points.
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if hc.Timeout == 0 {
		hc.Timeout = defaultTimeout
	}
	return &Client{o: o, http: &hc, buckets: map[string]*bucket{}}
}

type repeatableKey struct{}

// Repeatable marks the calls of a context as safe to send twice although their
// method is not GET or HEAD, such as a search by POST.
func Repeatable(ctx context.Context) context.Context {
	return context.WithValue(ctx, repeatableKey{}, true)
}

func repeatable(req *http.Request) bool {
	marked, _ := req.Context().Value(repeatableKey{}).(bool)
	return marked || req.Method == http.MethodGet || req.Method == http.MethodHead
}

// Do makes one call as op, an operation name of ClientOptions.Limits. build is
// called for every try and must hand the context on to the request.
//
// The call waits for the operation's token and for a Retry-After that was
// announced before. Network errors, 408, 425, 429 and 5xx are tried again, with
// full jitter, if the method is GET or HEAD or the context is Repeatable.
//
// The answer has a 2xx status and a complete body. Errors: *LimitError when the
// platform, or a wait beyond MaxWait, forbids the call; *StatusError for any
// other status, a redirect among them; ErrTemporary for a network failure, a
// web page instead of an answer, or a platform at rest after many failures; the
// context's error. No error text holds a URL's query, a header or a body.
func (c *Client) Do(ctx context.Context, op string, build func(context.Context) (*http.Request, error)) (Response, error) {
	var last error
	for try := 0; ; try++ {
		if !c.breaker.allow(c.o.Now()) {
			if last != nil {
				return Response{}, last
			}
			return Response{}, fmt.Errorf("%w: after many failures it is tried only every %s", ErrTemporary, breakerProbe)
		}
		if err := c.waitToken(ctx, op); err != nil {
			return Response{}, err
		}
		req, err := build(ctx)
		if err != nil {
			return Response{}, err
		}
		res, err := c.once(op, req)
		if err == nil {
			c.budget.earn()
			return res, nil
		}
		if ctx.Err() != nil {
			return Response{}, ctx.Err()
		}
		var pause time.Duration
		var again bool
		pause, again, last = c.judge(try, err)
		if !again || try+1 >= c.o.Attempts || !repeatable(req) || pause > c.o.MaxWait || !c.budget.spend() {
			return Response{}, last
		}
		if err := c.o.Sleep(ctx, pause); err != nil {
			return Response{}, err
		}
	}
}

// judge splits the error of a failed try into how long to wait, whether trying
// again can help at all, and what the caller sees.
func (c *Client) judge(try int, err error) (pause time.Duration, again bool, seen error) {
	var f *failure
	if !errors.As(err, &f) {
		return 0, false, err
	}
	pause = backoff(try, min(maxBackoff, c.o.MaxWait), c.o.Jitter())
	return max(pause, f.retryAfter), f.again, f.err
}

// waitToken waits until the operation may be called.
func (c *Client) waitToken(ctx context.Context, op string) error {
	b := c.bucket(op)
	wait, ok := b.take(c.o.Now(), c.o.MaxWait)
	for rounds := 0; ok && wait > 0 && rounds < 3; rounds++ {
		if err := c.o.Sleep(ctx, wait); err != nil {
			b.giveBack()
			return err
		}
		// Another call may have been told to stay away meanwhile.
		if wait = b.blocked(c.o.Now()); wait > c.o.MaxWait {
			b.giveBack()
			ok = false
		}
	}
	if !ok {
		return &LimitError{RetryAfter: wait}
	}
	if c.o.Levels != nil {
		if tokens, at, low := b.low(); low {
			c.o.Levels.Save(op, tokens, at)
		}
	}
	return ctx.Err()
}

func (c *Client) bucket(op string) *bucket {
	c.mu.Lock()
	defer c.mu.Unlock()
	b, ok := c.buckets[op]
	if !ok {
		b = newBucket(c.o.Limits[op])
		if c.o.Levels != nil && b.rate > 0 && b.rate < slowRate {
			b.recall(c.o.Levels, op, c.o.Now())
		}
		c.buckets[op] = b
	}
	return b
}

// once makes one try and sorts its outcome.
func (c *Client) once(op string, req *http.Request) (Response, error) {
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", userAgent)
	}
	hr, err := c.http.Do(req)
	if err != nil {
		return Response{}, c.unreachable(req, err)
	}
	defer hr.Body.Close()
	body, err := io.ReadAll(io.LimitReader(hr.Body, c.o.MaxBody+1))
	now := c.o.Now()
	res := Response{Status: hr.StatusCode, Header: hr.Header, Body: body}
	if c.o.LearnRate != nil {
		if rate, ok := c.o.LearnRate(op, hr.Header); ok {
			c.bucket(op).follow(rate, now)
		}
	}
	switch {
	case err != nil:
		// A body shorter than announced, though the status said 200.
		return Response{}, c.unreachable(req, err)
	case int64(len(body)) > c.o.MaxBody:
		return Response{}, fmt.Errorf("the answer of %s is larger than %d bytes", req.URL.Host, c.o.MaxBody)
	case hr.StatusCode/100 == 2:
		c.breaker.note(now, true)
		return res, nil
	}
	return Response{}, c.refused(op, req, res, now)
}

// unreachable words a call without a complete answer. The URL is left out: its
// query may hold secrets.
func (c *Client) unreachable(req *http.Request, err error) error {
	if req.Context().Err() == nil {
		c.breaker.note(c.o.Now(), false)
	}
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = fmt.Errorf("%s: %w", op.Op, op.Err) // no local port: the same failure reads the same
	}
	// %v: a timeout of the http.Client must not look like the caller's deadline.
	return &failure{err: fmt.Errorf("%w: %s %s: %v", ErrTemporary, req.Method, req.URL.Host, err), again: true} //nolint:errorlint // see above
}

// sleep is the default of ClientOptions.Sleep.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
