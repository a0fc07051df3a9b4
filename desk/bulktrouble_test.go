package desk_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// moving is a store in which somebody moves an order between the verdict and
// the write.
type moving struct {
	store.Store
	move func()
}

func (m moving) Orders() store.Orders { return movingOrders{m.Store.Orders(), m.move} }

type movingOrders struct {
	store.Orders
	move func()
}

func (m movingOrders) UpdateMany(ctx context.Context, ids []order.ID, fn func(*order.Order) error) ([]store.Updated, error) {
	m.move()
	return m.Orders.UpdateMany(ctx, ids, fn)
}

func TestMovedMeanwhile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ids := add(t, d, 2, order.Pending)
	plain := d
	d.Store = moving{d.Store, func() {
		if _, err := plain.SetStatus(context.Background(), asha, ids[0], 0, order.Confirmed, ""); err != nil {
			t.Error(err)
		}
	}}
	outcomes, tally := run(t, d, desk.Action{Kind: desk.BulkStatus, Status: order.Cancelled}, ids)
	if tally != (desk.Tally{Changed: 1, Failed: 1}) || outcomes[ids[0]].Why == "" {
		t.Errorf("%+v %+v", tally, outcomes)
	}
	if again, _ := run(t, plain, desk.Action{Kind: desk.BulkStatus, Status: order.Cancelled}, ids[:1]); again[ids[0]].What != desk.Changed {
		t.Errorf("the retry: %+v", again[ids[0]])
	}
}

func TestRunCancelled(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ids := add(t, d, 350, order.Pending)
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	tally, err := d.Run(ctx, job, desk.Action{Kind: desk.BulkTag, Tag: "x"}, ids, func(list []desk.Outcome) error {
		seen += len(list)
		if seen >= 200 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || tally.Changed != 200 || seen != 200 {
		t.Errorf("%v, %+v, %d recorded", err, tally, seen)
	}
	if n, err := d.Store.Orders().Count(t.Context(), order.Term{Field: order.FieldTag, Text: []string{"x"}}, 1000); err != nil || n != 200 {
		t.Errorf("%d orders changed: %v", n, err)
	}
	if e := audit(t, d)[0]; !strings.Contains(e.After, `"requested":350,"changed":200`) {
		t.Errorf("the audit of a cancelled act says %s", e.After)
	}
}

// failing is a store whose n-th bulk write fails.
type failing struct {
	store.Store
	left *int
}

func (f failing) Orders() store.Orders { return failingOrders{f.Store.Orders(), f.left} }

type failingOrders struct {
	store.Orders
	left *int
}

func (f failingOrders) UpdateMany(ctx context.Context, ids []order.ID, fn func(*order.Order) error) ([]store.Updated, error) {
	if *f.left--; *f.left >= 0 {
		return f.Orders.UpdateMany(ctx, ids, fn)
	}
	full := errors.New("disk full")
	results := make([]store.Updated, len(ids))
	for i, id := range ids {
		results[i] = store.Updated{ID: id, Err: full}
	}
	return results, full
}

func TestRunOnABrokenStore(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ids := add(t, d, 250, order.Pending)
	left := 1
	d.Store = failing{d.Store, &left}
	var failed int
	tally, err := d.Run(t.Context(), job, desk.Action{Kind: desk.BulkTag, Tag: "x"}, ids, func(list []desk.Outcome) error {
		for _, o := range list {
			if o.What == desk.Failed {
				failed++
			}
		}
		return nil
	})
	if err == nil || tally != (desk.Tally{Changed: 100, Failed: 100}) || failed != 100 {
		t.Errorf("%v, %+v, %d failures recorded", err, tally, failed)
	}
}
