package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// audit implements store.Audit. Triggers keep its table from being changed;
// whoever writes into the file past them breaks the chain.
type audit db

const auditColumns = "seq, at, by, via, ip, ref, action, object, note, before, after, prev, hash"

func scanEntry(scan func(...any) error) (account.Entry, error) {
	var e account.Entry
	var at int64
	err := scan(&e.Seq, &at, &e.By, &e.Via, &e.IP, &e.Ref, &e.Action, &e.Object, &e.Note, &e.Before, &e.After, &e.Prev, &e.Hash)
	e.At = instant(at)
	return e, err
}

// Append implements store.Audit. Calls that come together share a transaction
// and the wait for the disk.
func (s *audit) Append(ctx context.Context, entries ...account.Entry) ([]account.Entry, error) {
	if len(entries) == 0 {
		return nil, ctx.Err()
	}
	sealed := make([]account.Entry, len(entries))
	err := s.group.do(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var seq int64
		var prev string
		err := tx.QueryRowContext(ctx, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1").Scan(&seq, &prev)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		for i, e := range entries {
			e = e.Seal(seq, prev)
			sealed[i], seq, prev = e, e.Seq, e.Hash
			if _, err := tx.ExecContext(ctx, "INSERT INTO audit ("+auditColumns+") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", e.Seq, moment(e.At),
				e.By, e.Via, e.IP, e.Ref, e.Action, e.Object, e.Note, e.Before, e.After, e.Prev, e.Hash); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, wrap(explain(err), "audit")
	}
	return sealed, nil
}

const (
	auditLimit    = 100
	maxAuditLimit = 500
)

// List implements store.Audit.
func (s *audit) List(ctx context.Context, q store.AuditQuery) ([]account.Entry, error) {
	c := &clause{}
	c.add("SELECT " + auditColumns + " FROM audit WHERE 1")
	if q.By != "" {
		c.add(" AND by=?", q.By)
	}
	if q.Object != "" {
		c.add(" AND object=?", q.Object)
	}
	if q.Action != "" {
		c.add(" AND action>=? AND action<?", q.Action, prefixEnd(q.Action))
	}
	if !q.From.IsZero() {
		c.add(" AND at>=?", q.From.UnixMilli())
	}
	if !q.Until.IsZero() {
		c.add(" AND at<?", q.Until.UnixMilli())
	}
	if q.Before > 0 {
		c.add(" AND seq<?", q.Before)
	}
	limit := min(q.Limit, maxAuditLimit)
	if limit <= 0 {
		limit = auditLimit
	}
	c.add(" ORDER BY seq DESC LIMIT ?", limit)
	var list []account.Entry
	err := s.read(ctx, c.sql.String(), c.args, func(e account.Entry) error { list = append(list, e); return nil })
	return list, err
}

// auditPiece is how many entries Each reads at a time.
const auditPiece = 500

// Each implements store.Audit. It reads in pieces and holds no transaction
// while fn runs.
func (s *audit) Each(ctx context.Context, after int64, fn func(account.Entry) error) error {
	const text = "SELECT " + auditColumns + " FROM audit WHERE seq>? ORDER BY seq LIMIT ?"
	for {
		piece := make([]account.Entry, 0, auditPiece)
		err := s.read(ctx, text, []any{after, auditPiece}, func(e account.Entry) error { piece = append(piece, e); return nil })
		if err != nil {
			return err
		}
		for _, e := range piece {
			if err := fn(e); err != nil {
				return err
			}
			after = e.Seq
		}
		if len(piece) < auditPiece {
			return ctx.Err()
		}
	}
}

func (s *audit) read(ctx context.Context, text string, args []any, fn func(account.Entry) error) error {
	rows, err := s.statements.query(ctx, text, args...)
	if err != nil {
		return wrap(explain(err), "audit")
	}
	defer rows.Close() //nolint:errcheck // Err tells
	for rows.Next() {
		e, err := scanEntry(rows.Scan)
		if err != nil {
			return wrap(err, "audit")
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return wrap(explain(rows.Err()), "audit")
}
