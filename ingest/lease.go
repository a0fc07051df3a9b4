package ingest

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

// errLeaseLost ends a run whose job another process may have by now.
var errLeaseLost = errors.New("another process runs this job now")

// leases keep each job in one process of those that share a store. A process
// keeps a job's lease between its runs, so that the limits it counts for a
// platform hold; it loses it when it dies, hangs or stops. A run whose lease
// is lost is told to stop before the lease ends. That is no fence: a process
// that was frozen may still finish a write, which is why every write here may be
// repeated, and those that would set others back name the version that they
// build on: store.Channels.SaveProgress, the marks of wishes, store.Ledger.Save.
type leases struct {
	store  store.Leases
	holder string
	ttl    time.Duration
	now    func() time.Time
	log    *slog.Logger
	alone  bool // nobody else could want a job

	mu     sync.Mutex
	held   map[string]*heldLease
	others map[string]bool // jobs that were somebody else's when asked last
}

func newLeases(s store.Leases, holder string, ttl time.Duration, now func() time.Time, log *slog.Logger) *leases {
	return &leases{store: s, holder: holder, ttl: ttl, now: now, log: log, held: map[string]*heldLease{}, others: map[string]bool{}}
}

type heldLease struct {
	lease store.Lease
	until time.Time // by our clock, counted from before we asked
	// stops end the runs that go on under the lease.
	stops map[*context.CancelCauseFunc]bool
}

// renewals is how often a lease is prolonged in its time.
const renewals = 3

func (l *leases) every() time.Duration { return l.ttl / renewals }

// run runs a job if its lease is ours or free, and leaves it alone if not.
func (l *leases) run(ctx context.Context, job string, fn func(context.Context)) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if !l.take(ctx, job, &stop) {
		return
	}
	defer l.leave(job, &stop)
	fn(ctx)
	if errors.Is(context.Cause(ctx), errLeaseLost) {
		l.log.Warn("job stopped", "job", job, "err", errLeaseLost)
	}
}

// take acquires or prolongs a lease; stop, unless nil, is called if it is lost
// before leave.
func (l *leases) take(ctx context.Context, job string, stop *context.CancelCauseFunc) bool {
	if l.alone || l.has(job, stop) {
		return true
	}
	asked := l.now()
	got, ok, err := l.store.Acquire(ctx, job, l.holder, l.ttl)
	if err != nil {
		if ctx.Err() == nil {
			l.log.Warn("lease not taken", "job", job, "err", err)
		}
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.held[job]
	if h != nil && (!ok || h.lease.Token != got.Token) {
		l.lose(job, h) // it is, or was in between, somebody else's
		h = nil
	}
	if l.others[job] = !ok; !ok {
		return false
	}
	if h == nil {
		h = &heldLease{lease: got, stops: map[*context.CancelCauseFunc]bool{}}
		l.held[job] = h
	}
	h.until = asked.Add(l.ttl)
	if stop != nil {
		h.stops[stop] = true
	}
	return true
}

// has reports whether a lease is ours for long enough not to ask again: renew
// prolongs it before it ends.
func (l *leases) has(job string, stop *context.CancelCauseFunc) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.held[job]
	if h == nil || l.now().Add(l.every()).After(h.until) {
		return false
	}
	if stop != nil {
		h.stops[stop] = true
	}
	return true
}

// leave forgets a run that has ended; the lease stays.
func (l *leases) leave(job string, stop *context.CancelCauseFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h := l.held[job]; h != nil {
		delete(h.stops, stop)
	}
}

// lose forgets a lease and stops what runs under it. The caller holds mu.
func (l *leases) lose(job string, h *heldLease) {
	if l.held[job] == h {
		delete(l.held, job)
		for stop := range h.stops {
			(*stop)(errLeaseLost)
		}
	}
}

// renew prolongs what is held, but for leases taken within the last half period:
// they last well past the next renewal. A lease that cannot be prolonged is given up
// while it still has the time until the next renewal.
func (l *leases) renew(ctx context.Context) {
	l.mu.Lock()
	held := make(map[string]*heldLease, len(l.held))
	fresh := l.now().Add(l.ttl - l.every()/2)
	for job, h := range l.held {
		if !h.until.After(fresh) {
			held[job] = h
		}
	}
	l.mu.Unlock()
	for job, h := range held {
		asked := l.now()
		got, ok, err := l.store.Acquire(ctx, job, l.holder, l.ttl)
		l.mu.Lock()
		switch {
		case l.held[job] != h: // taken anew, or released, meanwhile
		case err == nil && ok && got.Token == h.lease.Token:
			h.until = asked.Add(l.ttl)
		case err == nil, l.now().Add(l.every()).After(h.until):
			l.lose(job, h)
			// Whoever has it now may die: a job with a long period must not wait
			// for its next tick then.
			l.others[job] = true
		}
		l.mu.Unlock()
	}
}

// keep releases every lease but those of these jobs.
func (l *leases) keep(ctx context.Context, jobs map[string]bool) {
	l.mu.Lock()
	var gone []store.Lease
	for job, h := range l.held {
		if !jobs[job] {
			gone = append(gone, h.lease)
			l.lose(job, h)
		}
	}
	l.mu.Unlock()
	for _, lease := range gone {
		if err := l.store.Release(ctx, lease); err != nil {
			l.log.Warn("lease not released", "job", lease.Name, "err", err)
		}
	}
}

// elsewhere reports whether a job was somebody else's when asked last.
func (l *leases) elsewhere(job string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.others[job]
}

// holds reports whether a job is this process's.
func (l *leases) holds(job string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.alone || l.held[job] != nil
}
