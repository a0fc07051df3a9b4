package ingest_test

import (
	"context"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/sandbox"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// writes counts what would reach the disk.
type writes struct {
	store.Store
	n *atomic.Int32
}

func (w writes) Channels() store.Channels { return channelWrites{w.Store.Channels(), w.n} }
func (w writes) Leases() store.Leases     { return leaseWrites{w.Store.Leases(), w.n} }

type channelWrites struct {
	store.Channels
	n *atomic.Int32
}

func (w channelWrites) SaveProgress(ctx context.Context, p channel.Progress) error {
	w.n.Add(1)
	return w.Channels.SaveProgress(ctx, p)
}

func (w channelWrites) SaveRun(ctx context.Context, r channel.Run) error {
	w.n.Add(1)
	return w.Channels.SaveRun(ctx, r)
}

type leaseWrites struct {
	store.Leases
	n *atomic.Int32
}

func (w leaseWrites) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (store.Lease, bool, error) {
	w.n.Add(1)
	return w.Leases.Acquire(ctx, name, holder, ttl)
}

// TestQuietPoll: a poll that finds nothing costs each platform one request and
// the database no write, yet everybody sees that it went well.
func TestQuietPoll(t *testing.T) {
	t.Parallel()
	d := newDesk(t, 3, 140)
	var n atomic.Int32
	calm := ingest.KeepCalm(writes{d.store, &n}, true)
	d.syncer = process(calm, d.clock)
	for range 3 { // everything is read
		for _, id := range d.ids {
			if _, err := d.syncer.Pull(t.Context(), id, ""); err != nil {
				t.Fatal(err)
			}
		}
		d.clock.advance(time.Minute)
	}
	for name, id := range d.ids {
		d.clock.advance(20 * time.Minute) // the database hears of a success once
		if _, err := d.syncer.Pull(t.Context(), id, ""); err != nil {
			t.Fatal(err)
		}
		_, before := d.world.Calls(name)
		n.Store(0)
		var polled time.Time
		const polls = 3
		for range polls {
			d.clock.advance(time.Minute)
			polled = d.clock.Now()
			if _, err := d.syncer.Pull(t.Context(), id, ""); err != nil {
				t.Fatal(err)
			}
		}
		_, after := d.world.Calls(name)
		calls := after[http.StatusOK] - before[http.StatusOK]
		most := polls
		if name == sandbox.Flipkart {
			most = 3 * polls // what is to be sent, what is sent and what comes back are lists of their own
		}
		if calls > most || n.Load() != 0 {
			t.Errorf("%s: %d quiet polls cost %d calls and %d writes", name, polls, calls, n.Load())
		}
		p, err := calm.Channels().Progress(t.Context(), id)
		if err != nil || p.LastSuccess.Before(polled) {
			t.Errorf("%s: the last success is %s, not %s, %v", name, p.LastSuccess, polled, err)
		}
	}
	// A clean end leaves nothing behind.
	id := d.ids[sandbox.Custom]
	want, err := calm.Channels().Progress(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := calm.Close(); err != nil {
		t.Fatal(err)
	}
	if d.store, err = sqlite.Open(t.Context(), sqlite.Config{Path: d.path, Now: d.clock.Now}); err != nil {
		t.Fatal(err)
	}
	if got, err := d.store.Channels().Progress(t.Context(), id); err != nil || !got.LastSuccess.Equal(want.LastSuccess) || got.Cursor != want.Cursor {
		t.Errorf("after a restart %+v, want %+v, %v", got, want, err)
	}
}

// TestQuietSchedule: jobs that nobody else could want ask for no lease; others
// ask once, and then only prolong what they have.
func TestQuietSchedule(t *testing.T) {
	t.Parallel()
	for _, alone := range []bool{true, false} {
		s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "p.db"), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		var n atomic.Int32
		schedule := ingest.NewSchedule(ingest.ScheduleConfig{Syncer: ingest.NewSyncer(ingest.SyncerConfig{Store: writes{s, &n}, Now: time.Now}),
			Alone: alone, LeaseTTL: time.Minute})
		if err := schedule.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second) // the inbox is looked at every two seconds
		if err := schedule.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		if most := map[bool]int32{true: 0, false: 3}[alone]; n.Load() > most {
			t.Errorf("alone %v: %d leases were asked for, want at most %d", alone, n.Load(), most)
		}
	}
}
