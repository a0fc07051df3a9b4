// Package privacy removes customers' personal data for good, whoever asked for
// it: a platform's request, a person's, or a rule. It knows what is kept where
// (orders, records set aside) and neither platforms nor pages.
package privacy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// Request says whose data to erase: that of some orders of one channel.
type Request struct {
	Channel string
	Orders  []string // platform order ids
	By      string   // user id, or "system"
	Via     string   // page, api, cli, job, webhook
	Reason  string   // without personal data; stands in histories and the audit
}

// Erased counts what was erased.
type Erased struct {
	Orders  int // whose customer was erased now; those erased before do not count
	Records int // dropped from quarantine
}

// Erase removes the personal data of orders and what quarantine holds of them.
// An order that is not here is no error. It may be repeated, and ends with an
// entry in the audit when there was anything to erase.
func Erase(ctx context.Context, s store.Store, r Request, at time.Time) (Erased, error) {
	var done Erased
	for _, id := range r.Orders {
		erased, err := eraseOrder(ctx, s, r, id, at)
		if err != nil {
			return done, fmt.Errorf("erase order of %s: %w", r.Channel, err)
		}
		if erased {
			done.Orders++
		}
	}
	const most = 10_000
	held, err := s.Channels().Quarantined(ctx, r.Channel, most)
	if err != nil {
		return done, fmt.Errorf("erase quarantine of %s: %w", r.Channel, err)
	}
	for _, q := range held {
		if !slices.Contains(r.Orders, q.PlatformOrderID) {
			continue
		}
		if err := s.Channels().Release(ctx, q.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return done, fmt.Errorf("erase quarantine of %s: %w", r.Channel, err)
		}
		if err := s.Records().Delete(ctx, channel.KindHeader, q.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return done, fmt.Errorf("erase quarantine of %s: %w", r.Channel, err)
		}
		done.Records++
	}
	if done == (Erased{}) {
		return done, nil
	}
	_, err = s.Audit().Append(ctx, account.Entry{At: at, By: r.By, Via: r.Via, Action: "privacy.erase", Object: "channel:" + r.Channel,
		Note: fmt.Sprintf("%d orders, %d records: %s", done.Orders, done.Records, r.Reason)})
	return done, err
}

func eraseOrder(ctx context.Context, s store.Store, r Request, platformOrderID string, at time.Time) (bool, error) {
	o, err := s.Orders().ByRef(ctx, order.Ref{Channel: r.Channel, PlatformOrderID: platformOrderID})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	erased := false
	_, err = s.Orders().Update(ctx, o.ID, func(o *order.Order) error {
		erased = o.Erase(r.By, r.Reason, at)
		return nil
	})
	return erased, err
}
