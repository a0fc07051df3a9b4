package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

// inbox implements store.Inbox. Its writes are small, many and each waited
// for, so they share transactions.
type inbox struct {
	*db
	put, lease, finish, fail *sql.Stmt
}

func (s *inbox) prepare(ctx context.Context) error {
	for text, into := range map[string]**sql.Stmt{
		`INSERT INTO inbox (channel, event, received, due, header, body) VALUES (?1, ?2, ?3, ?3, ?4, ?5)
			ON CONFLICT DO NOTHING`: &s.put,
		"UPDATE inbox SET due=?, taken=taken+1 WHERE id=?": &s.lease,
		`UPDATE inbox SET due=NULL, finished=?, error='', header='', body=x''
			WHERE id=? AND due IS NOT NULL`: &s.finish,
		"UPDATE inbox SET due=?, attempts=attempts+1, error=? WHERE id=? AND due IS NOT NULL": &s.fail,
	} {
		st, err := s.writer.PrepareContext(ctx, text) //nolint:sqlclosecheck // the pool closes it
		if err != nil {
			return fmt.Errorf("prepare: %w", explain(err))
		}
		*into = st
	}
	return nil
}

func (s *inbox) Put(ctx context.Context, m store.Message) (fresh bool, err error) {
	if err := m.Validate(); err != nil {
		return false, wrap(err, "inbox")
	}
	header, body := toJSON(m.Header), append([]byte{}, m.Body...) // not nil, which would be NULL
	err = s.group.do(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		fresh, err = inserted(execIn(ctx, tx, s.put, m.Channel, m.EventID, m.At.UnixMilli(), header, body))
		return err
	})
	return fresh && err == nil, wrap(explain(err), "inbox of %s", m.Channel)
}

// dueMessages is the condition for messages of one channel or, with the empty
// id, of any, and its arguments; an index is named because the planner may
// take the one that knows no order.
func dueMessages(channelID string, now time.Time) (from string, args []any) {
	if channelID == "" {
		return "inbox INDEXED BY inbox_due WHERE due<=?", []any{now.UnixMilli()}
	}
	return "inbox INDEXED BY inbox_channel WHERE due<=? AND channel=?", []any{now.UnixMilli(), channelID}
}

func (s *inbox) Take(ctx context.Context, channelID string, now time.Time, lease time.Duration, limit int) ([]store.Message, error) {
	if limit <= 0 {
		return nil, nil
	}
	from, args := dueMessages(channelID, now)
	var waiting bool
	if err := s.statements.row(ctx, "SELECT EXISTS (SELECT 1 FROM "+from+")", args, &waiting); err != nil {
		return nil, wrap(explain(err), "inbox")
	}
	if !waiting {
		return nil, nil
	}
	until := now.Add(lease)
	var list []store.Message
	err := s.group.do(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		text := "SELECT id, channel, event, received, attempts, error, taken, header, body FROM " + from + " ORDER BY due, received, id LIMIT ?"
		if list, err = readMessages(tx.QueryContext(ctx, text, append(args[:len(args):len(args)], limit)...)); err != nil {
			return err
		}
		for i := range list {
			if _, err := execIn(ctx, tx, s.lease, until.UnixMilli(), list[i].ID); err != nil {
				return err
			}
			list[i].Next, list[i].Taken = ms(until), list[i].Taken+1
		}
		return nil
	})
	if err != nil {
		return nil, wrap(explain(err), "inbox")
	}
	return list, nil
}

func readMessages(rows *sql.Rows, err error) ([]store.Message, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var list []store.Message
	for rows.Next() {
		var m store.Message
		var received int64
		var header string
		if err := rows.Scan(&m.ID, &m.Channel, &m.EventID, &received, &m.Attempts, &m.Error, &m.Taken, &header, &m.Body); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(header), &m.Header); err != nil {
			return nil, fmt.Errorf("message %s: %w", m.ID, err)
		}
		m.At = time.UnixMilli(received).UTC()
		list = append(list, m)
	}
	return list, rows.Err()
}

func (s *inbox) Finish(ctx context.Context, id string, at time.Time) error {
	return s.change(ctx, id, func(ctx context.Context, tx *sql.Tx, row int64) error {
		_, err := execIn(ctx, tx, s.finish, at.UnixMilli(), row)
		return err
	})
}

func (s *inbox) Fail(ctx context.Context, id string, reason string, next time.Time) error {
	return s.change(ctx, id, func(ctx context.Context, tx *sql.Tx, row int64) error {
		_, err := execIn(ctx, tx, s.fail, next.UnixMilli(), reason, row)
		return err
	})
}

// change writes to the row of a message; an id that is not one of ours is no
// message.
func (s *inbox) change(ctx context.Context, id string, fn func(ctx context.Context, tx *sql.Tx, row int64) error) error {
	row, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil //nolint:nilerr // an unknown message is no error
	}
	err = s.group.do(ctx, func(ctx context.Context, tx *sql.Tx) error { return fn(ctx, tx, row) })
	return wrap(explain(err), "message %s", id)
}

func (s *inbox) Backlog(ctx context.Context, channelID string) (n int, oldest time.Time, err error) {
	text, args := "SELECT count(*), ifnull(min(received), 0) FROM inbox WHERE due IS NOT NULL", []any{}
	if channelID != "" {
		text, args = text+" AND channel=?", append(args, channelID)
	}
	var received int64
	if err := s.statements.row(ctx, text, args, &n, &received); err != nil {
		return 0, time.Time{}, wrap(explain(err), "inbox")
	}
	if n > 0 {
		oldest = time.UnixMilli(received).UTC()
	}
	return n, oldest, nil
}

// trimInbox forgets events that were finished before a time, some thousands a
// turn. The newest row stays: the next one counts on from it, and an id never
// comes back.
func (s *db) trimInbox(ctx context.Context, before time.Time) error {
	const turn = 5000
	const text = `DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE finished < ? ORDER BY finished LIMIT ?)
		AND id < (SELECT max(id) FROM inbox)`
	for {
		n, err := s.execCount(ctx, text, before.UnixMilli(), turn)
		if err != nil || n < turn-1 {
			return err
		}
	}
}
