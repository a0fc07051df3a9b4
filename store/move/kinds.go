package move

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// Orders and large things are copied some at a time.
const (
	manyOrders = 500
	many       = 200
	all        = math.MaxInt32
)

// kinds are everything that is copied. Orders come last: they take the longest,
// and a target that is refused for something else is refused at once.
func kinds() []mover {
	return []mover{
		users(), channels(), progress(), runs(), quarantine(), jobs(), ledger(), records(), inbox(), audit(), orders(),
	}
}

// list makes an each of a call that returns all.
func list[T any](read func(ctx context.Context, s Side) ([]T, error)) func(context.Context, Side, func(T) error) error {
	return func(ctx context.Context, s Side, fn func(T) error) error {
		list, err := read(ctx, s)
		for _, v := range list {
			if err == nil {
				err = fn(v)
			}
		}
		return err
	}
}

// one makes a put of a call that stores one.
func one[T any](write func(ctx context.Context, s Side, v T) error) func(context.Context, Side, []T) error {
	return func(ctx context.Context, s Side, batch []T) error {
		for _, v := range batch {
			if err := write(ctx, s, v); err != nil {
				return err
			}
		}
		return nil
	}
}

// ofChannels makes an each of a call that returns all of one channel.
func ofChannels[T any](read func(ctx context.Context, s Side, id string) ([]T, error)) func(context.Context, Side, func(T) error) error {
	return list(func(ctx context.Context, s Side) ([]T, error) {
		channels, err := s.Channels().List(ctx)
		if err != nil {
			return nil, err
		}
		var list []T
		for _, c := range channels {
			more, err := read(ctx, s, c.ID)
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
		return list, nil
	})
}

func users() mover {
	return kind[account.User]{what: "users", batch: many,
		each: list(func(ctx context.Context, s Side) ([]account.User, error) { return s.Users().List(ctx) }),
		put:  one(func(ctx context.Context, s Side, u account.User) error { return s.Users().Create(ctx, u) })}
}

func channels() mover {
	return kind[channel.Channel]{what: "channels", batch: many,
		each: list(func(ctx context.Context, s Side) ([]channel.Channel, error) { return s.Channels().List(ctx) }),
		put:  one(func(ctx context.Context, s Side, c channel.Channel) error { return s.Channels().Create(ctx, c) })}
}

func progress() mover {
	return kind[channel.Progress]{what: "progress of channels", batch: many,
		each: ofChannels(func(ctx context.Context, s Side, id string) ([]channel.Progress, error) {
			p, err := s.Channels().Progress(ctx, id)
			p.Version = 0 // counts saves of one database
			return []channel.Progress{p}, err
		}),
		put: one(func(ctx context.Context, s Side, p channel.Progress) error {
			old, err := s.Channels().Progress(ctx, p.Channel)
			if err != nil {
				return err
			}
			p.Version = old.Version
			return s.Channels().SaveProgress(ctx, p)
		})}
}

func runs() mover {
	return kind[channel.Run]{what: "runs", batch: many,
		each: ofChannels(func(ctx context.Context, s Side, id string) ([]channel.Run, error) {
			return s.Channels().Runs(ctx, id, all)
		}),
		put: one(func(ctx context.Context, s Side, r channel.Run) error { return s.Channels().SaveRun(ctx, r) })}
}

func quarantine() mover {
	return kind[channel.Quarantined]{what: "quarantine", batch: many,
		each: ofChannels(func(ctx context.Context, s Side, id string) ([]channel.Quarantined, error) {
			return s.Channels().Quarantined(ctx, id, all)
		}),
		put: one(func(ctx context.Context, s Side, q channel.Quarantined) error { return s.Channels().Quarantine(ctx, q) })}
}

func jobs() mover {
	return kind[store.Job]{what: "jobs", batch: many,
		each: list(func(ctx context.Context, s Side) ([]store.Job, error) { return s.Jobs().List(ctx, all) }),
		put:  one(func(ctx context.Context, s Side, j store.Job) error { return s.Jobs().Save(ctx, j) })}
}

func ledger() mover {
	return kind[store.Hour]{what: "ledger", batch: manyOrders,
		each: ofChannels(func(ctx context.Context, s Side, id string) ([]store.Hour, error) {
			return s.Ledger().List(ctx, id, time.UnixMilli(0), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))
		}),
		put: func(ctx context.Context, s Side, batch []store.Hour) error { return s.Ledger().Save(ctx, batch) }}
}

func records() mover {
	return kind[store.Record]{what: "records", batch: many,
		each: func(ctx context.Context, s Side, fn func(store.Record) error) error { return s.EachRecord(ctx, fn) },
		put:  func(ctx context.Context, s Side, batch []store.Record) error { return s.PutRecords(ctx, batch) }}
}

func inbox() mover {
	return kind[store.FiledMessage]{what: "inbox", batch: many,
		each: func(ctx context.Context, s Side, fn func(store.FiledMessage) error) error {
			return s.EachMessage(ctx, fn)
		},
		put:  func(ctx context.Context, s Side, batch []store.FiledMessage) error { return s.PutMessages(ctx, batch) },
		same: func(m *store.FiledMessage) { m.ID = "" }} // the store's own
}

// audit appends what the source has: sealed anew from the same beginning, an
// entry that was never touched gets the hash it had.
func audit() mover {
	return kind[account.Entry]{what: "audit", batch: many,
		each: func(ctx context.Context, s Side, fn func(account.Entry) error) error {
			return s.Audit().Each(ctx, 0, fn)
		},
		put: func(ctx context.Context, s Side, batch []account.Entry) error {
			sealed, err := s.Audit().Append(ctx, batch...)
			if err != nil {
				return err
			}
			for i, e := range sealed {
				if e.Seq != batch[i].Seq || e.Hash != batch[i].Hash {
					return fmt.Errorf("entry %d is not what it was when it was written; run palmonas audit verify on the source", batch[i].Seq)
				}
			}
			return nil
		}}
}

func orders() mover {
	return kind[order.Order]{what: "orders", batch: manyOrders,
		each: func(ctx context.Context, s Side, fn func(order.Order) error) error {
			return s.Orders().Each(ctx, order.Query{Where: everything(), Sort: order.OldestFirst}, fn)
		},
		put: func(ctx context.Context, s Side, batch []order.Order) error { return s.PutOrders(ctx, batch) }}
}
