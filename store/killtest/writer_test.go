package killtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/mongo"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// What the writer says when something was acknowledged: the kind, then an id,
// then what must be found there.
const (
	saidOpen   = "open"
	saidOrder  = "order"
	saidStatus = "status"
	saidTag    = "tag"
	saidHook   = "hook"
)

// hookChannel is where webhooks go.
const hookChannel = "website"

// open opens the database at a place, which is a file or the URI of a MongoDB.
func open(ctx context.Context, place string) (store.Store, error) {
	if strings.HasPrefix(place, "mongodb") {
		return mongo.Open(ctx, mongo.Config{URI: place, Now: time.Now})
	}
	return sqlite.Open(ctx, sqlite.Config{Path: place, Now: time.Now})
}

// writer writes until it is killed.
type writer struct {
	store store.Store
	round int
	said  func(kind, id, what string)
	count atomic.Int64
}

// write is the child process: it only returns with an error.
func write(place string, round int) error {
	ctx := context.Background()
	s, err := open(ctx, place)
	if err != nil {
		return err
	}
	w := &writer{store: s, round: round, said: func(kind, id, what string) {
		// One write call a line, so that a kill leaves no half of another's line.
		_, _ = fmt.Fprintf(os.Stdout, "%s %s %s\n", kind, id, what)
	}}
	w.said(saidOpen, strconv.Itoa(os.Getpid()), "-")
	failed := make(chan error)
	for _, forever := range []func(context.Context) error{w.orders, w.hooks, w.hooks, w.hooks, w.hooks, w.recount} {
		go func() {
			for {
				if err := forever(ctx); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

// token names one write of this round.
func (w *writer) token() string { return fmt.Sprintf("k%d-%d", w.round, w.count.Add(1)) }

// orders stores some orders, then changes some of them as people do.
func (w *writer) orders(ctx context.Context) error {
	n := int(w.count.Add(10))
	reports := make([]order.Report, 1+n%7)
	for i := range reports {
		reports[i] = ordertest.Synthetic(1, w.round*100_000+n+i, 30, ordertest.Noon())
		reports[i].Status, reports[i].Source = order.Pending, order.FromPlatform
	}
	done, err := w.store.Orders().Absorb(ctx, reports, time.Now())
	if err != nil {
		return fmt.Errorf("absorb: %w", err)
	}
	var ids []order.ID
	for _, d := range done {
		if d.Err != nil {
			return fmt.Errorf("absorb: %w", d.Err)
		}
		ids = append(ids, d.ID)
		w.said(saidOrder, d.ID.String(), "-")
	}
	if err := w.status(ctx, ids[0]); err != nil {
		return err
	}
	return w.bulk(ctx, ids)
}

// status moves an order and says so when the order, its history and the audit
// should have it.
func (w *writer) status(ctx context.Context, id order.ID) error {
	token := w.token()
	d := desk.Desk{Store: w.store, Now: time.Now}
	_, err := d.SetStatus(ctx, desk.Actor{By: "u-kill", Via: "page", Ref: token}, id, 0, order.Confirmed, token)
	if wrong := (*order.TransitionError)(nil); errors.As(err, &wrong) {
		return nil // an order of an earlier round
	}
	if err != nil {
		return fmt.Errorf("status: %w", err)
	}
	w.said(saidStatus, id.String(), token)
	return nil
}

// bulk tags orders in one large write.
func (w *writer) bulk(ctx context.Context, ids []order.ID) error {
	token := w.token()
	done, err := w.store.Orders().UpdateMany(ctx, ids, func(o *order.Order) error { return o.AddTag(token, "u-kill", time.Now()) })
	if err != nil {
		return fmt.Errorf("bulk: %w", err)
	}
	for _, d := range done {
		if d.Err != nil {
			return fmt.Errorf("bulk: %w", d.Err)
		}
		w.said(saidTag, d.ID.String(), token)
	}
	return nil
}

func (w *writer) hooks(ctx context.Context) error {
	m := store.Message{Channel: hookChannel, EventID: w.token(), Body: []byte(`{"id":1}`), At: time.Now()}
	fresh, err := w.store.Inbox().Put(ctx, m)
	if err != nil || !fresh {
		return fmt.Errorf("webhook: fresh %v, %w", fresh, err)
	}
	w.said(saidHook, m.EventID, "-")
	return nil
}

// recount works off the days that change meanwhile.
func (w *writer) recount(ctx context.Context) error {
	n, err := w.store.Figures().Recount(ctx, 4)
	if err == nil && n == 0 {
		time.Sleep(5 * time.Millisecond) // nothing is dirty yet
	}
	return err
}
