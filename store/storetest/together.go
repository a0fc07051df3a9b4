package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

// together runs fn n times at once.
func together(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() { <-start; fn(i) })
	}
	close(start)
	wg.Wait()
}

func absorbFirstSight(t *testing.T, s store.Store) {
	const n = 32
	r := ordertest.Report(shop, "1", noon())
	got := make([]store.Absorbed, n)
	together(n, func(i int) {
		results, err := s.Orders().Absorb(t.Context(), []order.Report{r}, noon())
		if err != nil {
			t.Errorf("absorb: %v", err)
			return
		}
		got[i] = results[0]
	})
	made := 0
	for _, g := range got {
		if g.Outcome == order.Created {
			made++
		}
		if g.ID != got[0].ID || g.Err != nil {
			t.Errorf("id %s and %s for one order (%v)", g.ID, got[0].ID, g.Err)
		}
	}
	if all := selected(t, s, nil); made != 1 || len(all) != 1 {
		t.Errorf("created %d times, %d orders", made, len(all))
	}
}

func absorbOverlapping(t *testing.T, s store.Store) {
	const n, orders = 32, 20
	together(n, func(i int) {
		var batch []order.Report
		for j := range orders {
			r := ordertest.Report(shop, fmt.Sprint((i+j)%orders), noon())
			batch = append(batch, later(r, order.Statuses()[(i+j)%6], time.Duration((i+j)%6)*time.Minute))
		}
		if _, err := s.Orders().Absorb(t.Context(), batch, noon()); err != nil {
			t.Errorf("absorb: %v", err)
		}
	})
	if got := len(selected(t, s, nil)); got != orders {
		t.Errorf("%d orders, want %d", got, orders)
	}
	last, err := s.LastChange(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	versions := int64(0)
	err = s.Orders().Each(t.Context(), order.Query{}, func(o order.Order) error { versions += o.Version; return nil })
	if err != nil || versions < orders || last < orders {
		t.Errorf("%d versions, %d changes (%v)", versions, last, err)
	}
}

func absorbAndEdit(t *testing.T, s store.Store) {
	const n = 16
	r := ordertest.Report(shop, "1", noon())
	o := create(t, s, r)
	together(2*n, func(i int) {
		if i%2 == 0 {
			next := later(r, order.Statuses()[1+i%5], time.Duration(i+1)*time.Minute)
			if _, err := s.Orders().Absorb(t.Context(), []order.Report{next}, noon()); err != nil {
				t.Errorf("absorb: %v", err)
			}
			return
		}
		_, err := s.Orders().Update(t.Context(), o.ID, func(o *order.Order) error {
			o.AddNote(fmt.Sprint("note ", i), "u", noon())
			return nil
		})
		if err != nil {
			t.Errorf("update: %v", err)
		}
	})
	got := get(t, s, o.ID)
	if len(got.Desk.Notes) != n {
		t.Errorf("%d notes, want %d", len(got.Desk.Notes), n)
	}
	if got.Reported.Seen == nil || got.Version < n {
		t.Errorf("version %d, sightings %v", got.Version, got.Reported.Seen)
	}
}
