package order

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// Report is what a source says about one order at one moment. It is the only
// way platform data enters the store, and Absorb the only way it meets an
// order.
type Report struct {
	Ref      Ref
	Kind     Kind
	Platform Platform
	// Status is empty when the platform's word is unknown; Facts.PlatformStatus
	// then holds the word.
	Status Status
	Facts  Facts
	Source Source
	// DueAt is by when the order must leave by the shop's calendar. It is no part
	// of what the source says: it is taken with the order time, and never makes
	// a report newer.
	DueAt time.Time
	// At is the source's own time of this state. Version breaks ties between
	// reports of one time: platforms that count versions give theirs, files
	// without times give the moment of import in milliseconds.
	At      time.Time
	Version int64
}

// ErrBadReport says that a report cannot be stored; the text says why.
var ErrBadReport = errors.New("report cannot be stored")

// Limits of one order. A source that goes beyond them is faulty.
const (
	MaxItems    = 500
	MaxTextSize = 2000
)

// Validate reports the first fault with ErrBadReport.
func (r Report) Validate() error {
	bad := func(format string, a ...any) error {
		return fmt.Errorf("%w: %s", ErrBadReport, fmt.Sprintf(format, a...))
	}
	f := r.Facts
	switch {
	case r.Ref.Channel == "":
		return bad("no channel")
	case r.Ref.PlatformOrderID == "":
		return bad("no order id")
	case len(r.Ref.PlatformOrderID) > 100:
		return bad("order id of %d bytes", len(r.Ref.PlatformOrderID))
	case !slices.Contains(Platforms(), r.Platform):
		return bad("unknown platform %q", r.Platform)
	case !slices.Contains(Kinds(), r.Kind):
		return bad("unknown kind %q", r.Kind)
	case r.Status != "" && !r.Status.Valid():
		return bad("unknown status %q", r.Status)
	case f.OrderedAt.IsZero():
		return bad("no order time")
	case f.OrderedAt.Year() < 2000 || f.OrderedAt.Year() > 2100:
		return bad("order time %s is outside 2000 to 2100", f.OrderedAt.Format(time.RFC3339))
	case r.At.IsZero():
		return bad("no source time")
	case len(f.Items) > MaxItems:
		return bad("%d items, at most %d", len(f.Items), MaxItems)
	}
	for _, it := range f.Items {
		if it.Quantity < 0 || it.Quantity > 1_000_000 {
			return bad("quantity %d of %q", it.Quantity, cmp.Or(it.SKU, it.Title))
		}
	}
	currency := ""
	for _, m := range f.amounts() {
		if m.Known() && currency != "" && m.Currency != currency {
			return bad("amounts in %s and %s", currency, m.Currency)
		}
		currency = cmp.Or(currency, m.Currency)
	}
	for _, s := range r.texts() {
		switch {
		case len(s) > MaxTextSize:
			return bad("a text of %d bytes, at most %d", len(s), MaxTextSize)
		case !utf8.ValidString(s):
			return bad("a text is not UTF-8")
		}
	}
	return nil
}

func (f Facts) amounts() []Money {
	all := []Money{f.Subtotal, f.Discount, f.Shipping, f.Tax, f.Total}
	for _, it := range f.Items {
		all = append(all, it.UnitPrice, it.Discount, it.Tax, it.Total)
	}
	return all
}

// texts lists every text of the report but the few that are checked by value.
func (r Report) texts() []string {
	f, c := r.Facts, r.Facts.Customer
	all := []string{r.Ref.Channel, r.Ref.PlatformOrderID, f.OrderNumber, f.PlatformStatus, f.SubStatus, string(f.Payment),
		c.ID, c.Name, c.Email, c.Phone, c.Address.Line1, c.Address.Line2, c.Address.City, c.Address.State,
		c.Address.Pincode, c.Address.Country, f.Shipment.Carrier, f.Shipment.AWB, f.Shipment.TrackingURL}
	for _, it := range f.Items {
		all = append(all, it.LineID, it.SKU, it.ProductID, it.Title, it.PlatformStatus)
	}
	return all
}
