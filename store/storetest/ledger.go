package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store"
)

func ledger() []testCase {
	return []testCase{
		{"hours are replaced", ledgerReplace},
		{"hours of a span, oldest first", ledgerSpan},
		{"the same hours by many", ledgerTogether},
		{"one quarantined record and how many there are", quarantineOne},
	}
}

func hour(i, theirs, ours int) store.Hour {
	return store.Hour{Channel: shop, Start: noon().Truncate(time.Hour).Add(time.Duration(i) * time.Hour), Theirs: theirs, Ours: ours, At: noon()}
}

func saveHours(t testing.TB, s store.Store, hours ...store.Hour) {
	t.Helper()
	if err := s.Ledger().Save(t.Context(), hours); err != nil {
		t.Fatalf("save: %v", err)
	}
}

func hours(t testing.TB, s store.Store, from, to int) []store.Hour {
	t.Helper()
	list, err := s.Ledger().List(t.Context(), shop, hour(from, 0, 0).Start, hour(to, 0, 0).Start)
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	return list
}

func ledgerReplace(t *testing.T, s store.Store) {
	saveHours(t, s)
	saveHours(t, s, hour(0, 5, 4), hour(1, 7, 7))
	fixed := hour(0, 5, 5)
	fixed.At = noon().Add(time.Minute)
	saveHours(t, s, fixed, hour(2, 0, 0))
	same(t, "hours", []store.Hour{fixed, hour(1, 7, 7), hour(2, 0, 0)}, hours(t, s, 0, 24))
	// What a process that was frozen counted before is no news.
	late := hour(0, 4, 4)
	late.At = noon().Add(-time.Hour)
	saveHours(t, s, late, hour(3, 1, 1))
	same(t, "hours after a late word", []store.Hour{fixed, hour(1, 7, 7), hour(2, 0, 0), hour(3, 1, 1)}, hours(t, s, 0, 24))
}

func ledgerSpan(t *testing.T, s store.Store) {
	other := hour(2, 9, 9)
	other.Channel = "elsewhere"
	saveHours(t, s, hour(3, 3, 3), hour(1, 1, 1), other, hour(2, 2, 2), hour(4, 4, 4))
	same(t, "span", []store.Hour{hour(2, 2, 2), hour(3, 3, 3)}, hours(t, s, 2, 4))
	same(t, "empty", []store.Hour(nil), hours(t, s, 4, 2))
}

func ledgerTogether(t *testing.T, s store.Store) {
	together(8, func(i int) {
		if err := s.Ledger().Save(t.Context(), []store.Hour{hour(0, i, i), hour(1, i, i)}); err != nil {
			t.Errorf("save: %v", err)
		}
	})
	if list := hours(t, s, 0, 24); len(list) != 2 {
		t.Errorf("%d lines, want 2", len(list))
	}
}

func quarantineOne(t *testing.T, s store.Store) {
	var all []channel.Quarantined
	for i := range 3 {
		q := channel.Quarantined{ID: fmt.Sprint("q", i), Channel: shop, Reason: "no date", Payload: []byte{0, 255}, FirstAt: noon(), LastAt: noon(), Times: 1}
		if i == 2 {
			q.Channel = "elsewhere"
		}
		if err := s.Channels().Quarantine(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		all = append(all, q)
	}
	got, err := s.Channels().QuarantinedOne(t.Context(), "q1")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "one", all[1], got)
	if _, err := s.Channels().QuarantinedOne(t.Context(), "q9"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
	for channelID, want := range map[string]int{shop: 2, "elsewhere": 1, "nowhere": 0} {
		if n, err := s.Channels().QuarantineCount(t.Context(), channelID); n != want || err != nil {
			t.Errorf("%s: %d, %v; want %d", channelID, n, err, want)
		}
	}
}
