package order

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func twinOrder(id ID, change func(*Order)) Order {
	o := Order{ID: id, Status: Confirmed, Facts: Facts{
		OrderedAt: base, Items: []Item{{SKU: "RING-7", Quantity: 1}},
		Customer: Customer{Phone: "+919876543210", Address: Address{Line1: "12, Hill Road", City: "Mumbai", State: "Maharashtra", Pincode: "400050"}},
	}}
	if change != nil {
		change(&o)
	}
	return o
}

func TestTwins(t *testing.T) {
	t.Parallel()
	o := twinOrder(1, nil)
	for name, c := range map[string]struct {
		change func(*Order)
		same   []string
	}{
		"the same again":   {nil, []string{"phone", "address"}},
		"the same phone":   {func(x *Order) { x.Facts.Customer.Address.Line1 = "4 Other Street" }, []string{"phone"}},
		"the same address": {func(x *Order) { x.Facts.Customer.Phone = "+919999999999" }, []string{"address"}},
		"written otherwise": {func(x *Order) {
			x.Facts.Customer.Phone, x.Facts.Customer.Address.Line1 = "098765 43210", "12 HILL ROAD"
		}, []string{"phone", "address"}},
		"corrected to the same":    {func(x *Order) { x.Facts.Customer = Customer{}; a := o.Facts.Customer.Address; x.Desk.Address = &a }, []string{"address"}},
		"on the last minute":       {func(x *Order) { x.Facts.OrderedAt = base.Add(DuplicateWindow) }, []string{"phone", "address"}},
		"too late":                 {func(x *Order) { x.Facts.OrderedAt = base.Add(DuplicateWindow + time.Millisecond) }, nil},
		"too early":                {func(x *Order) { x.Facts.OrderedAt = base.Add(-DuplicateWindow - time.Millisecond) }, nil},
		"another item":             {func(x *Order) { x.Facts.Items[0].SKU = "RING-8" }, nil},
		"cancelled":                {func(x *Order) { x.Status = Cancelled }, nil},
		"archived":                 {func(x *Order) { x.Desk.Archived = true }, nil},
		"a marketplace's purchase": {func(x *Order) { x.Kind = Purchase }, nil},
		"itself":                   {func(x *Order) { x.ID = 1 }, nil},
		"nothing in common":        {func(x *Order) { x.Facts.Customer = Customer{} }, nil},
		"masked by the platform": {func(x *Order) {
			x.Facts.Customer = Customer{Phone: "••••••••10", Address: Address{Line1: "•••••", Pincode: "400050"}}
		}, nil},
	} {
		got := Twins(o, []Order{twinOrder(2, c.change)})
		if len(got) != min(len(c.same), 1) || len(got) == 1 && (!slices.Equal(got[0].Same, c.same) || got[0].SKU != "RING-7") {
			t.Errorf("%s: %+v, want %v", name, got, c.same)
		}
	}
	near := twinOrder(3, func(x *Order) { x.Facts.OrderedAt = base.Add(time.Hour) })
	far := twinOrder(4, func(x *Order) { x.Facts.OrderedAt = base.Add(-20 * time.Hour) })
	if got := Twins(o, []Order{far, near}); len(got) != 2 || got[0].Order.ID != 3 {
		t.Errorf("the nearest is not first: %+v", got)
	}
}

// Two orders are each other's twins or neither is, and candidates never leave a
// twin out.
func TestTwinsAreMutualAndFound(t *testing.T) {
	t.Parallel()
	draw := func(t *rapid.T, id ID) Order {
		pick := func(name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
		return twinOrder(id, func(x *Order) {
			x.Facts.OrderedAt = base.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "hours")) * time.Hour)
			x.Facts.Customer.Phone = pick("phone", "", "9876543210", "+919876543210", "+919999999999")
			x.Facts.Customer.Address.Line1 = pick("street", "", "12 hill road", "12, Hill Road")
			x.Facts.Customer.Address.Pincode = pick("pin", "", "400050", "400 050")
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, 1), draw(t, 2)
		ab, ba := Twins(a, []Order{b}), Twins(b, []Order{a})
		if len(ab) != len(ba) {
			t.Fatalf("%d one way, %d the other", len(ab), len(ba))
		}
		if len(ab) == 1 && !slices.ContainsFunc(TwinCandidates(a), func(e Expr) bool { return Match(e, b) }) {
			t.Fatal("no candidate query finds the twin")
		}
	})
}
