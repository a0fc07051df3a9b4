package shop

import (
	"container/heap"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// ErrNotFound says that the shop has no such order.
var ErrNotFound = errors.New("the shop has no such order")

// Config is what a shop is made from.
type Config struct {
	Seed   int64
	Orders int // placed in the Days before now
	Days   int // default 30
	Now    func() time.Time
	Traits Traits
	Faults Faults
}

// Traits are what sets one platform's orders apart from another's.
type Traits struct {
	// Name picks the stream of random numbers, so that two shops of one seed
	// have different orders.
	Name string
	// ID names the order with this sequence number; names must be distinct.
	ID func(r *rand.Rand, seq int) (id, number string)
	// Dress adds what only this platform has, such as ids of lines. Optional.
	Dress func(r *rand.Rand, o *Order)
	// Next draws what happens next to an order where this platform differs
	// from others; false leaves it to the common course. Optional.
	Next       func(l *Lot, o *Order) bool
	COD        float64 // share of orders paid at delivery
	ByPlatform float64 // share kept and shipped by the marketplace
	Collected  float64 // share of the rest that the marketplace's courier collects
	Returns    bool    // the platform tells of returns after delivery
	Refunds    bool    // the platform tells of refunds
}

// Shop is one seller's account on one platform. It is safe for concurrent use.
type Shop struct {
	cfg  Config
	pool int // customers
	// faults stands outside the lock: what runs under it may ask for the time.
	faults atomic.Pointer[Faults]

	mu        sync.Mutex
	orders    []*Order
	byID      map[string]int
	byUpdated index
	byCreated index
	hidden    int
	due       agenda
	arrival   time.Time // of the next order; zero when none will come
	dice      *rand.Rand
	watched   bool
	events    []Event
	calls     callLog
}

// Event tells a watcher that an order appeared, changed or went.
type Event struct {
	ID      string
	Created bool
	Deleted bool
}

// New makes a shop with its history: every order is lived through up to now.
func New(cfg Config) *Shop {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Days <= 0 {
		cfg.Days = 30
	}
	s := &Shop{cfg: cfg, pool: 200 + cfg.Orders/2, byID: make(map[string]int, cfg.Orders)}
	s.SetFaults(cfg.Faults)
	s.dice = s.stream(-1, 0)
	now := s.Now()
	for seq, at := range s.history(now) {
		o := s.compose(seq, at)
		for s.plan(o); !o.next.at.IsZero() && !o.next.at.After(now); s.plan(o) {
			s.apply(o, o.next.status, o.next.detail, o.next.at, ByLife)
		}
		s.add(o)
	}
	s.byUpdated.sort()
	s.byCreated.sort()
	heap.Init(&s.due)
	if cfg.Orders > 0 {
		s.arrival = s.nextArrival(now)
	}
	return s
}

// Load makes a shop of given orders, which no longer change by themselves.
func Load(cfg Config, orders []Order) *Shop {
	cfg.Orders = 0
	s := New(cfg)
	s.byID = make(map[string]int, len(orders))
	for i := range orders {
		o := &orders[i]
		o.Seq = len(s.orders)
		s.add(o)
	}
	s.byUpdated.sort()
	s.byCreated.sort()
	return s
}

// add files an order; New and Load sort the lists afterwards.
func (s *Shop) add(o *Order) {
	s.orders = append(s.orders, o)
	s.byID[o.ID] = o.Seq
	s.byUpdated.keys = append(s.byUpdated.keys, o.updatedKey())
	s.byCreated.keys = append(s.byCreated.keys, o.createdKey())
	if !o.next.at.IsZero() {
		s.due = append(s.due, o.appointment())
	}
}

func (o *Order) updatedKey() Key { return Key{At: o.Updated.Unix(), Seq: o.Seq} }
func (o *Order) createdKey() Key { return Key{At: o.Created.Unix(), Seq: o.Seq} }

// Now is the platform's own clock, with the skew that the faults ask for.
func (s *Shop) Now() time.Time { return s.cfg.Now().UTC().Add(s.Faults().Skew) }

// Len is how many orders the shop has, deleted ones included.
func (s *Shop) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.orders)
}

// Get returns an order by the platform's id, or ErrNotFound.
func (s *Shop) Get(id string) (Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seq, ok := s.byID[id]
	if !ok || s.orders[seq].Hidden {
		return Order{}, ErrNotFound
	}
	return *s.orders[seq], nil
}

// Nth returns the order at a position in the shop, or ErrNotFound.
func (s *Shop) Nth(seq int) (Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seq < 0 || seq >= len(s.orders) || s.orders[seq].Hidden {
		return Order{}, ErrNotFound
	}
	return *s.orders[seq], nil
}

// Update lets fn change an order on behalf of a client and stamps it; an error
// from fn leaves it as it was. fn must replace slices, not write into them, use
// Order.Move to change the status, and ask the shop for nothing but the time.
func (s *Shop) Update(id string, fn func(*Order) error) (Order, error) {
	now := s.Now().Truncate(time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	seq, ok := s.byID[id]
	if !ok || s.orders[seq].Hidden {
		return Order{}, ErrNotFound
	}
	next := *s.orders[seq]
	if err := fn(&next); err != nil {
		return Order{}, err
	}
	s.replace(&next, now)
	return next, nil
}

// replace stores a changed order under its new time.
func (s *Shop) replace(next *Order, now time.Time) {
	old := s.orders[next.Seq]
	moved := len(next.History) > len(old.History)
	s.byUpdated.remove(old.updatedKey())
	next.Updated = now
	s.byUpdated.insert(next.updatedKey())
	stored := *next
	s.orders[next.Seq] = &stored
	if stored.Hidden && !old.Hidden {
		s.hidden++
	}
	if moved && !stored.Exact {
		s.plan(&stored)
		s.schedule(&stored)
	}
	s.tell(Event{ID: stored.ID, Deleted: stored.Hidden})
}

// Create adds an order placed through the API; fn fills it in.
func (s *Shop) Create(fn func(*Order)) Order {
	now := s.Now().Truncate(time.Second)
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.blank(len(s.orders), now)
	fn(o)
	s.plan(o)
	s.enter(o)
	return *o
}

// enter files an order that was just placed.
func (s *Shop) enter(o *Order) {
	s.orders = append(s.orders, o)
	s.byID[o.ID] = o.Seq
	s.byUpdated.insert(o.updatedKey())
	s.byCreated.insert(o.createdKey())
	s.schedule(o)
	s.tell(Event{ID: o.ID, Created: true})
}

// Watch starts the record of events that TakeEvents hands out.
func (s *Shop) Watch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched = true
}

// TakeEvents returns the events since the last call.
func (s *Shop) TakeEvents() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.events
	s.events = nil
	return e
}

func (s *Shop) tell(e Event) {
	if s.watched {
		s.events = append(s.events, e)
	}
}

// Each calls fn with every order that was not deleted, in order of arrival.
func (s *Shop) Each(fn func(Order)) {
	s.mu.Lock()
	all := slices.Clone(s.orders)
	s.mu.Unlock()
	for _, o := range all {
		if !o.Hidden {
			fn(*o)
		}
	}
}

// Totals counts the orders by status.
func (s *Shop) Totals() map[order.Status]int {
	n := map[order.Status]int{}
	s.Each(func(o Order) { n[o.Status]++ })
	return n
}

// stream is the source of random numbers for one step of one order.
func (s *Shop) stream(seq, n int) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(s.cfg.Traits.Name))
	return rand.New(rand.NewPCG(uint64(s.cfg.Seed)^h.Sum64(), uint64(int64(seq))<<20^uint64(n)))
}

// Annotate adds a note without touching the order's time of change.
func (s *Shop) Annotate(id string, n Note) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	seq, ok := s.byID[id]
	if !ok || s.orders[seq].Hidden {
		return ErrNotFound
	}
	next := *s.orders[seq]
	next.Notes = append(slices.Clip(next.Notes), n)
	s.orders[seq] = &next
	return nil
}

// Oldest is when the first order was placed; zero without orders.
func (s *Shop) Oldest() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byCreated.keys) == 0 {
		return time.Time{}
	}
	return time.Unix(s.byCreated.keys[0].At, 0).UTC()
}
