package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/rollup"
)

// db is an open database.
type db struct {
	path       string
	now        func() time.Time
	log        *slog.Logger
	lock       *fileLock
	writer     *sql.DB
	reader     *sql.DB
	statements *statements
	group      *group
	orders     *orders
	inbox      *inbox
	sessions   *sessions
	figures    *figures
}

func (s *db) Orders() store.Orders     { return s.orders }
func (s *db) Users() store.Users       { return (*users)(s) }
func (s *db) Channels() store.Channels { return (*channels)(s) }
func (s *db) Jobs() store.Jobs         { return (*jobs)(s) }
func (s *db) Sessions() store.Sessions { return s.sessions }
func (s *db) Inbox() store.Inbox       { return s.inbox }
func (s *db) Leases() store.Leases     { return (*leases)(s) }
func (s *db) Ledger() store.Ledger     { return (*ledger)(s) }
func (s *db) Records() store.Records   { return (*records)(s) }
func (s *db) Audit() store.Audit       { return (*audit)(s) }
func (s *db) Figures() store.Figures   { return s.figures.keeper }

// prepare makes what lives as long as the database is open.
func (s *db) prepare(ctx context.Context, c Config) error {
	s.sessions = newSessions(s.reader, s.writer)
	s.group = newGroup(s.writer)
	s.orders = &orders{db: s}
	s.inbox = &inbox{db: s}
	s.figures = &figures{db: s, zone: c.Zone}
	if s.figures.zone == nil {
		s.figures.zone = rollup.India()
	}
	s.figures.keeper = rollup.New(s.figures, rollup.Config{Zone: s.figures.zone, Now: c.Now})
	s.orders.writes.figures = s.figures
	if err := s.orders.prepare(ctx); err != nil {
		return err
	}
	if err := s.inbox.prepare(ctx); err != nil {
		return err
	}
	return s.figures.prepare(ctx, c.Shared)
}

// Ping reads from the file.
func (s *db) Ping(ctx context.Context) error {
	var n int
	if err := s.reader.QueryRowContext(ctx, "SELECT count(*) FROM migrations").Scan(&n); err != nil {
		return fmt.Errorf("database: %w", explain(err))
	}
	return nil
}

// Close waits for running statements, writes back the log and lets the file
// go.
func (s *db) Close() error {
	var faults []error
	if s.statements != nil {
		s.statements.close()
	}
	for _, pool := range []*sql.DB{s.reader, s.writer} {
		if pool != nil {
			faults = append(faults, pool.Close())
		}
	}
	return errors.Join(append(faults, s.lock.Close())...)
}

// write runs fn in an immediate transaction. It waits for its turn as long as
// ctx lasts; once begun, single statements are not interrupted (that would
// cost the connection and leave the fate of a commit open): the context that
// fn is given does not end. Where fn works through many rows it looks at ctx.
func (s *db) write(ctx context.Context, fn func(context.Context, *sql.Tx) error) error {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	defer conn.Close() //nolint:errcheck // returns it to the pool
	return transact(ctx, conn, fn)
}

// transact runs fn in an immediate transaction of the writer, with a context
// that does not end.
func transact(ctx context.Context, conn *sql.Conn, fn func(context.Context, *sql.Tx) error) error {
	whole := context.WithoutCancel(ctx)
	tx, err := conn.BeginTx(whole, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", explain(err))
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it has nothing to do
	if err := fn(whole, tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", explain(err))
	}
	return nil
}

// execIn runs a prepared statement in a transaction.
func execIn(ctx context.Context, tx *sql.Tx, st *sql.Stmt, args ...any) (sql.Result, error) {
	return tx.StmtContext(ctx, st).ExecContext(ctx, args...) //nolint:sqlclosecheck // tx closes it at its end
}

// rowIn asks a prepared statement for one row in a transaction.
func rowIn(ctx context.Context, tx *sql.Tx, st *sql.Stmt, args ...any) *sql.Row {
	return tx.StmtContext(ctx, st).QueryRowContext(ctx, args...) //nolint:sqlclosecheck // tx closes it at its end
}
