package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

func inbox() []testCase {
	return []testCase{
		{"a message comes back whole", inboxRoundTrip},
		{"a known event is not stored again", inboxRepeat},
		{"messages that could be taken for others are refused", inboxRefuses},
		{"32 goroutines with one event", inboxTogether},
		{"64 goroutines with events of their own", inboxStorm},
		{"the longest due first", inboxOrder},
		{"a channel gets its own", inboxChannels},
		{"a taken message is hidden until its lease ends", inboxLease},
		{"a message is handed to one of many takers", inboxTakers},
		{"a failed message is due again", inboxFail},
		{"a finished message is over", inboxFinish},
		{"unknown messages", inboxUnknown},
		{"backlog", inboxBacklog},
		{"upkeep forgets old events", inboxUpkeep},
		{"a context that is over stores nothing", inboxContext},
	}
}

func message(event string, at time.Time) store.Message {
	return store.Message{Channel: shop, EventID: event, Header: map[string]string{"X-Topic": "order.created"}, Body: []byte(`{"id":1}`), At: at}
}

// put stores a message and says whether it was fresh.
func put(t testing.TB, s store.Store, m store.Message) bool {
	t.Helper()
	fresh, err := s.Inbox().Put(t.Context(), m)
	if err != nil {
		t.Fatalf("put %s: %v", m.EventID, err)
	}
	return fresh
}

// take hands out what is due in the shop, for a minute.
func take(t testing.TB, s store.Store, now time.Time, limit int) []store.Message {
	t.Helper()
	list, err := s.Inbox().Take(t.Context(), shop, now, time.Minute, limit)
	if err != nil {
		t.Fatalf("take: %v", err)
	}
	return list
}

func events(list []store.Message) string {
	var names []string
	for _, m := range list {
		names = append(names, m.EventID)
	}
	return strings.Join(names, " ")
}

func finish(t testing.TB, s store.Store, id string, at time.Time) {
	t.Helper()
	if err := s.Inbox().Finish(t.Context(), id, at); err != nil {
		t.Fatalf("finish: %v", err)
	}
}

func fail(t testing.TB, s store.Store, id, reason string, next time.Time) {
	t.Helper()
	if err := s.Inbox().Fail(t.Context(), id, reason, next); err != nil {
		t.Fatalf("fail: %v", err)
	}
}

func inboxRoundTrip(t *testing.T, s store.Store) {
	at := noon().Add(7 * time.Millisecond)
	all := []store.Message{
		{Channel: shop, EventID: "a", Header: map[string]string{"X.Topic": "$set", "": "empty", "नाम": "राम"}, Body: []byte("{\x00\xff"), At: at},
		{Channel: shop, EventID: "b", At: at.Add(1)}, // no header, no body
		{Channel: shop, EventID: "c'\"", Body: []byte(strings.Repeat("x", 1<<20)), At: at.Add(2 * time.Millisecond)},
	}
	for _, m := range all {
		m.ID, m.Attempts, m.Taken, m.Error, m.Next = "mine", 7, 7, "x", at.Add(time.Hour) // all of no account
		if !put(t, s, m) {
			t.Errorf("%s is not fresh", m.EventID)
		}
	}
	now := at.Add(time.Second)
	got := take(t, s, now, 10)
	if len(got) != len(all) {
		t.Fatalf("took %d messages, want %d", len(got), len(all))
	}
	for i, want := range all {
		if got[i].ID == "" || got[i].ID == "mine" {
			t.Errorf("id %q is not the store's", got[i].ID)
		}
		want.ID, want.At, want.Next, want.Taken = got[i].ID, want.At.Truncate(time.Millisecond), now.Add(time.Minute), 1
		same(t, want.EventID, want, got[i])
	}
}

func inboxRepeat(t *testing.T, s store.Store) {
	m := message("e", noon())
	first, again := put(t, s, m), put(t, s, m)
	other := m
	other.Channel = "elsewhere"
	if elsewhere := put(t, s, other); !first || again || !elsewhere {
		t.Errorf("first %t, again %t, in another channel %t", first, again, elsewhere)
	}
	list := take(t, s, noon(), 10)
	same(t, "taken", "e", events(list))
	m.Body = []byte("another body")
	if put(t, s, m) {
		t.Error("a repeat of a taken message is fresh")
	}
	finish(t, s, list[0].ID, noon())
	if put(t, s, m) {
		t.Error("a repeat of a finished message is fresh")
	}
	same(t, "due after it", "", events(take(t, s, noon().Add(time.Hour), 10)))
}

func inboxRefuses(t *testing.T, s store.Store) {
	for _, m := range []store.Message{{Channel: shop, At: noon()}, {EventID: "e", At: noon()}} {
		if fresh, err := s.Inbox().Put(t.Context(), m); fresh || !errors.Is(err, store.ErrMessage) {
			t.Errorf("%+v: fresh %t, %v", m, fresh, err)
		}
	}
}

func inboxOrder(t *testing.T, s store.Store) {
	for _, i := range []int{3, 1, 5, 2, 4} {
		put(t, s, message(fmt.Sprint("e", i), noon().Add(time.Duration(i)*time.Second)))
	}
	same(t, "two", "e1 e2", events(take(t, s, noon().Add(4*time.Second), 2)))
	same(t, "none", "", events(take(t, s, noon().Add(4*time.Second), 0)))
	same(t, "the rest that is due", "e3 e4", events(take(t, s, noon().Add(4*time.Second), 10)))
	same(t, "the one that was not", "e5", events(take(t, s, noon().Add(5*time.Second), 10)))
}

func inboxChannels(t *testing.T, s store.Store) {
	for i := range 4 {
		m := message(fmt.Sprint("e", i), noon().Add(time.Duration(i)*time.Second))
		if i%2 == 1 {
			m.Channel = "elsewhere"
		}
		put(t, s, m)
	}
	now := noon().Add(time.Minute)
	same(t, "of the shop", "e0", events(take(t, s, now, 1)))
	all, err := s.Inbox().Take(t.Context(), "", now, time.Minute, 2)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "of all", "e1 e2", events(all))
	same(t, "of the shop again", "", events(take(t, s, now, 10)))
}

func inboxLease(t *testing.T, s store.Store) {
	put(t, s, message("e", noon()))
	first := take(t, s, noon(), 10)
	same(t, "at first", "e", events(first))
	same(t, "during the lease", "", events(take(t, s, noon().Add(time.Minute-time.Millisecond), 10)))
	again := take(t, s, noon().Add(time.Minute), 10)
	same(t, "after it", "e", events(again))
	if len(again) == 1 && (again[0].ID != first[0].ID || again[0].Taken != 2 || again[0].Attempts != 0) {
		t.Errorf("handed out again as %+v", again[0])
	}
}

func inboxFail(t *testing.T, s store.Store) {
	put(t, s, message("e", noon()))
	m := take(t, s, noon(), 1)[0]
	retry := noon().Add(10 * time.Second)
	fail(t, s, m.ID, "no date", retry)
	same(t, "before its time", "", events(take(t, s, retry.Add(-time.Millisecond), 10)))
	put(t, s, message("later", retry.Add(-time.Second)))
	got := take(t, s, retry, 10)
	same(t, "in its time", "later e", events(got))
	if got[1].Attempts != 1 || got[1].Error != "no date" || got[1].Taken != 2 {
		t.Errorf("after one failure: %+v", got[1])
	}
	same(t, "body", m.Body, got[1].Body)
}

func inboxFinish(t *testing.T, s store.Store) {
	put(t, s, message("e", noon()))
	m := take(t, s, noon(), 1)[0]
	for range 2 {
		finish(t, s, m.ID, noon())
	}
	fail(t, s, m.ID, "one who was too late", noon())
	same(t, "due", "", events(take(t, s, noon().Add(time.Hour), 10)))
	if n, _, err := s.Inbox().Backlog(t.Context(), shop); n != 0 || err != nil {
		t.Errorf("backlog %d, %v", n, err)
	}
}

func inboxUnknown(t *testing.T, s store.Store) {
	for _, id := range []string{"", "nobody", "12345", "0123456789abcdef01234567"} {
		finish(t, s, id, noon())
		fail(t, s, id, "no", noon())
	}
	same(t, "due", "", events(take(t, s, noon(), 10)))
}

func inboxBacklog(t *testing.T, s store.Store) {
	check := func(channelID string, want int, since time.Time) {
		t.Helper()
		n, oldest, err := s.Inbox().Backlog(t.Context(), channelID)
		if err != nil || n != want || !oldest.Equal(since) {
			t.Errorf("backlog of %q: %d since %s, %v; want %d since %s", channelID, n, oldest, err, want, since)
		}
	}
	check("", 0, time.Time{})
	for i := range 3 {
		put(t, s, message(fmt.Sprint("e", i), noon().Add(time.Duration(i)*time.Second)))
	}
	other := message("e", noon().Add(-time.Hour))
	other.Channel = "elsewhere"
	put(t, s, other)
	check(shop, 3, noon())
	check("", 4, noon().Add(-time.Hour))
	check("nowhere", 0, time.Time{})
	oldest := take(t, s, noon(), 1)[0]
	fail(t, s, oldest.ID, "no", noon().Add(time.Hour)) // waits longest, is due last
	check(shop, 3, noon())
	finish(t, s, oldest.ID, noon())
	check(shop, 2, noon().Add(time.Second))
}

func inboxUpkeep(t *testing.T, s store.Store) {
	for _, event := range []string{"early", "late", "open"} {
		put(t, s, message(event, noon()))
	}
	list := take(t, s, noon(), 2)
	ended := time.Now().Add(-time.Hour) // a server that trims by itself counts by its own clock
	finish(t, s, list[0].ID, ended)
	finish(t, s, list[1].ID, ended.Add(24*time.Hour))
	if err := s.Maintain(t.Context(), ended.Add(store.KeepEvents+time.Hour)); err != nil {
		t.Fatal(err)
	}
	for event, fresh := range map[string]bool{"early": true, "late": false, "open": false} {
		if got := put(t, s, message(event, noon().Add(time.Hour))); got != fresh {
			t.Errorf("%s is fresh: %t, want %t", event, got, fresh)
		}
	}
	finish(t, s, list[0].ID, ended)
	if n, _, err := s.Inbox().Backlog(t.Context(), shop); n != 2 || err != nil {
		t.Errorf("backlog %d, %v; an old id ended a new message", n, err)
	}
}

func inboxContext(t *testing.T, s store.Store) {
	if fresh, err := s.Inbox().Put(canceled(t), message("e", noon())); err == nil || fresh {
		t.Errorf("fresh %t, %v", fresh, err)
	}
	if !put(t, s, message("e", noon())) {
		t.Error("it was stored nevertheless")
	}
}
