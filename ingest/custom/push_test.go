package custom

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
)

func shipped() (order.Order, order.Wish) {
	o := order.Order{Ref: order.Ref{Channel: "site", PlatformOrderID: "ord_1"}, Status: order.Processing}
	o.Facts.Shipment = order.Shipment{Carrier: "Delhivery", AWB: "AWB1", TrackingURL: "https://t.example/AWB1"}
	return o, order.Wish{Status: order.Shipped, At: noon(), Key: "wish-3"}
}

func TestPushBody(t *testing.T) {
	t.Parallel()
	var got map[string]any
	var key string
	a := site(t, func(w http.ResponseWriter, r *http.Request) {
		key = r.Header.Get("Idempotency-Key")
		if r.Method != http.MethodPost || r.URL.Path != "/crm/v1/orders/ord_1/status" {
			t.Errorf("%s %s", r.Method, r.URL.Path)
		}
		_ = json.NewDecoder(r.Body).Decode(&got)
		_, _ = io.WriteString(w, `{"data":{}}`)
	})
	o, wish := shipped()
	if err := a.Push(t.Context(), o, wish); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"status": "shipped", "at": "2026-03-11T12:00:00Z",
		"tracking": map[string]any{"carrier": "Delhivery", "number": "AWB1", "url": "https://t.example/AWB1"}}
	if diff := cmp.Diff(want, got); diff != "" || key != "wish-3" {
		t.Errorf("key %q, -want +got:\n%s", key, diff)
	}
}

func TestPushAnswers(t *testing.T) {
	t.Parallel()
	conflict := `{"error":{"code":"invalid_transition","message":"delivered orders cannot be shipped","details":{"from":"delivered","to":"shipped"}}}`
	for name, c := range map[string]struct {
		status int
		body   string
		stands string // the status that the order has at the site
		check  func(error) bool
	}{
		"accepted":             {200, `{"data":{}}`, "", func(err error) bool { return err == nil }},
		"refused":              {409, conflict, "delivered", refusedWith("delivered orders cannot be shipped")},
		"refused, done before": {409, conflict, "shipped", func(err error) bool { return err == nil }},
		"invalid":              {422, `{"error":{"code":"validation","message":"tracking is required"}}`, "", refusedWith("tracking is required")},
		"gone":                 {404, `{"error":{"code":"not_found","message":"no"}}`, "", func(err error) bool { return errors.Is(err, ingest.ErrGone) }},
		"credentials":          {401, `{}`, "", func(err error) bool { return errors.Is(err, ingest.ErrAuth) }},
		"broken":               {500, `{}`, "", func(err error) bool { return errors.Is(err, ingest.ErrTemporary) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := site(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					_, _ = io.WriteString(w, `{"data":{"id":"ord_1","status":"`+c.stands+`","currency":"INR","total_minor":1,
						"created_at":"2026-03-11T01:00:00Z","updated_at":"2026-03-11T01:00:00Z"}}`)
					return
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			o, wish := shipped()
			if err := a.Push(t.Context(), o, wish); !c.check(err) {
				t.Errorf("%v", err)
			}
		})
	}
}

func refusedWith(words string) func(error) bool {
	return func(err error) bool {
		var r *ingest.RefusedError
		return errors.As(err, &r) && r.Reason == words
	}
}

// A push whose answer is lost is repeated under the same key.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	keys := make(chan string, 8)
	a := site(t, func(w http.ResponseWriter, r *http.Request) {
		keys <- r.Header.Get("Idempotency-Key")
		if calls.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, `{"data":{}}`)
	})
	o, wish := shipped()
	wish.Key = "" // made from what is wished
	if err := a.Push(t.Context(), o, wish); err != nil {
		t.Fatal(err)
	}
	if first, second := <-keys, <-keys; first != second || first == "" {
		t.Errorf("keys %q and %q", first, second)
	}
}

func TestPushNowhere(t *testing.T) {
	t.Parallel()
	a := site(t, func(http.ResponseWriter, *http.Request) { t.Error("asked") })
	o, wish := shipped()
	o.Ref.PlatformOrderID = "../admin"
	if err := a.Push(t.Context(), o, wish); !errors.Is(err, ingest.ErrGone) {
		t.Errorf("%v", err)
	}
	o, wish = shipped()
	wish.Status = order.Pending
	var unsupported *ingest.UnsupportedError
	if err := a.Push(t.Context(), o, wish); !errors.As(err, &unsupported) {
		t.Errorf("%v", err)
	}
}

// A person took three steps before the site was told of any.
func TestStepsAreCaughtUp(t *testing.T) {
	t.Parallel()
	stands, keys := "accepted", map[string]bool{}
	follows := map[string]string{"accepted": "packed", "packed": "shipped", "shipped": "delivered"}
	var told []string
	a := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, `{"data":{"id":"ord_1","status":"`+stands+`","currency":"INR","total_minor":1,
				"created_at":"2026-03-11T01:00:00Z","updated_at":"2026-03-11T01:00:00Z"}}`)
			return
		}
		var change statusChange
		_ = json.NewDecoder(r.Body).Decode(&change)
		key := r.Header.Get("Idempotency-Key")
		if keys[key] {
			t.Errorf("key %s again", key)
		}
		keys[key] = true
		if follows[stands] != change.Status {
			refuse(w, http.StatusConflict, "invalid_transition", "not from "+stands)
			return
		}
		stands, told = change.Status, append(told, change.Status)
		_, _ = io.WriteString(w, `{"data":{}}`)
	})
	o, wish := shipped()
	wish.Status = order.Delivered
	if err := a.Push(t.Context(), o, wish); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"packed", "shipped", "delivered"}, told); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	wish.Status, wish.Key = order.Cancelled, "wish-4"
	if err := a.Push(t.Context(), o, wish); !refusedWith("not from delivered")(err) {
		t.Errorf("%v", err)
	}
}
