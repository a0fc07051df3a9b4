package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

// leases implements store.Leases by the clock of the program: all processes
// with this file are on one machine.
type leases db

func (s *leases) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (store.Lease, bool, error) {
	// A token stays only while its holder prolongs a lease that has not ended.
	const take = `INSERT INTO leases (name, holder, token, until) VALUES (?1, ?2, 1, ?3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until,
			token = token + (until <= ?4 OR holder <> excluded.holder)
		WHERE until <= ?4 OR holder = excluded.holder
		RETURNING holder, token, until`
	const look = "SELECT holder, token, until FROM leases WHERE name=?"
	l, ok := store.Lease{Name: name}, false
	var until int64
	err := (*db)(s).write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		now := s.now()
		err := tx.QueryRowContext(ctx, take, name, holder, now.Add(ttl).UnixMilli(), now.UnixMilli()).Scan(&l.Holder, &l.Token, &until)
		if ok = err == nil; !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return tx.QueryRowContext(ctx, look, name).Scan(&l.Holder, &l.Token, &until)
	})
	if err != nil {
		return store.Lease{}, false, wrap(explain(err), "lease of %s", name)
	}
	l.Until = time.UnixMilli(until).UTC()
	return l, ok, nil
}

func (s *leases) Release(ctx context.Context, l store.Lease) error {
	err := (*db)(s).exec(ctx, "UPDATE leases SET until=0 WHERE name=? AND holder=? AND token=?", l.Name, l.Holder, l.Token)
	return wrap(err, "lease of %s", l.Name)
}
