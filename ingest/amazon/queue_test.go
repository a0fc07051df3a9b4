package amazon

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// listening is the account of the tests with a queue, on a store of its own.
type listening struct {
	*ingest.Syncer
	t       *testing.T
	account *account
	queue   *sqsQueue
	store   store.Store
}

// brokenInbox is a store whose inbox cannot be written.
type brokenInbox struct{ store.Store }

func (b brokenInbox) Inbox() store.Inbox { return fullDisk{b.Store.Inbox()} }

type fullDisk struct{ store.Inbox }

func (fullDisk) Put(context.Context, store.Message) (bool, error) {
	return false, errors.New("no space left on device")
}

func newListening(t *testing.T, wrap func(store.Store) store.Store) listening {
	t.Helper()
	st, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "orders.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	a, q := newAccount(t), newQueueServer(t)
	cfg := a.config()
	ch := cfg.Channel
	ch.Name, ch.Enabled, ch.Interval, ch.Version, ch.CreatedAt, ch.UpdatedAt = "Amazon", true, time.Minute, 1, day, day
	if err := st.Channels().Create(t.Context(), ch); err != nil {
		t.Fatal(err)
	}
	build := func(c ingest.Config) (ingest.Platform, error) {
		c.Channel.Options["queue_url"] = q.url
		c.Secrets = queueSecrets()
		return New(c)
	}
	used := store.Store(st)
	if wrap != nil {
		used = wrap(st)
	}
	return listening{t: t, account: a, queue: q, store: st,
		Syncer: ingest.NewSyncer(ingest.SyncerConfig{Store: used, Builders: map[string]ingest.Build{ch.Adapter: build}})}
}

func queueSecrets() channel.Secrets {
	s := secrets()
	s.Credentials["aws_access_key_id"], s.Credentials["aws_secret_access_key"] = "AKIATEST", "a-secret-key"
	return s
}

func (l listening) listen(want int) {
	l.t.Helper()
	if got, err := l.Listen(l.t.Context(), "amazon-in"); err != nil || got != want {
		l.t.Fatalf("heard %d, want %d: %v", got, want, err)
	}
}

func (l listening) backlog() int {
	l.t.Helper()
	n, _, err := l.store.Inbox().Backlog(l.t.Context(), "amazon-in")
	if err != nil {
		l.t.Fatal(err)
	}
	return n
}

func TestNotificationsComeThroughTheQueue(t *testing.T) {
	t.Parallel()
	l := newListening(t, nil)
	l.account.put("404-0000003-0000003", day)
	l.queue.send("m-1", orderChange)
	l.queue.send("m-2", orderChange) // Amazon said it twice
	l.queue.send("m-3", strings.Replace(orderChange, "ORDER_CHANGE", "REPORT_PROCESSING_FINISHED", 1))
	l.listen(3)
	if n, left := l.backlog(), l.queue.left(); n != 1 || len(left) > 0 {
		t.Fatalf("%d messages kept, want 1; still in the queue: %v", n, left)
	}
	if err := l.WorkInbox(t.Context()); err != nil {
		t.Fatal(err)
	}
	o, err := l.store.Orders().ByRef(t.Context(), order.Ref{Channel: "amazon-in", PlatformOrderID: "404-0000003-0000003"})
	if err != nil || o.Status != order.Confirmed {
		t.Errorf("the announced order: %v, status %q", err, o.Status)
	}
	l.queue.send("m-1", orderChange) // and the queue gives it once more
	l.listen(1)
	if n := l.backlog(); n != 0 || len(l.queue.left()) > 0 {
		t.Errorf("a repeat: %d messages kept, %v left", n, l.queue.left())
	}
}

func TestUnreadableNotificationIsSetAside(t *testing.T) {
	t.Parallel()
	l := newListening(t, nil)
	l.queue.send("m-1", `<notification/>`)
	l.listen(1)
	if err := l.WorkInbox(t.Context()); err != nil {
		t.Fatal(err)
	}
	aside, err := l.store.Channels().Quarantined(t.Context(), "amazon-in", 10)
	if err != nil || len(aside) != 1 || string(aside[0].Payload) != `<notification/>` {
		t.Errorf("set aside: %+v, %v", aside, err)
	}
	if diff := cmp.Diff([]string{"m-1"}, l.queue.gone); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
}

func TestNothingLeavesTheQueueUnkept(t *testing.T) {
	t.Parallel()
	l := newListening(t, func(s store.Store) store.Store { return brokenInbox{s} })
	l.queue.send("m-1", orderChange)
	l.queue.send("m-2", strings.Replace(orderChange, `"n-1"`, `"n-2"`, 1))
	heard, err := l.Listen(t.Context(), "amazon-in")
	if heard != 0 || err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("heard %d, %v", heard, err)
	}
	if diff := cmp.Diff([]string{"m-1", "m-2"}, l.queue.left()); diff != "" {
		t.Errorf("in the queue (-want +got):\n%s", diff)
	}
}

func TestRefusedQueueRests(t *testing.T) {
	t.Parallel()
	l := newListening(t, nil)
	ch, p, err := l.Platform(t.Context(), "amazon-in")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{"AccessDeniedException": ingest.ErrAuth, "RequestThrottled": ingest.ErrTemporary, "ServiceUnavailable": ingest.ErrTemporary} {
		l.queue.refuse = name
		if _, err := l.Listen(t.Context(), ch.ID); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	l.queue.refuse = "QueueDoesNotExist"
	if _, err := l.Listen(t.Context(), ch.ID); err == nil || errors.Is(err, ingest.ErrAuth) || errors.Is(err, ingest.ErrTemporary) {
		t.Errorf("no such queue: %v", err)
	}
	l.queue.refuse = "InvalidClientTokenId"
	if err := p.Check(t.Context()); !errors.Is(err, ingest.ErrAuth) || !strings.Contains(err.Error(), "queue") {
		t.Errorf("test of the connection: %v", err)
	}
	for range 3 {
		_, _ = l.Listen(t.Context(), ch.ID)
	}
	if rest, resting, err := l.ListenResting(ch); !resting || !rest.Paused || !errors.Is(err, ingest.ErrAuth) {
		t.Errorf("after three refusals: %+v, %v, %v", rest, resting, err)
	}
	ch.Version++
	if _, resting, _ := l.ListenResting(ch); resting {
		t.Error("it rests although the settings changed")
	}
}

func TestListeningStopsAtOnce(t *testing.T) {
	t.Parallel()
	l := newListening(t, nil)
	s := ingest.NewSchedule(ingest.ScheduleConfig{Syncer: l.Syncer, Alone: true})
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	asked := func() bool {
		l.queue.mu.Lock()
		defer l.queue.mu.Unlock()
		return l.queue.asked > 0
	}
	for range 500 {
		if asked() {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !asked() {
		t.Fatal("the schedule never listened")
	}
	began := time.Now()
	if err := s.Stop(t.Context()); err != nil || time.Since(began) > time.Second {
		t.Errorf("stopped after %s: %v", time.Since(began), err)
	}
}

func TestQueueSettings(t *testing.T) {
	t.Parallel()
	for url, region := range map[string]string{
		"https://sqs.eu-west-1.amazonaws.com/123456789012/orders":                 "eu-west-1",
		"https://sqs-fips.us-gov-west-1.amazonaws.com/123456789012/orders":        "us-gov-west-1",
		"https://vpce-0a1b.sqs.ap-south-1.vpce.amazonaws.com/123456789012/orders": "ap-south-1",
		"http://localhost:4566/000000000000/orders":                               localRegion,
	} {
		if got, faults := readQueue(url, "a", "b"); got.region != region || len(faults) > 0 {
			t.Errorf("%s: region %q, %v", url, got.region, faults)
		}
	}
	for url, want := range map[string]string{
		"https://sqs.eu-west-1.amazonaws.com/123456789012/orders.fifo": "FIFO",
		"https://sqs.eu-west-1.amazonaws.com/orders":                   "account",
		"https://queues.example.com/123456789012/orders":               "region",
		"http://sqs.eu-west-1.amazonaws.com/123456789012/orders":       "https",
	} {
		_, faults := readQueue(url, "", "")
		text := errors.Join(faults...).Error()
		for _, word := range []string{want, "aws_access_key_id", "aws_secret_access_key"} {
			if !strings.Contains(text, word) {
				t.Errorf("%s: %q is not named in: %s", url, word, text)
			}
		}
	}
	if set, faults := readQueue("", "a", ""); set.url != "" || len(faults) > 0 {
		t.Errorf("no queue: %+v, %v", set, faults)
	}
}
