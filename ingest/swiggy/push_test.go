package swiggy

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
	return slices.DeleteFunc(slices.Clone(s.calls), func(c string) bool { return !strings.HasPrefix(c, updatePath) })
}

func deskOrder(id string) order.Order {
	return order.Order{Ref: order.Ref{Channel: "swiggy", PlatformOrderID: id}, Status: order.Confirmed, Facts: order.Facts{SubStatus: subBySeller}}
}

// Push says every word that is missing on the way.
func TestPushAllSteps(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	o := s.put("210001", placed, start().Add(-time.Minute))
	p := s.platform(t, at(start()))
	for range 2 {
		if err := p.Push(t.Context(), deskOrder("210001"), order.Wish{Status: order.Processing, At: start(), Key: "k1"}); err != nil {
			t.Fatal(err)
		}
	}
	if o["orderState"] != inProgress || o["fulfilmentState"] != packed {
		t.Errorf("it is %s/%s", o["orderState"], o["fulfilmentState"])
	}
	if n := len(pushed(s)); n != 3 {
		t.Errorf("%d words told, want 3: %v", n, pushed(s))
	}
}

func TestPushOutcomes(t *testing.T) {
	t.Parallel()
	var refused *ingest.RefusedError
	var unsupported *ingest.UnsupportedError
	is := func(target any) func(error) bool { return func(err error) bool { return errors.As(err, target) } }
	fine := func(err error) bool { return err == nil }
	for name, c := range map[string]struct {
		words string
		wish  order.Status
		ok    func(error) bool
		told  int
	}{
		"already there":       {"ACCEPTED", order.Confirmed, fine, 0},
		"beyond it":           {"IN_PROGRESS/OUT_FOR_DELIVERY", order.Processing, fine, 0},
		"begun":               {"IN_PROGRESS", order.Confirmed, fine, 0},
		"half way":            {"IN_PROGRESS/PACKING", order.Processing, fine, 1},
		"begun, to be packed": {"IN_PROGRESS", order.Processing, fine, 2},
		"cancelled":           {"CANCELLED", order.Confirmed, is(&refused), 0},
		"coming back":         {"IN_PROGRESS/RETURNING_TO_STORE", order.Processing, is(&refused), 0},
		"unknown":             {"ON_HOLD", order.Confirmed, is(&refused), 0},
		"the relay's own no":  {"PLACED/PACKING", order.Processing, is(&refused), 1},
		"cancelling":          {"PLACED", order.Cancelled, is(&unsupported), 0},
	} {
		s := newRelay(t)
		o := s.put("210001", c.words, start().Add(-time.Minute))
		if name == "the relay's own no" {
			s.hook = func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
				if r.URL.Path == updatePath {
					fail(w, 400, "ACTION_NOT_ALLOWED", "not now")
				}
				return r.URL.Path == updatePath
			}
		}
		if err := s.platform(t, at(start())).Push(t.Context(), deskOrder("210001"), order.Wish{Status: c.wish, Key: "k"}); !c.ok(err) {
			t.Errorf("%s: %v (now %s/%s)", name, err, o["orderState"], o["fulfilmentState"])
		}
		if n := len(pushed(s)); n != c.told {
			t.Errorf("%s: %d words told, want %d", name, n, c.told)
		}
	}
	s := newRelay(t)
	p := s.platform(t, at(start()))
	if err := p.Push(t.Context(), deskOrder("210009"), order.Wish{Status: order.Confirmed}); !errors.Is(err, ingest.ErrGone) {
		t.Errorf("unknown order: %v", err)
	}
	// Who packs is only seen when the order is read.
	s.put("210002", placed, start())["fulfilledBy"] = "PLATFORM"
	if err := p.Push(t.Context(), deskOrder("210002"), order.Wish{Status: order.Confirmed}); !errors.As(err, &unsupported) {
		t.Errorf("packed by Swiggy: %v", err)
	}
}

// The answer to a push that worked was lost: the repeat carries the same key
// and body, and is done once.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	s := newRelay(t)
	s.put("210001", placed, start().Add(-time.Minute))
	lost := false
	s.hook = func(_ http.ResponseWriter, r *http.Request, body []byte) bool {
		if r.URL.Path == updatePath && !lost {
			lost = true
			s.update(&discard{h: http.Header{}}, r, body)
			panic(http.ErrAbortHandler)
		}
		return false
	}
	if err := s.platform(t, at(start())).Push(t.Context(), deskOrder("210001"), order.Wish{Status: order.Confirmed, Key: "k"}); err != nil {
		t.Fatal(err)
	}
	if told := pushed(s); len(told) != 2 || told[0] != told[1] || len(s.once) != 1 {
		t.Errorf("told %v, %d done", told, len(s.once))
	}
}

// discard is an answer that nobody gets.
type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// The order moved between reading and telling: fine if it is where it was
// wanted, else to be tried again.
func TestConflict(t *testing.T) {
	t.Parallel()
	for words, fine := range map[string]bool{"ACCEPTED": true, "PLACED": false} {
		s := newRelay(t)
		o := s.put("210001", placed, start().Add(-time.Minute))
		s.hook = func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
			if r.URL.Path != updatePath {
				return false
			}
			setWords(o, words)
			fail(w, 409, "CONFLICT", "version moved")
			return true
		}
		err := s.platform(t, at(start())).Push(t.Context(), deskOrder("210001"), order.Wish{Status: order.Confirmed, Key: "k"})
		if fine != (err == nil) || !fine && !errors.Is(err, ingest.ErrTemporary) {
			t.Errorf("%s meanwhile: %v", words, err)
		}
	}
}

func TestCanPush(t *testing.T) {
	t.Parallel()
	p := &Platform{}
	for sub, want := range map[string][]order.Status{
		subBySeller: {order.Confirmed, order.Processing}, "": {order.Confirmed, order.Processing}, subBySwiggy: nil,
	} {
		var got []order.Status
		for _, s := range order.Statuses() {
			var no *ingest.UnsupportedError
			switch err := p.CanPush(order.Order{Facts: order.Facts{SubStatus: sub}}, s); {
			case err == nil:
				got = append(got, s)
			case !errors.As(err, &no) || no.Reason == "":
				t.Errorf("%s: %v", s, err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", sub, diff)
		}
	}
}
