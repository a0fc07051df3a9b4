package shop

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Message is one delivery to a webhook.
type Message struct {
	// Group is what a message must not overtake in an ordered outbox.
	Group string
	// Build makes the request; it is called for each attempt.
	Build func(ctx context.Context) (*http.Request, error)
}

// Ladder says when a failed delivery is tried again: after each delay once.
type Ladder []time.Duration

// OutboxOptions are a platform's rules of delivery.
type OutboxOptions struct {
	Ladder  Ladder
	Forever bool // the last delay is repeated without end
	// Jitter is the share by which a delay may be longer.
	Jitter  float64
	Ordered bool // a message waits until those of its group before it arrived
	// Timeout is how long the receiver may take; 0 leaves it to the client.
	Timeout time.Duration
	// Accepted tells success by the status of an answer, 0 for none; 2xx when
	// it is nil.
	Accepted func(status int) bool
	// Failed is told of each failure, last when there will be no other try.
	Failed func(m Message, status int, last bool)
}

// Outbox delivers webhooks by a platform's rules. It is safe for concurrent
// use; one Send runs at a time.
type Outbox struct {
	opt  OutboxOptions
	send sync.Mutex

	mu    sync.Mutex
	queue []*letter
}

type letter struct {
	Message
	due   time.Time
	tries int
}

// NewOutbox makes an empty outbox.
func NewOutbox(opt OutboxOptions) *Outbox {
	if opt.Accepted == nil {
		opt.Accepted = func(status int) bool { return status/100 == 2 }
	}
	if opt.Failed == nil {
		opt.Failed = func(Message, int, bool) {}
	}
	return &Outbox{opt: opt}
}

// Add queues messages, due at once.
func (b *Outbox) Add(messages ...Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range messages {
		b.queue = append(b.queue, &letter{Message: m})
	}
}

// Len is how many messages wait.
func (b *Outbox) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.queue)
}

// Clear forgets all that waits.
func (b *Outbox) Clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = nil
}

// Send tries what is due at a time by the platform's clock and returns how
// many messages were accepted.
func (b *Outbox) Send(ctx context.Context, client *http.Client, now time.Time) (accepted int) {
	b.send.Lock()
	defer b.send.Unlock()
	for _, l := range b.due(now) {
		if ctx.Err() != nil {
			return accepted
		}
		if b.opt.Ordered && b.blocked(l) {
			continue
		}
		status := b.try(ctx, client, l)
		if ok := b.opt.Accepted(status); ok {
			accepted++
			b.drop(l)
		} else {
			b.fail(l, status, now)
		}
	}
	return accepted
}

// due lists the messages whose time has come.
func (b *Outbox) due(now time.Time) []*letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []*letter
	for _, l := range b.queue {
		if !l.due.After(now) {
			all = append(all, l)
		}
	}
	return all
}

// blocked reports whether another message of the group waits before this one.
func (b *Outbox) blocked(l *letter) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.queue, func(x *letter) bool { return x.Group == l.Group })
	return i >= 0 && b.queue[i] != l
}

func (b *Outbox) try(ctx context.Context, client *http.Client, l *letter) (status int) {
	if b.opt.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, b.opt.Timeout)
		defer cancel()
	}
	r, err := l.Build(ctx)
	if err != nil {
		return 0 // the address cannot be called
	}
	res, err := client.Do(r)
	if err != nil {
		return 0
	}
	_ = res.Body.Close() // nothing of it is read
	return res.StatusCode
}

func (b *Outbox) drop(l *letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.queue, l); i >= 0 {
		b.queue = slices.Delete(b.queue, i, i+1)
	}
}

func (b *Outbox) fail(l *letter, status int, now time.Time) {
	b.mu.Lock()
	step := l.tries
	l.tries++
	last := step >= len(b.opt.Ladder) && (!b.opt.Forever || len(b.opt.Ladder) == 0)
	if !last {
		wait := b.opt.Ladder[min(step, len(b.opt.Ladder)-1)]
		l.due = now.Add(wait + time.Duration(rand.Float64()*b.opt.Jitter*float64(wait)))
	}
	b.mu.Unlock()
	if last {
		b.drop(l)
	}
	b.opt.Failed(l.Message, status, last)
}

// Garble repeats and swaps messages when the faults ask for duplicates, as
// networks and retries do.
func (s *Shop) Garble(all []Message) []Message {
	share := s.Faults().Duplicate
	var out []Message
	for _, m := range all {
		if out = append(out, m); s.Roll(share) {
			out = append(out, m)
		}
		if n := len(out); n > 1 && s.Roll(share) {
			out[n-1], out[n-2] = out[n-2], out[n-1]
		}
	}
	return out
}

// SignStandard adds the headers of the Standard Webhooks specification 1.0.0.
// secret is "whsec_" and the key in base64.
func SignStandard(h http.Header, secret, id string, at time.Time, body []byte) {
	key, err := base64.StdEncoding.DecodeString(secret[len("whsec_"):])
	if err != nil {
		panic(err) // secrets are our own
	}
	seconds := strconv.FormatInt(at.Unix(), 10)
	m := hmac.New(sha256.New, key)
	m.Write([]byte(id + "." + seconds + "."))
	m.Write(body)
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", seconds)
	h.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
}

// StandardSecret makes a secret for SignStandard, the same for one seed.
func StandardSecret(platform string, seed int64) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(Secret(platform, "webhook", seed)[:32]))
}
