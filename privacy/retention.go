package privacy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// Retention is after how many days without need each platform's customers are
// erased; 0 keeps them.
type Retention map[order.Platform]int

// Usual is the retention of a desk that was told nothing. Amazon wants personal
// data gone 30 days after delivery (Amazon Services API data protection policy,
// "Data retention and recovery").
func Usual() Retention { return Retention{order.Amazon: 30} }

// MaxDays bounds a retention.
const MaxDays = 3650

const retentionID = "retention"

func shelf(s store.Store) store.Shelf[Retention] {
	return store.Shelf[Retention]{Records: s.Records(), Kind: "setting"}
}

// ReadRetention is the retention of the settings.
func ReadRetention(ctx context.Context, s store.Store) (Retention, error) {
	k, err := shelf(s).Get(ctx, retentionID)
	if errors.Is(err, store.ErrNotFound) {
		return Usual(), nil
	}
	if err != nil {
		return nil, fmt.Errorf("retention: %w", err)
	}
	return k.Value, nil
}

// SaveRetention changes it. Faults are order.FieldErrors at the platform's name.
func SaveRetention(ctx context.Context, s store.Store, r Retention, at time.Time) error {
	var faults order.FieldErrors
	for p, days := range r {
		if days < 0 || days > MaxDays {
			faults = append(faults, order.FieldError{Field: string(p), Message: fmt.Sprintf("From 0 (keep) to %d days.", MaxDays)})
		}
	}
	if len(faults) > 0 {
		return faults
	}
	err := shelf(s).Create(ctx, store.Record{ID: retentionID, At: at}, r)
	if errors.Is(err, store.ErrConflict) {
		_, err = shelf(s).Update(ctx, retentionID, func(k *store.Kept[Retention]) error { k.Value = r; return nil })
	}
	if err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	return nil
}

// batch is how many orders are erased between two looks.
const batch = 200

// Retain erases the customers of orders that ended longer ago than the
// retention allows: delivered, cancelled, returned or refunded, counted from
// that moment. With dry it only counts. It may be repeated and stopped at any
// time.
func Retain(ctx context.Context, s store.Store, dry bool, now time.Time) (Erased, error) {
	rules, err := ReadRetention(ctx, s)
	if err != nil {
		return Erased{}, err
	}
	var sum Erased
	for _, p := range order.Platforms() {
		if rules[p] == 0 {
			continue
		}
		done, err := retain(ctx, s, p, now.AddDate(0, 0, -rules[p]), dry, now)
		sum.Orders, sum.Records = sum.Orders+done.Orders, sum.Records+done.Records
		if err != nil {
			return sum, fmt.Errorf("retention of %s: %w", p, err)
		}
	}
	return sum, nil
}

func retain(ctx context.Context, s store.Store, p order.Platform, before time.Time, dry bool, now time.Time) (Erased, error) {
	flag := func(f order.Flag) order.Term { return order.Term{Field: order.FieldFlag, Text: []string{string(f)}} }
	ended := order.And{
		order.Term{Field: order.FieldPlatform, Text: []string{string(p)}},
		order.Term{Field: order.FieldStatus, Text: []string{string(order.Delivered), string(order.Cancelled), string(order.Returned), string(order.Refunded)}},
		// Nothing ends before it is ordered.
		order.Term{Field: order.FieldOrdered, Lo: order.Lowest, Hi: before.UnixMilli()},
		order.Not{X: flag(order.FlagErased)},
	}
	var sum Erased
	due := map[string][]string{}
	waiting := 0
	flush := func() error {
		for channel, ids := range due {
			done, err := Erase(ctx, s, Request{Channel: channel, Orders: ids, By: "system", Via: "job", Reason: "retention"}, now)
			sum.Orders, sum.Records = sum.Orders+done.Orders, sum.Records+done.Records
			if err != nil {
				return err
			}
		}
		due, waiting = map[string][]string{}, 0
		return nil
	}
	for _, where := range []order.Expr{ended, append(ended, flag(order.FlagArchived))} {
		err := s.Orders().Each(ctx, order.Query{Where: where, Sort: order.OldestFirst}, func(o order.Order) error {
			switch {
			case !endedBefore(o, before):
				return nil
			case dry:
				sum.Orders++
				return nil
			}
			due[o.Ref.Channel] = append(due[o.Ref.Channel], o.Ref.PlatformOrderID)
			if waiting++; waiting >= batch {
				return flush()
			}
			return nil
		})
		if err != nil {
			return sum, err
		}
	}
	return sum, flush()
}

// endedBefore reports whether the order came to its status before a time, by
// the platform's clock where it gave one.
func endedBefore(o order.Order, before time.Time) bool {
	at := o.CreatedAt
	for _, e := range o.History {
		if e.Status != o.Status || e.Kind != order.EventStatus && e.Kind != order.EventCreated {
			continue
		}
		if at = e.At; !e.SourceAt.IsZero() && e.SourceAt.Before(at) {
			at = e.SourceAt
		}
	}
	return at.Before(before)
}
