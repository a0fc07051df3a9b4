package order

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestErase(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	r := reported("New", Confirmed, at)
	r.Facts.Customer = Customer{ID: "c7", Name: "Marker Name", Email: "marker@example.com", Phone: "+912000000123",
		Address: Address{Line1: "Marker Lane 1", City: "Marker City", State: "Goa", Pincode: "403001", Country: "IN"}}
	r.Facts.Total = INR(4200)
	o, _ := Absorb(nil, r, at)
	o.AddNote("Marker says ring twice", "u1", at)
	if err := o.SetStatus(Processing, "u1", "Marker called", true, at); err != nil {
		t.Fatal(err)
	}
	o.Desk.Contact, o.Desk.Hold = &Contact{Name: "Marker"}, &Hold{Reason: "Marker is away"}
	if !o.Erase("system", "asked by the platform", at) || o.Erase("system", "again", at) || !o.Erased() {
		t.Error("it must erase once")
	}
	r.At = at.Add(time.Hour) // a late page that still knows the person
	o, _ = Absorb(&o, r, at)
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, marker := range []string{"Marker", "marker", "2000000123", "403001", "c7"} {
		if strings.Contains(string(text), marker) {
			t.Errorf("%s is still there: %s", marker, text)
		}
	}
	if o.Facts.Customer.Address.State != "Goa" || o.Facts.Total != INR(4200) || o.CustomerKey() != "" || !o.WishOpen() {
		t.Errorf("%+v", o.Facts)
	}
}
