package handlers

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits of guessing (reliability.md L-1).
const (
	freeMisses   = 5 // before an account has to wait, from one address
	longestWait  = 15 * time.Minute
	perIP        = 30 // attempts a minute from one address
	slowAfter    = 100
	slowBy       = time.Second // what each attempt at such an account costs
	forgetAfter  = 24 * time.Hour
	mostEntries  = 100_000
	sweepEntries = mostEntries / 10
)

// throttle slows guessing down. A wait belongs to an account at one address,
// so a stranger cannot lock somebody out who is elsewhere; what an account
// suffers from everywhere together only makes answers slower. It lives in this
// process: several processes allow several times as much.
type throttle struct {
	now   func() time.Time
	mu    sync.Mutex
	pairs map[pair]*misses
	who   map[string]*misses
	ips   map[netip.Prefix]*visitor
}

type pair struct {
	email string
	ip    netip.Prefix
}

type misses struct {
	n     int
	until time.Time // no attempt before
	since time.Time // start of the day that is counted
}

type visitor struct {
	*rate.Limiter
	seen time.Time
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, pairs: map[pair]*misses{}, who: map[string]*misses{}, ips: map[netip.Prefix]*visitor{}}
}

// network is what counts as one address: an IPv4 address or an IPv6 /64.
func network(ip string) netip.Prefix {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return netip.Prefix{}
	}
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(a, bits).Masked()
}

// begin asks for one attempt and counts it as a miss at once, so that many at
// the same time count too; success forgets it. It returns how long to wait
// before trying again (zero: go on) and how long this attempt is held back.
func (t *throttle) begin(email, ip string) (wait, hold time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, from := t.now(), network(ip)
	t.sweep(now)
	v := t.ips[from]
	if v == nil {
		v = &visitor{Limiter: rate.NewLimiter(rate.Every(time.Minute/perIP), perIP)}
		t.ips[from] = v
	}
	v.seen = now
	if !v.AllowN(now, 1) {
		return time.Minute / perIP, 0
	}
	p := count(t.pairs, pair{email, from}, now)
	if wait := p.until.Sub(now); wait > 0 {
		return wait, 0
	}
	p.n++
	if over := p.n - freeMisses; over >= 0 {
		p.until = now.Add(min(time.Second<<min(over, 20), longestWait))
	}
	all := count(t.who, email, now)
	if all.n++; all.n > slowAfter {
		hold = slowBy
	}
	return 0, hold
}

// count finds the entry of a key, and begins it anew once it is a day old.
func count[K comparable](m map[K]*misses, key K, now time.Time) *misses {
	e := m[key]
	if e == nil || now.Sub(e.since) >= forgetAfter {
		e = &misses{since: now}
		m[key] = e
	}
	return e
}

// success forgets the misses of an account at one address; those from
// elsewhere remain, but the attempt itself was none.
func (t *throttle) success(email, ip string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.pairs, pair{email, network(ip)})
	if all := t.who[email]; all != nil {
		all.n--
	}
}

// sweep keeps the maps bounded: it drops what has expired, and when that is
// not enough a part of the rest, whichever comes first.
func (t *throttle) sweep(now time.Time) {
	prune(t.pairs, func(m *misses) bool { return now.Sub(m.since) >= forgetAfter })
	prune(t.who, func(m *misses) bool { return now.Sub(m.since) >= forgetAfter })
	prune(t.ips, func(v *visitor) bool { return now.Sub(v.seen) >= time.Minute })
}

func prune[K comparable, V any](m map[K]V, old func(V) bool) {
	if len(m) < mostEntries {
		return
	}
	for k, v := range m {
		if old(v) {
			delete(m, k)
		}
	}
	for k := range m {
		if len(m) <= mostEntries-sweepEntries {
			return
		}
		delete(m, k)
	}
}
