package sqlite

import (
	"context"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store"
)

// The quarantine is a part of store.Channels.

func (s *channels) Quarantine(ctx context.Context, q channel.Quarantined) error {
	const text = `INSERT INTO quarantine (id, channel, source, platform_order_id, reason, payload, first_at, last_at, times)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET times = times + excluded.times, last_at = max(last_at, excluded.last_at), reason = excluded.reason`
	payload := append([]byte{}, q.Payload...) // not nil, which would be NULL
	err := (*db)(s).exec(ctx, text, q.ID, q.Channel, string(q.Source), q.PlatformOrderID, q.Reason, payload,
		q.FirstAt.UnixMilli(), q.LastAt.UnixMilli(), max(q.Times, 1))
	return wrap(err, "quarantine")
}

const selectQuarantined = "SELECT id, channel, source, platform_order_id, reason, payload, first_at, last_at, times FROM quarantine "

func scanQuarantined(scan func(...any) error) (channel.Quarantined, error) {
	var q channel.Quarantined
	var from, to int64
	err := scan(&q.ID, &q.Channel, &q.Source, &q.PlatformOrderID, &q.Reason, &q.Payload, &from, &to, &q.Times)
	q.FirstAt, q.LastAt = time.UnixMilli(from).UTC(), time.UnixMilli(to).UTC()
	return q, err
}

func (s *channels) Quarantined(ctx context.Context, channelID string, limit int) ([]channel.Quarantined, error) {
	rows, err := s.statements.query(ctx, selectQuarantined+"WHERE channel=? ORDER BY last_at DESC, id DESC LIMIT ?", channelID, limit)
	if err != nil {
		return nil, wrap(explain(err), "quarantine")
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var list []channel.Quarantined
	for rows.Next() {
		q, err := scanQuarantined(rows.Scan)
		if err != nil {
			return nil, wrap(err, "quarantine")
		}
		list = append(list, q)
	}
	return list, wrap(explain(rows.Err()), "quarantine")
}

func (s *channels) QuarantinedOne(ctx context.Context, id string) (channel.Quarantined, error) {
	q, err := scanQuarantined(s.reader.QueryRowContext(ctx, selectQuarantined+"WHERE id=?", id).Scan)
	if err != nil {
		return channel.Quarantined{}, wrap(missing(err), "quarantined record")
	}
	return q, nil
}

func (s *channels) QuarantineCount(ctx context.Context, channelID string) (int, error) {
	var n int
	err := s.statements.row(ctx, "SELECT count(*) FROM quarantine WHERE channel=?", []any{channelID}, &n)
	return n, wrap(explain(err), "quarantine")
}

func (s *channels) Release(ctx context.Context, quarantineID string) error {
	n, err := (*db)(s).execCount(ctx, "DELETE FROM quarantine WHERE id=?", quarantineID)
	if err == nil && n == 0 {
		err = store.ErrNotFound
	}
	return wrap(err, "quarantine")
}
