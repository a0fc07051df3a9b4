package orderjson_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/orderjson"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// worked is an order with everything that people do to one.
func worked(t *testing.T) order.Order {
	t.Helper()
	at := ordertest.Noon()
	o, _ := order.Absorb(nil, ordertest.Report("amazon-in", "402-1234567-1234567", at.Add(-time.Hour)), at)
	o.ID = order.NewID(o.Facts.OrderedAt, 7)
	o.AddNote("call Asha on 9876543210", "u1", at)
	for _, err := range []error{
		o.SetTags([]string{"vip", "gift"}, "u1", at),
		o.PutOnHold("Asha is away", at.Add(48*time.Hour), "u1", at),
		o.CorrectAddress(order.Address{Line1: "4 Hill Road", City: "Mumbai", State: "MH", Pincode: "400050"}, "u1", at),
		o.CorrectContact(order.Contact{Name: "Asha Rao", Email: "asha@example.com", Phone: "9876543210"}, "u1", at),
		o.SetStatus(o.Status.Next()[0], "u1", "Asha agreed", true, at),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	o.Assign("u2", "u1", at)
	return o
}

func golden(t *testing.T, name string, v any) []byte {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := "testdata/" + name + ".json"
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
		t.Error(diff)
	}
	return got
}

func TestOf(t *testing.T) {
	t.Parallel()
	got := golden(t, "order", orderjson.Of(worked(t)))
	var back orderjson.Order
	dec := json.NewDecoder(bytes.NewReader(got))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(orderjson.Of(worked(t)), back); diff != "" {
		t.Errorf("read back: %s", diff)
	}
}

// TestBare: what nobody said is null or empty, and every member is there.
func TestBare(t *testing.T) {
	t.Parallel()
	at := ordertest.Noon()
	o, _ := order.Absorb(nil, ordertest.Minimal("manual", "1", at), at)
	golden(t, "bare", orderjson.Of(o))
}

func TestMaskedHoldsNothingPersonal(t *testing.T) {
	t.Parallel()
	got := string(golden(t, "masked", orderjson.Masked(worked(t))))
	for _, secret := range []string{"Asha", "Rao", "asha", "98765", "Hill Road", "Mumbai", "400050", worked(t).CustomerKey()} {
		if strings.Contains(got, secret) {
			t.Errorf("%q is still there", secret)
		}
	}
}
