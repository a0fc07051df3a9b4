package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

func channels() []testCase {
	return []testCase{
		{"a channel comes back whole", channelRoundTrip},
		{"unknown channels", channelUnknown},
		{"a taken id", channelTaken},
		{"changes", channelUpdate},
		{"progress", channelProgress},
		{"progress read before another save", channelProgressStale},
		{"progress saved by many", channelProgressRace},
		{"runs, newest first", channelRuns},
		{"quarantine keeps a record once", channelQuarantine},
		{"quarantine, newest first", channelQuarantined},
	}
}

func website(id string) channel.Channel {
	return channel.Channel{
		ID: id, Platform: order.Organic, Adapter: "woocommerce", Name: "The shop", BaseURL: "https://shop.example.com",
		Options: map[string]string{"completed_means": "delivered", "with.dot": "$x", "": "empty"}, Sealed: []byte{1, 0, 255}, Enabled: true,
		Words: channel.WordMap{Version: 3, Rules: []channel.WordRule{{Word: "$RTO.x", Status: order.Returned, SubStatus: "rto",
			Flag: order.NeedsAttention}, {Word: "", Status: order.Shipped}}},
		Interval: 90 * time.Second, Version: 1, CreatedAt: noon(), UpdatedAt: noon().Add(time.Hour),
	}
}

func addChannel(t *testing.T, s store.Store, c channel.Channel) {
	t.Helper()
	if err := s.Channels().Create(t.Context(), c); err != nil {
		t.Fatalf("create channel: %v", err)
	}
}

func channelRoundTrip(t *testing.T, s store.Store) {
	for _, want := range []channel.Channel{website("b"), website("a"), {ID: "c", Platform: order.Amazon, Adapter: channel.Manual}} {
		addChannel(t, s, want)
		got, err := s.Channels().Get(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		same(t, want.ID, want, got)
	}
	list, err := s.Channels().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range list {
		names = append(names, c.ID)
	}
	same(t, "by id", []string{"a", "b", "c"}, names)
}

func channelUnknown(t *testing.T, s store.Store) {
	if _, err := s.Channels().Get(t.Context(), "x"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
	if _, err := s.Channels().Update(t.Context(), "x", func(*channel.Channel) error { return nil }); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("update: %v", err)
	}
}

func channelTaken(t *testing.T, s store.Store) {
	addChannel(t, s, website("a"))
	if err := s.Channels().Create(t.Context(), website("a")); !errors.Is(err, store.ErrConflict) {
		t.Errorf("%v, want ErrConflict", err)
	}
}

func channelUpdate(t *testing.T, s store.Store) {
	addChannel(t, s, website("a"))
	want := website("a")
	want.Enabled, want.Sealed, want.Options, want.Version = false, []byte("new"), nil, 2
	got, err := s.Channels().Update(t.Context(), "a", func(c *channel.Channel) error {
		c.Enabled, c.Sealed, c.Options = false, []byte("new"), nil
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "returned", want, got)
	if got, err = s.Channels().Get(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	same(t, "stored", want, got)
	no := errors.New("no")
	if _, err := s.Channels().Update(t.Context(), "a", func(*channel.Channel) error { return no }); err != no { //nolint:errorlint // untouched is the point
		t.Errorf("error %v, want what fn returned", err)
	}
}

func run(id string, started time.Time) channel.Run {
	return channel.Run{ID: id, Channel: "a", Kind: channel.Pull, By: "u-1", Started: started,
		Tally: channel.Tally{Fetched: 5, Created: 1, Updated: 2, Unchanged: 1, Rejected: 1}, Error: "late"}
}

func channelProgress(t *testing.T, s store.Store) {
	got, err := s.Channels().Progress(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if got.Cursor != "" || got.Failures != 0 || !got.LastSuccess.IsZero() {
		t.Errorf("before the first run: %+v", got)
	}
	for i := range 2 {
		want := channel.Progress{Channel: "a", Cursor: fmt.Sprint("cursor-", i), LastRun: run("r", noon()), LastSuccess: noon(), Failures: i, Version: got.Version}
		if err := s.Channels().SaveProgress(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if got, err = s.Channels().Progress(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		want.Version++
		same(t, "progress", want, got)
	}
}

// channelProgressStale saves what was read before somebody else saved.
func channelProgressStale(t *testing.T, s store.Store) {
	save := func(cursor string, version int64) error {
		return s.Channels().SaveProgress(t.Context(), channel.Progress{Channel: "a", Cursor: cursor, LastRun: run("r", noon()), Version: version})
	}
	for version, cursor := range []string{"one", "two", "three"} {
		if err := save(cursor, int64(version)); err != nil {
			t.Fatal(err)
		}
	}
	for _, version := range []int64{0, 1, 2, 4} {
		if err := save("older", version); !errors.Is(err, store.ErrStale) {
			t.Errorf("version %d: %v, want ErrStale", version, err)
		}
	}
	got, err := s.Channels().Progress(t.Context(), "a")
	if err != nil || got.Cursor != "three" || got.Version != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}

// channelProgressRace lets many save what they read; each save builds on the
// one before.
func channelProgressRace(t *testing.T, s store.Store) {
	var saved atomic.Int64
	together(8, func(int) {
		for done := 0; done < 5; {
			p, err := s.Channels().Progress(t.Context(), "a")
			if err != nil {
				t.Errorf("read: %v", err)
				return
			}
			p.Channel = "a"
			p.Failures++
			switch err := s.Channels().SaveProgress(t.Context(), p); {
			case err == nil:
				saved.Add(1)
				done++
			case !errors.Is(err, store.ErrStale):
				t.Errorf("save: %v", err)
				return
			}
		}
	})
	got, err := s.Channels().Progress(t.Context(), "a")
	if err != nil || int64(got.Failures) != saved.Load() || got.Version != saved.Load() {
		t.Errorf("%+v after %d saves, %v", got, saved.Load(), err)
	}
}

func channelRuns(t *testing.T, s store.Store) {
	for i := range 5 {
		if err := s.Channels().SaveRun(t.Context(), run(fmt.Sprint("r", i), noon().Add(time.Duration(i)*time.Minute))); err != nil {
			t.Fatal(err)
		}
	}
	ended := run("r1", noon().Add(time.Minute)) // again, now that it is over
	ended.Finished, ended.Error, ended.Created = noon().Add(time.Hour), "", 9
	other := run("elsewhere", noon())
	other.Channel = "b"
	for _, r := range []channel.Run{ended, other} {
		if err := s.Channels().SaveRun(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Channels().Runs(t.Context(), "a", 4)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range got {
		names = append(names, r.ID)
	}
	same(t, "runs", []string{"r4", "r3", "r2", "r1"}, names)
	same(t, "the run that ended", ended, got[3])
}

func channelQuarantine(t *testing.T, s store.Store) {
	q := channel.Quarantined{ID: "q1", Channel: "a", Source: order.FromWebhook, PlatformOrderID: "7", Reason: "no date",
		Payload: []byte("{\x00\xff"), FirstAt: noon(), LastAt: noon(), Times: 1}
	for i := range 3 {
		again := q
		again.FirstAt, again.LastAt = noon().Add(time.Duration(i)*time.Hour), noon().Add(time.Duration(i)*time.Hour)
		if err := s.Channels().Quarantine(t.Context(), again); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Channels().Quarantined(t.Context(), "a", 10)
	if err != nil {
		t.Fatal(err)
	}
	q.Times, q.LastAt = 3, noon().Add(2*time.Hour)
	same(t, "quarantine", []channel.Quarantined{q}, got)
	if err := s.Channels().Release(t.Context(), "q1"); err != nil {
		t.Errorf("release: %v", err)
	}
	if err := s.Channels().Release(t.Context(), "q1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("release again: %v, want ErrNotFound", err)
	}
}

func channelQuarantined(t *testing.T, s store.Store) {
	for i := range 4 {
		at := noon().Add(time.Duration(i) * time.Minute)
		q := channel.Quarantined{ID: fmt.Sprint("q", i), Channel: "a", FirstAt: at, LastAt: at, Times: 1}
		if i == 3 {
			q.Channel = "b"
		}
		if err := s.Channels().Quarantine(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Channels().Quarantined(t.Context(), "a", 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].ID != "q2" || got[1].ID != "q1" {
		t.Errorf("quarantine %+v, want q2 and q1", got)
	}
}
