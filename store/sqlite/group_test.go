package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

func addLease(ctx context.Context, tx *sql.Tx, name string) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO leases (name, holder, token, until) VALUES (?, '', 1, 0)", name)
	return err
}

func countLeases(t *testing.T, s *db) (n int) {
	t.Helper()
	if err := s.reader.QueryRow("SELECT count(*) FROM leases").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// block keeps the writer until the function it returns is called, so that a
// group gathers.
func block(t *testing.T, s *db) (release func()) {
	t.Helper()
	conn, err := s.writer.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
}

// waitFor waits until n tasks have gathered.
func waitFor(t *testing.T, g *group, n int) {
	t.Helper()
	for range 2000 {
		g.mu.Lock()
		have := len(g.waiting)
		g.mu.Unlock()
		if have == n {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("%d tasks never gathered", n)
}

// Whoever comes while the writer is busy shares one transaction.
func TestGroupShares(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	release := block(t, s)
	var wg sync.WaitGroup
	var seen sync.Map
	const n = 50
	for i := range n {
		wg.Go(func() {
			err := s.group.do(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				seen.Store(tx, true)
				return addLease(ctx, tx, fmt.Sprint(i))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	waitFor(t, s.group, n)
	release()
	wg.Wait()
	transactions := 0
	seen.Range(func(any, any) bool { transactions++; return true })
	if got := countLeases(t, s); got != n || transactions != 1 {
		t.Errorf("%d rows by %d transactions, want %d by 1", got, transactions, n)
	}
}

// One that fails keeps no other from being stored, and leaves nothing behind.
func TestGroupIsolatesErrors(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	release := block(t, s)
	no := errors.New("no")
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			err := s.group.do(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				if err := addLease(ctx, tx, fmt.Sprint(i)); err != nil {
					return err
				}
				if i == 4 {
					return no
				}
				return nil
			})
			if want := i == 4; errors.Is(err, no) != want || err != nil && !want {
				t.Errorf("task %d: %v", i, err)
			}
		})
	}
	waitFor(t, s.group, 10)
	release()
	wg.Wait()
	if n := countLeases(t, s); n != 9 {
		t.Errorf("%d rows, want 9", n)
	}
}

// A caller who gives up, be it the one who waits for the writer, harms no
// other, and what it wanted is not done.
func TestGroupOutlivesItsLeader(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	release := block(t, s)
	impatient, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	join := func(ctx context.Context, name string, want error) {
		wg.Go(func() {
			if err := s.group.do(ctx, func(ctx context.Context, tx *sql.Tx) error { return addLease(ctx, tx, name) }); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
		})
	}
	join(impatient, "leader", context.Canceled)
	waitFor(t, s.group, 1)
	for i := range 5 {
		join(t.Context(), fmt.Sprint(i), nil)
	}
	join(impatient, "follower", context.Canceled)
	waitFor(t, s.group, 7)
	cancel()
	waitFor(t, s.group, 5)
	release()
	wg.Wait()
	if n := countLeases(t, s); n != 5 {
		t.Errorf("%d rows, want 5", n)
	}
}

// More than one transaction holds are done in turns.
func TestGroupTurns(t *testing.T) {
	t.Parallel()
	s := openTest(t)
	release := block(t, s)
	const n = 3*groupSize + 1
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := s.group.do(t.Context(), func(ctx context.Context, tx *sql.Tx) error { return addLease(ctx, tx, fmt.Sprint(i)) }); err != nil {
				t.Error(err)
			}
		})
	}
	waitFor(t, s.group, n)
	release()
	wg.Wait()
	if got := countLeases(t, s); got != n {
		t.Errorf("%d rows, want %d", got, n)
	}
}
