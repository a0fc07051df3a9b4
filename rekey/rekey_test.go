package rekey

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

func ring(t *testing.T, fills ...byte) *channel.Keyring {
	t.Helper()
	var keys [][]byte
	for _, f := range fills {
		keys = append(keys, bytes.Repeat([]byte{f}, channel.KeySize))
	}
	k, err := channel.NewKeyring(keys[0], keys[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func secrets(id string) channel.Secrets {
	return channel.Secrets{Credentials: map[string]string{"key": "of " + id}}
}

func open(t *testing.T, old *channel.Keyring) store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: filepath.Join(t.TempDir(), "p.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for i := range 12 {
		id := fmt.Sprint("shop-", i)
		c := channel.Channel{ID: id, Platform: order.Organic, Adapter: "custom", Name: id, Enabled: true, Version: 1}
		if c.Sealed, err = old.Seal(id, secrets(id)); err != nil {
			t.Fatal(err)
		}
		if err := s.Channels().Create(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	sealed, err := old.Seal("factor:u1", secrets("u1"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(map[string]any{"sealed": sealed, "last": 7})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Records().Create(t.Context(), store.Record{Kind: "factor", ID: "u1", At: time.Now(), Doc: doc}); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRun renews everything while others read without a break; the old key then
// opens nothing, and a second run has nothing to do.
func TestRun(t *testing.T) {
	t.Parallel()
	before, during, after := ring(t, 1), ring(t, 2, 1), ring(t, 2)
	s := open(t, before)
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	reads := make([]int, 4)
	for i := range reads {
		readers.Go(func() {
			for n := i; ctx.Err() == nil; n++ {
				id := fmt.Sprint("shop-", n%12)
				c, err := s.Channels().Get(t.Context(), id)
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := during.Open(id, c.Sealed); err != nil || got.Credentials["key"] != "of "+id {
					t.Errorf("%s: %v, %v", id, got.Credentials, err)
				}
				reads[i]++
			}
		})
	}
	var runs sync.WaitGroup
	var both [2]Result
	for i := range both { // two processes
		runs.Go(func() {
			var err error
			if both[i], err = Run(t.Context(), s, during, Kinds()); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	stop()
	readers.Wait()
	if n := both[0].Resealed + both[1].Resealed; n != 13 || both[0].Sealed != 13 || len(both[0].Lost) > 0 {
		t.Errorf("%+v", both)
	}
	if reads[0] == 0 {
		t.Error("nobody read meanwhile")
	}
	list, err := s.Channels().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if _, err := before.Open(c.ID, c.Sealed); !errors.Is(err, channel.ErrSeal) {
			t.Errorf("%s opens with the old key: %v", c.ID, err)
		}
		if got, err := after.Open(c.ID, c.Sealed); err != nil || got.Credentials["key"] != "of "+c.ID {
			t.Errorf("%s with the new key alone: %v", c.ID, err)
		}
	}
	rec, err := s.Records().Get(t.Context(), "factor", "u1")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Sealed []byte
		Last   int
	}
	if err := json.Unmarshal(rec.Doc, &doc); err != nil || doc.Last != 7 {
		t.Errorf("%s, %v", rec.Doc, err)
	}
	if _, err := after.Open("factor:u1", doc.Sealed); err != nil {
		t.Error(err)
	}
	if r, err := Run(t.Context(), s, after, Kinds()); err != nil || r.Resealed != 0 || r.Sealed != 13 || len(r.Lost) != 0 {
		t.Errorf("again: %+v, %v", r, err)
	}
}

// What no key opens is told and left alone.
func TestRunWithoutTheOldKey(t *testing.T) {
	t.Parallel()
	s := open(t, ring(t, 1))
	r, err := Run(t.Context(), s, ring(t, 2), Kinds())
	if err != nil || len(r.Lost) != 13 || r.Resealed != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	c, err := s.Channels().Get(t.Context(), "shop-3")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring(t, 1).Open(c.ID, c.Sealed); err != nil {
		t.Errorf("it was touched: %v", err)
	}
}
