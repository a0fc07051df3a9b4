package mongo

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/bson"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// Orders of one second may want one place in the lists when a platform
// corrects the time of one of them.
func TestTwoOrdersNeverShareAPlace(t *testing.T) {
	t.Parallel()
	e := openEngine(t, Config{})
	ctx := t.Context()
	first, second := reported("W1"), reported("W2")
	second.Facts.OrderedAt = moment.Add(time.Hour)
	got, err := e.Orders().Absorb(ctx, []order.Report{first, second}, moment)
	if err != nil {
		t.Fatal(err)
	}
	place := order.SortKey(second.Facts.OrderedAt, got[0].ID)
	move := bson.D{{Key: "$set", Value: bson.D{{Key: "seq", Value: place}}}}
	if _, err := e.orders.coll.UpdateByID(ctx, int64(got[1].ID), move); err != nil {
		t.Fatal(err)
	}
	first.Facts.OrderedAt, first.At = second.Facts.OrderedAt, moment.Add(time.Minute)
	again, err := e.Orders().Absorb(ctx, []order.Report{first}, moment)
	if err != nil || again[0].Outcome != order.Updated {
		t.Fatalf("%+v, %v", again, err)
	}
	q := order.Query{Limit: 1}
	seen := map[order.ID]bool{}
	for range 2 {
		p, err := e.Orders().List(ctx, q)
		if err != nil || len(p.Rows) != 1 {
			t.Fatalf("%d rows, %v", len(p.Rows), err)
		}
		seen[p.Rows[0].ID], q.After = true, p.Next
	}
	if len(seen) != 2 || q.After != "" {
		t.Errorf("paging saw %v and then %q", seen, q.After)
	}
}

// Several processes that pull the same channel store each order once, and each
// change is reported by exactly one of them.
func TestProcessesThatPullTheSame(t *testing.T) {
	t.Parallel()
	first := openEngine(t, Config{})
	ctx := t.Context()
	stores := []store.Store{first}
	for range 2 {
		s, err := Open(ctx, Config{URI: serverURI(t), Database: first.db.Name()})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close() //nolint:errcheck // the first one's is checked
		stores = append(stores, s)
	}
	const orders = 40
	pull := func(at time.Time, status order.Status) (created, updated int64) {
		var c, u atomic.Int64
		var wg sync.WaitGroup
		for _, s := range stores {
			wg.Go(func() {
				var page []order.Report
				for i := range orders {
					r := reported(fmt.Sprint("W", i))
					r.At, r.Status = at, status
					page = append(page, r)
				}
				got, err := s.Orders().Absorb(ctx, page, at)
				if err != nil {
					t.Error(err)
				}
				for _, a := range got {
					switch a.Outcome {
					case order.Created:
						c.Add(1)
					case order.Updated:
						u.Add(1)
					}
				}
			})
		}
		wg.Wait()
		return c.Load(), u.Load()
	}
	if created, updated := pull(moment, order.Pending); created != orders || updated != 0 {
		t.Errorf("%d created and %d updated, want %d and 0", created, updated, orders)
	}
	if created, updated := pull(moment.Add(time.Hour), order.Shipped); created != 0 || updated != orders {
		t.Errorf("%d created and %d updated, want 0 and %d", created, updated, orders)
	}
	log, err := first.Changes(ctx, 0, 1000)
	if err != nil || len(log) != 2*orders {
		t.Errorf("%d entries in the change log, %v; want %d", len(log), err, 2*orders)
	}
}
