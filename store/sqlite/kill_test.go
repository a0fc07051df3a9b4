package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
)

// killedEnv names the database for the child process of TestKill, and the
// number of the first order that it stores.
const (
	killedPath = "PALMONAS_TEST_KILLED_PATH"
	killedFrom = "PALMONAS_TEST_KILLED_FROM"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(killedPath); path != "" {
		fmt.Fprintln(os.Stderr, absorbUntilKilled(path, os.Getenv(killedFrom)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// absorbUntilKilled stores batches of orders and names each order on the
// standard output once it is acknowledged. It only returns with an error.
func absorbUntilKilled(path, from string) error {
	ctx := context.Background()
	s, err := Open(ctx, Config{Path: path})
	if err != nil {
		return err
	}
	var i int
	if _, err := fmt.Sscan(from, &i); err != nil {
		return err
	}
	fmt.Println("open")
	var hooks atomic.Int64
	for range 8 {
		go putUntilKilled(s, from, &hooks)
	}
	go recountUntilKilled(s)
	for {
		batch := make([]order.Report, 1+i%7)
		for j := range batch {
			batch[j] = ordertest.Synthetic(1, i+j, 30, ordertest.Noon())
		}
		if i > 0 { // one that is there already changes its status and its day
			again := ordertest.Synthetic(1, i-1, 30, ordertest.Noon())
			again.Status, again.At = lostStatuses()[i%3], again.At.Add(time.Hour)
			if again.Status == order.Returned {
				again.Facts.SubStatus = "rto_delivered"
			}
			again.Facts.OrderedAt = again.Facts.OrderedAt.Add(24 * time.Hour)
			batch = append(batch, again)
		}
		results, err := s.Orders().Absorb(ctx, batch, ordertest.Noon())
		if err != nil {
			return err
		}
		i += 1 + i%7
		for _, r := range results {
			fmt.Println(r.ID, r.Outcome)
		}
		// Somebody puts an order away, or takes it out again.
		_, err = s.Orders().Update(ctx, results[0].ID, func(o *order.Order) error {
			o.Desk.Archived = !o.Desk.Archived
			o.Version++
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// lostStatuses are those of orders that bring no revenue any more.
func lostStatuses() []order.Status {
	return []order.Status{order.Cancelled, order.Returned, order.Refunded}
}

// killedHook begins the event ids of webhooks.
const killedHook = "hook-"

// putUntilKilled does the same with webhooks, beside others.
func putUntilKilled(s store.Store, from string, hooks *atomic.Int64) {
	for {
		m := store.Message{Channel: "website", EventID: fmt.Sprint(killedHook, from, "-", hooks.Add(1)), Body: []byte("{}"), At: time.Now()}
		if fresh, err := s.Inbox().Put(context.Background(), m); err != nil || !fresh {
			fmt.Fprintln(os.Stderr, "put:", fresh, err)
			os.Exit(1)
		}
		fmt.Println(m.EventID)
	}
}

// recountUntilKilled works off the days that change meanwhile.
func recountUntilKilled(s store.Store) {
	for {
		if _, err := s.Figures().Recount(context.Background(), 4); err != nil {
			fmt.Fprintln(os.Stderr, "recount:", err)
			os.Exit(1)
		}
	}
}

// TestKill kills a process that stores orders at random moments, again and
// again on the same file: what it said is stored is there, and whole. The seed
// decides when each kill strikes: while the file is opened and what the last kill
// left is taken up, soon after, or in the midst of the work.
func TestKill(t *testing.T) {
	t.Parallel()
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed=%d", seed+1), func(t *testing.T) {
			t.Parallel()
			killAgain(t, rand.New(rand.NewPCG(seed+1, 1)), rounds)
		})
	}
}

func killAgain(t *testing.T, rnd *rand.Rand, rounds int) {
	path := filepath.Join(t.TempDir(), "killed.db")
	acknowledged, opening, poor := map[string]bool{}, 0, error(nil)
	for round := 0; round < rounds || poor != nil && round < 5*rounds; round++ { // a busy machine stores little in a round
		k := killing{open: rnd.IntN(4) > 0, after: time.Duration(rnd.IntN(200)) * time.Millisecond}
		if !k.open {
			k.after /= 4
			opening++
		}
		for _, id := range k.run(t, path, round*100_000) {
			acknowledged[id] = true
		}
		s := openPath(t, path)
		checkKilled(t, s, acknowledged)
		checkFigures(t, s)
		poor = livedThrough(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			return
		}
	}
	if poor != nil {
		t.Error(poor)
	}
	if len(acknowledged) < rounds {
		t.Errorf("only %d records were acknowledged in %d rounds: the test tests nothing", len(acknowledged), rounds)
	}
	t.Logf("%d kills, %d of them from the start on, %d acknowledged records, none lost", rounds, opening, len(acknowledged))
}

// livedThrough is an error unless orders came to each end that figures tell
// apart, and some were put away: else the test tests nothing of that.
func livedThrough(t *testing.T, s *db) error {
	t.Helper()
	f, err := s.Figures().Days(t.Context(), report.Ever())
	if err != nil {
		return err
	}
	lost, rto, archived := map[order.Status]uint32{}, uint32(0), 0
	for _, d := range f.Days {
		for _, c := range d.Cells {
			lost[c.Status.Status()] += c.Orders
			rto += c.RTO
		}
	}
	if err := s.reader.QueryRow("SELECT count(*) FROM orders WHERE archived=1").Scan(&archived); err != nil {
		return err
	}
	for _, status := range lostStatuses() {
		if lost[status] == 0 {
			return fmt.Errorf("no order was %s", status)
		}
	}
	if rto == 0 || archived == 0 {
		return fmt.Errorf("%d orders came back before delivery, %d were put away", rto, archived)
	}
	return nil
}

// killing is when a child dies: a while after it said that the database is open,
// or after its start.
type killing struct {
	open  bool
	after time.Duration
}

// run runs the child until then, and returns the orders and webhooks it
// acknowledged.
func (k killing) run(t *testing.T, path string, from int) []string {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), killedPath+"="+path, fmt.Sprint(killedFrom, "=", from))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { _ = child.Process.Kill() }
	if !k.open {
		time.AfterFunc(k.after, kill)
	}
	var acknowledged []string
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // a line without its end was not said
		}
		if line == "open\n" {
			if k.open {
				time.AfterFunc(k.after, kill)
			}
			continue
		}
		id, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		acknowledged = append(acknowledged, id)
	}
	_ = child.Wait() // killed
	return acknowledged
}

// checkFigures: a day is dirty or right, and a recount makes all of them right.
func checkFigures(t *testing.T, s *db) {
	t.Helper()
	if d := differences(t, s); len(d) != 0 {
		t.Errorf("days that were not dirty differ: %v", d)
	}
	recountEverything(t, s)
	if d := differences(t, s); len(d) != 0 {
		t.Errorf("figures differ after a recount: %v", d)
	}
}

func checkKilled(t *testing.T, s *db, acknowledged map[string]bool) {
	t.Helper()
	var verdict string
	if err := s.reader.QueryRow("PRAGMA quick_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("quick_check: %s (%v)", verdict, err)
	}
	if _, err := s.writer.Exec("INSERT INTO order_search (order_search) VALUES ('integrity-check')"); err != nil {
		t.Errorf("search index: %v", err)
	}
	var ids []order.ID
	for text := range acknowledged {
		if strings.HasPrefix(text, killedHook) {
			var n int
			if err := s.reader.QueryRow("SELECT count(*) FROM inbox WHERE event=?", text).Scan(&n); err != nil || n != 1 {
				t.Errorf("acknowledged webhook %s is there %d times (%v)", text, n, err)
			}
			continue
		}
		id, err := order.ParseID(text)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	found, err := s.Orders().Many(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != len(ids) {
		t.Errorf("%d of %d acknowledged orders are gone", len(ids)-len(found), len(ids))
	}
	for table, text := range map[string]string{
		"rows without a document": "SELECT count(*) FROM orders o LEFT JOIN docs d ON d.id=o.id WHERE d.seq IS NOT o.seq",
		"documents without a row": "SELECT count(*) FROM docs d LEFT JOIN orders o ON o.seq=d.seq WHERE o.id IS NOT d.id",
		"orders without a change": "SELECT count(*) FROM orders o WHERE o.id NOT IN (SELECT order_id FROM changes)",
	} {
		var n int
		if err := s.reader.QueryRow(text).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d %s (%v)", n, table, err)
		}
	}
}
