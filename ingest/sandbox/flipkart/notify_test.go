package flipkart

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// The published example of a signature.
func TestSignature(t *testing.T) {
	t.Parallel()
	k := keys{appID: "6113ca4a-fe05-11e4-a322-1697f925ec7b", appSecret: "669a57f4-fe05-11e4-a322-1697f925ec7b"}
	at := time.Date(2015, 5, 19, 9, 2, 15, 0, time.UTC)
	const want = "NjExM2NhNGEtZmUwNS0xMWU0LWEzMjItMTY5N2Y5MjVlYzdiOjgzNzYyYWJkODdiNDFlNjZkZGQ1ODMyMGE0ZTgwMzI1MWU3MmI3NzY="
	if got := k.login(at, "http://seller.api.pilotseller.com/notify/fki"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// An event that fails holds up the later ones of its shipment, and nobody
// else's.
func TestFailedEventsBlockTheirGroup(t *testing.T) {
	t.Parallel()
	a := open(t, 0, shop.Faults{})
	var broken string
	var types []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e struct {
			Type     string `json:"eventType"`
			Shipment string `json:"shipmentId"`
		}
		b, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(b, &e); err != nil || r.Header.Get("X_Authorization") == "" || r.Header.Get("X_Date") == "" {
			t.Errorf("%v %v", err, r.Header)
		}
		if e.Shipment == broken {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		types = append(types, e.Type)
	}))
	t.Cleanup(srv.Close)
	a.Subscribe(srv.URL)
	o, other := a.place(plain), a.place(plain)
	a.Deliver(t.Context(), srv.Client())
	types, broken = nil, shipmentID(o.Seq, 1)
	for _, st := range []order.Status{order.Shipped, order.Delivered} {
		for _, x := range []shop.Order{o, other} {
			if _, err := a.s.Update(x.ID, func(o *shop.Order) error { o.Move(st, shop.PickedUp, a.now(), shop.ByLife); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		a.Deliver(t.Context(), srv.Client())
	}
	if len(types) != 2 || a.outbox.Len() != 2 {
		t.Fatalf("%v arrived, %d wait", types, a.outbox.Len())
	}
	types, broken = nil, ""
	a.pass(time.Minute)
	if n := a.Deliver(t.Context(), srv.Client()); n != 2 || types[1] != "shipment_delivered" {
		t.Errorf("%d delivered, in the order %v", n, types)
	}
	if c, _ := a.Channel("http://x"); c.Options["webhook_url"] != srv.URL {
		t.Errorf("%v", c.Options)
	}
}
