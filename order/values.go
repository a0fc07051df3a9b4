package order

import (
	"cmp"
	"slices"
	"strings"
)

// TextValues returns what a text field of an order is compared with; engines
// index the same. Values are folded as foldText does, so that case and blanks
// never matter; empty ones are left out. An unknown field has none.
func TextValues(o Order, f Field) []string {
	var v []string
	switch f {
	case FieldPlatform:
		v = []string{string(o.Platform)}
	case FieldChannel:
		v = []string{o.Ref.Channel}
	case FieldStatus:
		v = []string{string(o.Status)}
	case FieldPayment:
		v = []string{string(o.Facts.Payment)}
	case FieldTag:
		v = slices.Clone(o.Desk.Tags)
	case FieldAssignee:
		v = []string{o.Desk.Assignee}
	case FieldFlag:
		v = flagValues(o)
	case FieldSKU:
		for _, it := range o.Facts.Items {
			v = append(v, cmp.Or(it.SKU, it.ProductID)) // a line without a SKU is known by the platform's id
		}
	case FieldState:
		v = []string{NormaliseState(o.ShipTo().Address.State)}
	case FieldCity:
		v = []string{o.ShipTo().Address.City}
	case FieldPincode:
		v = []string{NormalisePincode(o.ShipTo().Address.Pincode)}
	case FieldAWB:
		v = []string{o.Facts.Shipment.AWB}
	case FieldCustomer:
		v = []string{o.CustomerKey()}
	case FieldOrder:
		v = []string{o.Facts.OrderNumber, o.Ref.PlatformOrderID}
	case FieldKind:
		v = []string{string(o.Kind)}
	}
	return foldAll(v)
}

// The flags of FieldFlag that are not a Flag of the order's facts.
const (
	FlagHeld     Flag = "held"
	FlagArchived Flag = "archived"
	FlagWaiting  Flag = "waiting" // a wish is not confirmed yet
	FlagRefused  Flag = "refused" // the platform refused a wish
	FlagErased   Flag = "erased"  // the customer's data was removed for good
)

func queryFlags() []Flag {
	return []Flag{PartiallyShipped, PartiallyCancelled, PartiallyRefunded, NeedsAttention, CancelRequested,
		DeliveryException, FlagHeld, FlagArchived, FlagWaiting, FlagRefused, FlagErased}
}

func flagValues(o Order) []string {
	flags := slices.Clone(o.Facts.Flags)
	if o.Desk.Hold != nil {
		flags = append(flags, FlagHeld)
	}
	if o.Erased() {
		flags = append(flags, FlagErased)
	}
	if o.Desk.Archived {
		flags = append(flags, FlagArchived)
	}
	if o.WishOpen() {
		switch o.Wish.State {
		case WishWaiting, WishSent:
			flags = append(flags, FlagWaiting)
		case WishRefused:
			flags = append(flags, FlagRefused)
		}
	}
	v := make([]string, len(flags))
	for i, f := range flags {
		v[i] = string(f)
	}
	return v
}

// foldText is a value as comparisons see it: lower case, single blanks. It is
// idempotent.
func foldText(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.ToValidUTF8(s, "\uFFFD"))), " ")
}

// foldAll folds each text and returns the distinct ones that are not empty,
// sorted.
func foldAll(texts []string) []string {
	v := make([]string, 0, len(texts))
	for _, t := range texts {
		if t = foldText(t); t != "" {
			v = append(v, t)
		}
	}
	slices.Sort(v)
	return slices.Compact(v)
}

// NumberValue returns what a number field of an order is compared with, and
// false when the order has none: then no range holds, not even an open one.
// Times are Unix milliseconds, totals minor units of the order's currency.
func NumberValue(o Order, f Field) (int64, bool) {
	switch f {
	case FieldOrdered:
		return o.Facts.OrderedAt.UnixMilli(), true
	case FieldUpdated:
		return o.UpdatedAt.UnixMilli(), true
	case FieldShipBy:
		at := o.ShipBy()
		return at.UnixMilli(), !at.IsZero()
	case FieldTotal:
		return o.Facts.Total.Minor, o.Facts.Total.Known()
	case FieldUnits:
		return int64(o.Facts.Units()), true
	}
	return 0, false
}
