package ingest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// memStore keeps what a Syncer needs in memory; any other method panics.
type memStore struct {
	store.Store
	*memory
}

type memory struct {
	mu         sync.Mutex
	orders     map[order.Ref]order.Order
	channels   map[string]channel.Channel
	progress   map[string]channel.Progress
	runs       map[string]channel.Run
	quarantine map[string]channel.Quarantined
	saves      int   // of progress
	absorbs    int   // reports handed in
	fail       error // of Absorb
	maintained int
}

func newStore(t *testing.T, channels ...channel.Channel) memStore {
	t.Helper()
	m := &memory{
		orders: map[order.Ref]order.Order{}, channels: map[string]channel.Channel{}, progress: map[string]channel.Progress{},
		runs: map[string]channel.Run{}, quarantine: map[string]channel.Quarantined{},
	}
	for _, c := range channels {
		m.channels[c.ID] = c
	}
	return memStore{memory: m}
}

func (m memStore) Orders() store.Orders     { return memOrders{memory: m.memory} }
func (m memStore) Channels() store.Channels { return memChannels{memory: m.memory} }
func (m memStore) Maintain(context.Context, time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.maintained++
	return nil
}

type memOrders struct {
	store.Orders
	*memory
}

func (m memOrders) Absorb(ctx context.Context, reports []order.Report, at time.Time) ([]store.Absorbed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if m.fail != nil {
		return nil, m.fail
	}
	out := make([]store.Absorbed, len(reports))
	for i, r := range reports {
		m.absorbs++
		if out[i].Err = r.Validate(); out[i].Err != nil {
			continue
		}
		var current *order.Order
		if o, ok := m.orders[r.Ref]; ok {
			current = &o
		}
		next, outcome := order.Absorb(current, r, at)
		m.orders[r.Ref], out[i].Outcome = next, outcome
	}
	return out, nil
}

type memChannels struct {
	store.Channels
	*memory
}

func (m memChannels) Get(_ context.Context, id string) (channel.Channel, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.channels[id]
	if !ok {
		return c, store.ErrNotFound
	}
	return c, nil
}

func (m memChannels) List(context.Context) ([]channel.Channel, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.channels), func(a, b channel.Channel) int { return cmp.Compare(a.ID, b.ID) }), nil
}

// change edits a channel as a page would.
func (m memStore) change(id string, fn func(*channel.Channel)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.channels[id]
	fn(&c)
	c.Version++
	m.channels[id] = c
}

func (m memChannels) Progress(_ context.Context, id string) (channel.Progress, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.progress[id], nil
}

func (m memChannels) SaveProgress(ctx context.Context, p channel.Progress) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.progress[p.Channel].Version != p.Version {
		return store.ErrStale
	}
	m.saves++
	p.Version++
	m.progress[p.Channel] = p
	return ctx.Err()
}

func (m memChannels) SaveRun(ctx context.Context, r channel.Run) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.runs[r.ID] = r
	return ctx.Err()
}

func (m memChannels) Quarantine(_ context.Context, q channel.Quarantined) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.quarantine[q.ID]; ok {
		old.Times, old.LastAt = old.Times+1, q.LastAt
		q = old
	}
	m.quarantine[q.ID] = q
	return nil
}

func (m memChannels) Quarantined(_ context.Context, id string, _ int) ([]channel.Quarantined, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Values(m.quarantine)), nil
}

func (m memChannels) Release(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.quarantine, id)
	return nil
}
