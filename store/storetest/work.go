package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func jobs() []testCase {
	return []testCase{
		{"a job comes back whole", jobRoundTrip},
		{"jobs, newest first", jobList},
	}
}

func jobRoundTrip(t *testing.T, s store.Store) {
	if _, err := s.Jobs().Get(t.Context(), "j"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("unknown: %v", err)
	}
	want := store.Job{ID: "j", Kind: "import", By: "u-1", Channel: "a", Title: "orders.csv", State: store.JobRunning, Done: 5, Of: 10,
		Tally: channel.Tally{Fetched: 5, Rejected: 2}, Files: map[string]string{"rejects.v1": "jobs/j/rejects.csv", "$x": "y"}, Started: noon(), Updated: noon().Add(time.Second)}
	for range 2 {
		if err := s.Jobs().Save(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := s.Jobs().Get(t.Context(), "j")
		if err != nil {
			t.Fatal(err)
		}
		same(t, "job", want, got)
		want.State, want.Done, want.Error, want.Finished, want.Files = store.JobFailed, 6, "the file ends early", noon().Add(time.Minute), nil
	}
}

func jobList(t *testing.T, s store.Store) {
	for i := range 4 {
		j := store.Job{ID: fmt.Sprint("j", i), State: store.JobDone, Started: noon().Add(time.Duration(i) * time.Minute)}
		if err := s.Jobs().Save(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Jobs().List(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].ID != "j3" || got[1].ID != "j2" {
		t.Errorf("jobs %+v, want j3 and j2", got)
	}
}

func sessions() []testCase {
	return []testCase{
		{"commit, find, replace, delete", sessionCycle},
		{"an expired session is not found", sessionExpired},
		{"upkeep deletes what has expired", sessionUpkeep},
	}
}

func sessionCycle(t *testing.T, s store.Store) {
	in := s.Sessions()
	find := func(token string) string {
		data, found, err := in.Find(token)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(string(data), found)
	}
	same(t, "unknown", "false", find("a"))
	for _, data := range []string{"one", "two\x00\xff"} {
		if err := in.Commit("a", []byte(data), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		same(t, "committed", fmt.Sprint(data, true), find("a"))
	}
	same(t, "another token", "false", find("b"))
	for range 2 { // deleting again is no error
		if err := in.Delete("a"); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "deleted", "false", find("a"))
}

func sessionExpired(t *testing.T, s store.Store) {
	if err := s.Sessions().Commit("a", []byte("x"), time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, found, err := s.Sessions().Find("a"); found || err != nil {
		t.Errorf("found %t (%v)", found, err)
	}
}

func sessionUpkeep(t *testing.T, s store.Store) {
	for token, life := range map[string]time.Duration{"short": time.Minute, "long": 10 * time.Hour} {
		if err := s.Sessions().Commit(token, []byte(token), time.Now().Add(life)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Maintain(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	_, found, err := s.Sessions().Find("long")
	if err != nil || !found {
		t.Errorf("a session that lasts is gone (%v)", err)
	}
}

func upkeep() []testCase {
	return []testCase{
		{"ping", func(t *testing.T, s store.Store) {
			if err := s.Ping(t.Context()); err != nil {
				t.Error(err)
			}
		}},
		{"maintain keeps orders and the newest changes", upkeepKeeps},
		{"maintain while others write", upkeepTogether},
	}
}

func upkeepKeeps(t *testing.T, s store.Store) {
	all := fill(t, s, 40)
	want := selected(t, s, nil)
	lately := ordertest.Report(shop, "lately", noon())
	absorb(t, s, time.Now(), lately)
	last, err := s.LastChange(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Maintain(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if after, err := s.LastChange(t.Context()); err != nil || after != last {
		t.Errorf("last change %d (%v), want %d", after, err, last)
	}
	if list := readChanges(t, s, last-1); len(list) != 1 {
		t.Errorf("a change of today is gone")
	}
	o, err := s.Orders().ByRef(t.Context(), lately.Ref)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "orders", append([]order.ID{o.ID}, want...), selected(t, s, nil))
	same(t, "an order", all[1], get(t, s, all[1].ID))
	next := create(t, s, ordertest.Minimal(shop, "next", noon()))
	if list := readChanges(t, s, last); len(list) != 1 || list[0].Order != next.ID {
		t.Errorf("after maintenance the log goes on with %v", list)
	}
}

func upkeepTogether(t *testing.T, s store.Store) {
	together(6, func(i int) {
		for j := range 5 {
			if i == 0 {
				if err := s.Maintain(t.Context(), noon()); err != nil {
					t.Errorf("maintain: %v", err)
				}
				continue
			}
			r := ordertest.Report(shop, fmt.Sprint(i, "-", j), noon())
			if _, err := s.Orders().Absorb(t.Context(), []order.Report{r}, noon()); err != nil {
				t.Errorf("absorb: %v", err)
			}
		}
	})
	if n := len(selected(t, s, nil)); n != 25 {
		t.Errorf("%d orders, want 25", n)
	}
}
