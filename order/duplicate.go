package order

import (
	"slices"
	"strings"
	"time"
)

// DuplicateWindow is how far apart two orders may be placed and still be one
// wish sent twice.
const DuplicateWindow = 48 * time.Hour

// Twin is an order that may be the same wish as another one.
type Twin struct {
	Order Order
	// Same says what agrees besides the item: phone, address, or both.
	Same []string
	// SKU is one that both hold.
	SKU string
}

// Twins finds among others the orders that may be o sent twice: placed within
// DuplicateWindow by the same phone or to the same address, with a SKU in
// common, and neither of them cancelled, archived or a marketplace's purchase.
// The nearest in time comes first. It is a hint for a person: two gifts to one
// address are no mistake.
func Twins(o Order, others []Order) []Twin {
	if !canBeTwin(o) {
		return nil
	}
	var out []Twin
	for _, x := range others {
		if x.ID == o.ID || !canBeTwin(x) || gap(o, x) > DuplicateWindow {
			continue
		}
		t := Twin{Order: x, SKU: commonSKU(o, x)}
		a, b := o.ShipTo(), x.ShipTo()
		if p := NormalisePhone(a.Phone); strings.HasPrefix(p, "+") && p == NormalisePhone(b.Phone) {
			t.Same = append(t.Same, "phone")
		}
		if k := addressKey(a.Address); k != "" && k == addressKey(b.Address) {
			t.Same = append(t.Same, "address")
		}
		if t.SKU != "" && len(t.Same) > 0 {
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b Twin) int {
		return int(gap(o, a.Order)/time.Millisecond) - int(gap(o, b.Order)/time.Millisecond)
	})
	return out
}

func canBeTwin(o Order) bool {
	return o.Kind == Consumer && o.Status != Cancelled && !o.Desk.Archived
}

func gap(a, b Order) time.Duration { return a.Facts.OrderedAt.Sub(b.Facts.OrderedAt).Abs() }

func commonSKU(a, b Order) string {
	for _, x := range a.Facts.Items {
		if x.SKU != "" && slices.ContainsFunc(b.Facts.Items, func(y Item) bool { return foldText(x.SKU) == foldText(y.SKU) }) {
			return x.SKU
		}
	}
	return ""
}

// addressKey is an address without case, blanks and punctuation; empty when it
// is too vague to tell two houses apart.
func addressKey(a Address) string {
	street := strings.Join(Normalise(a.Line1+" "+a.Line2), "")
	pin := NormalisePincode(a.Pincode)
	if street == "" || pin == "" || strings.Contains(a.Line1+pin, "•") {
		return ""
	}
	return street + "|" + pin
}

// TwinCandidates selects the orders among which Twins are looked for, through
// indexes that both engines have: the same customer, or the same pincode, in
// the window. nil: there is nothing to look by.
func TwinCandidates(o Order) []Expr {
	if !canBeTwin(o) {
		return nil
	}
	at := o.Facts.OrderedAt.UnixMilli()
	near := Term{Field: FieldOrdered, Lo: at - DuplicateWindow.Milliseconds(), Hi: at + DuplicateWindow.Milliseconds() + 1} // Hi is not in it, the end of the window is
	var out []Expr
	if key := CustomerKey(o.ShipTo()); key != "" {
		out = append(out, And{Term{Field: FieldCustomer, Text: []string{key}}, near})
	}
	if pin := NormalisePincode(o.ShipTo().Address.Pincode); addressKey(o.ShipTo().Address) != "" {
		out = append(out, And{Term{Field: FieldPincode, Text: []string{foldText(pin)}}, near})
	}
	return out
}
