package main

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest/sandbox"
	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
)

// team is several servers on one MongoDB and the platforms they look after.
type team struct {
	*app     // the test's own look at the database
	t        *testing.T
	world    *sandbox.World
	servers  []*server
	channels map[string]string // id by platform
}

// TestTwoServersOnOneMongoDB lets two servers share the channels while people
// change orders on both. One is frozen in the middle of telling the platforms
// until the other has its jobs, and wakes up; then the other is killed. Each
// time the jobs move within a minute, and in the end the database agrees with
// the ledger of every platform, to which no status was told twice.
func TestTwoServersOnOneMongoDB(t *testing.T) {
	t.Parallel()
	tm := newTeam(t, 2)
	live, still := context.WithCancel(t.Context())
	defer still()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		tm.world.Live(live, 120)
	}()
	a, b := tm.servers[0], tm.servers[1]
	for i, id := range slices.Sorted(maps.Values(tm.channels)) {
		tm.servers[i%2].post(t, "/channels/"+id+"/enabled", url.Values{"on": {"true"}})
	}
	eventually(t, time.Minute, "each server has jobs", func() bool { return len(tm.holders()) == 2 })
	eventually(t, 2*time.Minute, "the orders are read", func() bool { return tm.stored() > 200 })
	tm.sseAcross(a, b)
	tm.sseAcross(b, a)

	wished := tm.wish(a)
	a.signal(t, syscall.SIGSTOP)
	first := tm.moved("freezing one", "")
	a.signal(t, syscall.SIGCONT)
	maps.Copy(wished, tm.wish(b))
	b.signal(t, syscall.SIGKILL)
	tm.moved("killing the other", first)
	maps.Copy(wished, tm.wish(a))

	still()
	<-stopped
	tm.settle()
	tm.toldOnce(wished)
	tm.figuresAgree()
	a.stop(t)
}

// moved waits until one process, but not this one, has every job, and returns
// its name.
func (tm *team) moved(after, not string) (holder string) {
	tm.t.Helper()
	begun := time.Now()
	eventually(tm.t, time.Minute, "the jobs move after "+after, func() bool {
		all := tm.look()
		for name := range all {
			holder = name
		}
		return len(all) == 1 && holder != "" && holder != not
	})
	tm.t.Logf("every job moved within %s of %s", time.Since(begun).Round(time.Second), after)
	return holder
}

// settle waits until the database agrees with the platforms. Webhooks and wishes
// that were in the hands of a server that was cut off are taken up by another
// after five minutes, for which nobody waits here.
func (tm *team) settle() {
	tm.t.Helper()
	why := ""
	tm.t.Cleanup(func() {
		if why != "" {
			tm.t.Log("last seen: ", why)
		}
	})
	eventually(tm.t, 3*time.Minute, "the database agrees with the platforms", func() bool {
		why = tm.differences()
		return why == ""
	})
}

// figuresAgree compares every figure with the orders.
func (tm *team) figuresAgree() {
	tm.t.Helper()
	if err := recountAll(tm.t.Context(), tm.store.Figures()); err != nil {
		tm.t.Fatal(err)
	}
	err := tm.store.Figures().Verify(tm.t.Context(), func(d report.Difference) error {
		tm.t.Error(wordDifference(d))
		return nil
	})
	if err != nil {
		tm.t.Error(err)
	}
}

// newTeam starts a world of platforms and servers on a database of its own, in
// which each platform has a channel that is not enabled yet. Webhooks go to the
// servers in turn.
func newTeam(t *testing.T, servers int) *team {
	tm := &team{t: t, channels: map[string]string{}}
	env := mongoEnv(t)
	var err error
	if tm.world, err = sandbox.New(sandbox.Options{Seed: 5, Orders: 300, Days: 5, LimitFactor: demoLimits, AmazonSettle: -1}); err != nil {
		t.Fatal(err)
	}
	urls, stop, err := tm.world.Serve(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	c, err := loadConfig(env)
	if err != nil {
		t.Fatal(err)
	}
	if tm.app, err = openApp(t.Context(), c, newLogger(c, &lockedBuffer{}), shared); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tm.store.Close() })
	const password = "two servers, one database"
	if _, err := demoUsers(t.Context(), tm.store, password); err != nil {
		t.Fatal(err)
	}
	for range servers {
		tm.servers = append(tm.servers, startServer(t, env))
	}
	for _, s := range tm.servers {
		s.ready(t)
		s.client = signIn(t, s.base, "admin@palmonas.demo", password)
	}
	for i, name := range tm.world.Platforms() {
		ch, _ := tm.world.Channel(name, urls[name])
		tm.world.Subscribe(name, tm.servers[i%servers].base+"/webhooks/"+ch.ID)
		ch, secrets := tm.world.Channel(name, urls[name])
		ch.Enabled, ch.Interval = false, channel.MinInterval
		if err := tm.addChannel(t.Context(), ch, secrets, time.Now()); err != nil {
			t.Fatal(err)
		}
		tm.channels[name] = ch.ID
	}
	return tm
}

// jobs are those that run in one server of all.
func (tm *team) jobs() []string {
	names := []string{"inbox", "maintain"}
	for _, id := range tm.channels {
		names = append(names, "pull:"+id, "push:"+id, "reconcile:"+id)
	}
	return names
}

// look counts the jobs of each process; one without a holder counts for "".
func (tm *team) look() map[string]int {
	tm.t.Helper()
	all := map[string]int{}
	for _, job := range tm.jobs() {
		// Asking is taking, when nobody has it: for a moment that hurts nobody.
		l, mine, err := tm.store.Leases().Acquire(tm.t.Context(), job, "the test", time.Millisecond)
		if err != nil {
			tm.t.Fatal(err)
		}
		if mine {
			l.Holder = ""
		}
		all[l.Holder]++
	}
	return all
}

func (tm *team) holders() map[string]int {
	all := tm.look()
	delete(all, "")
	return all
}

func (tm *team) stored() int {
	tm.t.Helper()
	n, err := tm.store.Orders().Count(tm.t.Context(), nil, 100_000)
	if err != nil {
		tm.t.Fatal(err)
	}
	return n
}

// rows are orders of the website that takes every status, in a status; there
// is one at least.
func (tm *team) rows(status order.Status, least int) (rows []order.Row) {
	tm.t.Helper()
	where := order.And{order.Term{Field: order.FieldChannel, Text: []string{tm.channels[sandbox.Custom]}}, order.Term{Field: order.FieldStatus, Text: []string{string(status)}}}
	eventually(tm.t, time.Minute, "there are orders to change", func() bool {
		p, err := tm.store.Orders().List(tm.t.Context(), order.Query{Where: where})
		if err != nil {
			tm.t.Fatal(err)
		}
		rows = p.Rows
		return len(rows) >= least
	})
	return rows
}

// wish lets orders come and confirms them as people do. It returns the platform
// ids of those that had not moved by themselves meanwhile.
func (tm *team) wish(s *server) map[string]order.Status {
	tm.t.Helper()
	const orders = 15
	for range orders {
		if _, err := tm.world.Place(sandbox.Custom); err != nil {
			tm.t.Fatal(err)
		}
	}
	wished := map[string]order.Status{}
	for _, row := range tm.rows(order.Pending, orders/2) {
		form := url.Values{"status": {string(order.Confirmed)}, "version": {strconv.FormatInt(row.Version, 10)}}
		if code := s.try(tm.t, "/orders/"+row.ID.String()+"/status", form); code == http.StatusOK {
			wished[row.PlatformOrderID] = order.Confirmed
		}
	}
	if len(wished) == 0 {
		tm.t.Error("no order could be changed")
	}
	return wished
}

// sseAcross changes an order on one server and waits for it on the event
// stream of another.
func (tm *team) sseAcross(change, watch *server) {
	tm.t.Helper()
	ctx, cancel := context.WithTimeout(tm.t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, watch.base+"/events", nil)
	if err != nil {
		tm.t.Fatal(err)
	}
	client := &http.Client{Jar: watch.client.Jar} // without a time limit on the stream
	resp, err := client.Do(req)
	if err != nil {
		tm.t.Fatal(err)
	}
	defer resp.Body.Close()
	row := tm.rows(order.Delivered, 1)[0]
	begun := time.Now()
	change.post(tm.t, "/orders/"+row.ID.String()+"/notes", url.Values{"text": {"seen on " + change.base}})
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if strings.Contains(lines.Text(), row.ID.String()) {
			tm.t.Logf("a change on one server was on the other's stream after %s", time.Since(begun).Round(time.Millisecond))
			return
		}
	}
	tm.t.Errorf("the change of %s on %s never came to %s", row.ID, change.base, watch.base)
}

// differences holds the database to the ledgers: every order is there once, and
// what its platform said last is known. Empty when all is well.
func (tm *team) differences() string {
	tm.t.Helper()
	in := 0
	for name, id := range tm.channels {
		for _, e := range tm.world.Ledger(name) {
			in++
			o, err := tm.store.Orders().ByRef(tm.t.Context(), order.Ref{Channel: id, PlatformOrderID: e.ID})
			if err != nil {
				return fmt.Sprintf("%s: %s: %v", name, e, err)
			}
			status := o.Status
			if o.WishOpen() { // refused, since the order went elsewhere: a person decides
				status = o.Reported.Status
			}
			if status != e.Status {
				return fmt.Sprintf("%s: %s is stored as %s", name, e, status)
			}
		}
	}
	if n := tm.stored(); n != in {
		return fmt.Sprintf("%d orders are stored, the platforms have %d", n, in)
	}
	return ""
}

// toldOnce holds what the platform was told to what people wished.
func (tm *team) toldOnce(wished map[string]order.Status) {
	tm.t.Helper()
	told := 0
	for _, e := range tm.world.Ledger(sandbox.Custom) {
		n := 0
		for _, c := range e.Changes {
			if c.By == shop.ByClient && c.Status == wished[e.ID] {
				n++
			}
		}
		told += n
		if n > 1 {
			tm.t.Errorf("%s was told %d times: %v", e, n, e.Changes)
		}
	}
	if told == 0 {
		tm.t.Error("no platform was told anything: the test tests nothing")
	}
	tm.t.Logf("%d orders; %d of %d wishes were told, each once", tm.stored(), told, len(wished))
}
