package blinkit

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

func pushed(s *relay) []string {
	return slices.DeleteFunc(slices.Clone(s.calls), func(c string) bool { return strings.HasPrefix(c, "GET") })
}

func deskOrder(id string) order.Order {
	return order.Order{Ref: order.Ref{Channel: "blinkit", PlatformOrderID: id}, Status: order.Confirmed,
		Facts: order.Facts{SubStatus: subBySeller, Shipment: order.Shipment{Carrier: "Delhivery", AWB: "D1"}}}
}

// Push says every word that is missing on the way.
func TestPushAllSteps(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	s.put("80001", "PLACED", start().Add(-time.Minute))
	p := s.platform(t, at(start()))
	wish := order.Wish{Status: order.Shipped, At: start(), Key: "k1"}
	for range 2 {
		if err := p.Push(t.Context(), deskOrder("80001"), wish); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.find("80001")["status"]; got != "DISPATCHED" {
		t.Errorf("it is %s", got)
	}
	if n := len(pushed(s)); n != 3 {
		t.Errorf("%d words told, want 3: %v", n, pushed(s))
	}
	for _, body := range s.once {
		if strings.Contains(body, "DISPATCHED") != strings.Contains(body, `"tracking":{"partner":"Delhivery","code":"D1"}`) {
			t.Errorf("body %s", body)
		}
	}
}

func TestPushOutcomes(t *testing.T) {
	t.Parallel()
	var refused *ingest.RefusedError
	var unsupported *ingest.UnsupportedError
	is := func(target any) func(error) bool { return func(err error) bool { return errors.As(err, target) } }
	for name, c := range map[string]struct {
		word string
		wish order.Status
		ok   func(error) bool
		told int
	}{
		"already there":             {"PACKED", order.Processing, func(err error) bool { return err == nil }, 0},
		"beyond it":                 {"DELIVERED", order.Shipped, func(err error) bool { return err == nil }, 0},
		"packing goes on":           {"PACKING", order.Processing, is(&refused), 1}, // the relay's own no
		"cancel before packing":     {"ACCEPTED", order.Cancelled, func(err error) bool { return err == nil }, 1},
		"cancel after packing":      {"PACKED", order.Cancelled, is(&refused), 0},
		"cancelled meanwhile":       {"CANCELLED", order.Confirmed, is(&refused), 0},
		"unknown word":              {"ON_A_DRONE", order.Confirmed, is(&refused), 0},
		"nobody's business of ours": {"PLACED", order.Delivered, is(&unsupported), 0},
	} {
		s := newRelay(t)
		s.put("80001", c.word, start().Add(-time.Minute))
		if err := s.platform(t, at(start())).Push(t.Context(), deskOrder("80001"), order.Wish{Status: c.wish, At: start(), Key: "k"}); !c.ok(err) {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(pushed(s)); n != c.told {
			t.Errorf("%s: %d words told, want %d", name, n, c.told)
		}
	}
	s := newRelay(t)
	if err := s.platform(t, at(start())).Push(t.Context(), deskOrder("80001"), order.Wish{Status: order.Confirmed}); !errors.Is(err, ingest.ErrGone) {
		t.Errorf("unknown order: %v", err)
	}
	// Who packs is only seen when the order is read.
	s.put("80002", "PLACED", start())["fulfilled_by"] = "BLINKIT"
	if err := s.platform(t, at(start())).Push(t.Context(), deskOrder("80002"), order.Wish{Status: order.Confirmed}); !errors.As(err, &unsupported) {
		t.Errorf("packed by Blinkit: %v", err)
	}
}

// The answer to a push that worked was lost: the repeat carries the same key
// and body, and is done once.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	s.put("80001", "PLACED", start().Add(-time.Minute))
	var keys []string
	lost := false
	s.hook = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		keys = append(keys, r.Header.Get("X-Idempotency-Key"))
		if !lost {
			lost = true
			s.status(&discard{h: http.Header{}}, r, "80001")
			panic(http.ErrAbortHandler)
		}
		return false
	}
	if err := s.platform(t, at(start())).Push(t.Context(), deskOrder("80001"), order.Wish{Status: order.Confirmed, At: start(), Key: "k"}); err != nil {
		t.Fatal(err)
	}
	if len(keys) != 2 || keys[0] != keys[1] || keys[0] == "" || len(s.once) != 1 {
		t.Errorf("keys %v, %d done", keys, len(s.once))
	}
}

// discard is an answer that nobody gets.
type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// Somebody else moved the order between reading and telling: the refusal is
// none if the order is where it was wanted.
func TestPushRace(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	o := s.put("80001", "PLACED", start().Add(-time.Minute))
	s.hook = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			o["status"] = "ACCEPTED"
		}
		return false
	}
	if err := s.platform(t, at(start())).Push(t.Context(), deskOrder("80001"), order.Wish{Status: order.Confirmed, At: start(), Key: "k"}); err != nil {
		t.Error(err)
	}
}

func TestCanPush(t *testing.T) {
	t.Parallel()
	p := &Platform{}
	for _, c := range []struct {
		sub, word string
		want      []order.Status
	}{
		{subBySeller, "PLACED", []order.Status{order.Confirmed, order.Processing, order.Shipped, order.Cancelled}},
		{subBySeller, "PACKED", []order.Status{order.Confirmed, order.Processing, order.Shipped}},
		{subByBlinkit, "PLACED", nil},
	} {
		var got []order.Status
		for _, s := range order.Statuses() {
			err := p.CanPush(order.Order{Facts: order.Facts{SubStatus: c.sub, PlatformStatus: c.word}}, s)
			if err == nil {
				got = append(got, s)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %s:\n%s", c.sub, c.word, diff)
		}
	}
}
