package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"
)

// group lets small writes that come together share one transaction: waiting
// for the disk is nearly all that a small durable write costs. Whoever gets
// the writer writes for all who wait by then; one of those who come meanwhile
// is next. Nobody returns before what they wrote is durable.
type group struct {
	writer  *sql.DB
	turn    chan struct{} // full while somebody writes for all
	mu      sync.Mutex
	waiting []*task
}

// task is one caller's part of a shared transaction.
type task struct {
	fn   func(context.Context, *sql.Tx) error
	done chan struct{} // closed when err is final
	err  error
}

// groupSize bounds a transaction, and with it how long the first of many waits.
const groupSize = 128

func newGroup(writer *sql.DB) *group {
	return &group{writer: writer, turn: make(chan struct{}, 1)}
}

// do runs fn in a transaction with those of others. fn must be harmless to
// repeat from the start: when one of them fails, each is run again in a
// transaction of its own, so that only the one at fault fails. When ctx ends
// before fn's transaction has begun, fn never runs.
func (g *group) do(ctx context.Context, fn func(context.Context, *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &task{fn: fn, done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, t)
	g.mu.Unlock()
	for {
		select {
		case <-t.done:
			return t.err
		case <-ctx.Done():
			return g.leave(t, ctx.Err())
		case g.turn <- struct{}{}:
			err := g.lead(ctx, t)
			<-g.turn
			if err != nil {
				return g.leave(t, err)
			}
		}
	}
}

// leave takes back a task that nobody works on yet; one that is under way is
// waited for, so that its fate is known.
func (g *group) leave(t *task, reason error) error {
	g.mu.Lock()
	i := slices.Index(g.waiting, t)
	if i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	g.mu.Unlock()
	if i >= 0 {
		return reason
	}
	<-t.done
	return t.err
}

// lead waits for the writer and does what has gathered by then, the oldest
// first; t may be among it. The error is why there is no writer, and is
// nobody's but t's.
func (g *group) lead(ctx context.Context, t *task) error {
	select {
	case <-t.done: // by the one before
		return nil
	default:
	}
	conn, err := g.writer.Conn(ctx)
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	defer conn.Close() //nolint:errcheck // returns it to the pool
	g.mu.Lock()
	n := min(len(g.waiting), groupSize)
	batch := slices.Clone(g.waiting[:n])
	g.waiting = slices.Delete(g.waiting, 0, n)
	g.mu.Unlock()
	run(context.WithoutCancel(ctx), conn, batch)
	return nil
}

// run carries out a batch and tells each what became of it.
func run(ctx context.Context, conn *sql.Conn, batch []*task) {
	var at *task
	err := transact(ctx, conn, func(ctx context.Context, tx *sql.Tx) error {
		for _, at = range batch {
			if err := at.fn(ctx, tx); err != nil {
				return err
			}
		}
		at = nil
		return nil
	})
	if at != nil && len(batch) > 1 {
		for i := range batch {
			run(ctx, conn, batch[i:i+1])
		}
		return
	}
	for _, t := range batch {
		t.err = err
		close(t.done)
	}
}
