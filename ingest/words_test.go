package ingest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
)

// say lets the platform report a word that the adapter reads as a status.
func (p *shopPlatform) say(id, word string, as order.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.orders[id]
	r.Status, r.Facts.PlatformStatus, r.At = as, word, p.clock.Now()
	r.Version++
	p.orders[id] = r
}

func (d *testDesk) pull() {
	d.t.Helper()
	if _, err := d.Pull(d.t.Context(), "shop", ""); err != nil {
		d.t.Fatal(err)
	}
}

func TestStatusWords(t *testing.T) {
	t.Parallel()
	d := openDesk(t, "1", "2", "3")
	d.clock.advance(time.Hour)
	d.shop.say("1", "Packed_V2", "")
	d.shop.say("2", "Packed_V2", "")
	d.pull()
	words, err := d.Words(t.Context(), "shop")
	if err != nil || len(words) != 2 || words[0].Word != "Packed_V2" || words[0].Orders != 2 || words[0].Unknown != 2 || words[0].Status != "" {
		t.Fatalf("%+v, %v", words, err)
	}
	if o := d.order("1"); !slices.Contains(o.Facts.Flags, order.NeedsAttention) {
		t.Errorf("an unknown word without a flag: %v", o.Facts.Flags)
	}

	rules := []channel.WordRule{{Word: "packed_v2", Status: order.Processing}}
	before := d.order("1").Version
	trial, err := d.TryWords(t.Context(), "shop", rules)
	if err != nil || trial.Looked != 3 || trial.Changes != 2 || trial.Orders[0].After != order.Processing || d.order("1").Version != before {
		t.Fatalf("%+v, %v", trial, err)
	}
	saved, err := d.SaveWords(t.Context(), "shop", "u1", 0, rules)
	if err != nil || saved.Version != 1 {
		t.Fatalf("%+v, %v", saved, err)
	}
	if _, err := d.SaveWords(t.Context(), "shop", "u2", 0, nil); !errors.Is(err, ErrWordsChanged) {
		t.Errorf("two editors: %v", err)
	}
	tally, err := d.RereadWords(t.Context(), "shop", "u1", nil)
	if err != nil || tally.Updated != 2 || tally.Fetched != 3 {
		t.Errorf("%+v, %v", tally, err)
	}
	o := d.order("1")
	if o.Status != order.Processing || len(o.Facts.Flags) != 0 || o.History[len(o.History)-1].By != "u1" {
		t.Errorf("%s %v %+v", o.Status, o.Facts.Flags, o.History)
	}
	d.pull() // the same reports once more
	if again := d.order("1"); again.Version != o.Version {
		t.Errorf("version %d after %d", again.Version, o.Version)
	}
	d.shop.say("3", "PACKED_V2", "")
	d.pull()
	if o := d.order("3"); o.Status != order.Processing || len(o.Facts.Flags) != 0 {
		t.Errorf("a later report: %s %v", o.Status, o.Facts.Flags)
	}

	if _, err := d.SaveWords(t.Context(), "shop", "u2", 1, nil); err != nil {
		t.Fatal(err)
	}
	history, err := d.WordHistory(t.Context(), "shop", 10)
	if err != nil || len(history) != 2 || history[0].Version != 2 || history[1].By != "u1" || len(history[1].Rules) != 1 {
		t.Errorf("%+v, %v", history, err)
	}
	d.clock.advance(time.Hour)
	d.shop.say("3", "Packed_V3", "")
	d.pull()
	if o := d.order("3"); o.Status != order.Processing || !slices.Contains(o.Facts.Flags, order.NeedsAttention) {
		t.Errorf("without a rule again: %s %v", o.Status, o.Facts.Flags)
	}
}
