package order

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Report is what a source says about one order at one moment. It is the only
// way platform data enters the store, and Absorb the only way it meets an
// order.
type Report struct {
	Ref      Ref
	Platform Platform
	// Status is empty when the platform's word is unknown; Facts.PlatformStatus
	// then holds the word.
	Status Status
	Facts  Facts
	Source Source
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
			return bad("quantity %d of %q", it.Quantity, it.SKU)
		}
	}
	for _, m := range f.amounts() {
		if m.Known() && m.Currency != f.Total.Currency && f.Total.Known() {
			return bad("amounts in %s and %s", f.Total.Currency, m.Currency)
		}
	}
	for _, s := range []string{f.OrderNumber, f.PlatformStatus, f.Customer.Name, f.Customer.Email, f.Customer.Phone,
		f.Customer.Address.Line1, f.Customer.Address.Line2, f.Customer.Address.City} {
		if len(s) > MaxTextSize {
			return bad("a text of %d bytes, at most %d", len(s), MaxTextSize)
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

// A group of facts is replaced as a whole, when its own source time is newer:
// a source that says nothing about a group (an export without addresses, an
// API role without personal data) leaves what another one said.
type group int

const (
	groupStatus group = iota
	groupHead
	groupCustomer
	groupItems
	groupMoney
	groupShipment
	groups
)

// Stamp is the source time of one group of facts: a newer one replaces it, an
// older one does not, and the version, then the digest of the content, decide
// between equals so that every order of arrival ends in the same state.
type Stamp struct {
	At      time.Time
	Version int64
	Digest  int64
}

// Reported is what the desk remembers of the sources of an order.
type Reported struct {
	// Status is the platform's newest known status, empty if none was known.
	Status Status
	// Flags are the platform's own; Facts.Flags adds what the desk noticed.
	Flags  []Flag
	Stamps [groups]Stamp
	// Seen holds the newest source time of each status ever reported. It makes
	// the outcome independent of the order in which reports arrive.
	Seen []Sighting
}

// Sighting is the newest report of one status.
type Sighting struct {
	Status  Status
	At      time.Time
	Version int64
}

// part returns the facts of one group and whether the report says anything
// about it.
func (f Facts) part(g group, status Status) (any, bool) {
	switch g {
	case groupStatus:
		return struct {
			S      Status
			P, Sub string
			F      []Flag
		}{status, f.PlatformStatus, f.SubStatus, f.Flags}, status != "" || f.PlatformStatus != ""
	case groupHead:
		return struct {
			N string
			T int64
			P PaymentMethod
		}{f.OrderNumber, f.OrderedAt.UnixMilli(), f.Payment}, true
	case groupCustomer:
		return f.Customer, f.Customer != Customer{}
	case groupItems:
		return f.Items, len(f.Items) > 0
	case groupMoney:
		return [...]Money{f.Subtotal, f.Discount, f.Shipping, f.Tax, f.Total}, f.Total.Known()
	default:
		return struct {
			S Shipment
			B int64
		}{f.Shipment, f.ShipBy.UnixMilli()}, f.Shipment != Shipment{} || !f.ShipBy.IsZero()
	}
}

// digest identifies content. JSON is a stable, unambiguous text of these
// plain structs; 63 bits of SHA-256 suffice to tell two states of one order
// apart.
func digest(v any) int64 {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs always encode
	}
	sum := sha256.Sum256(b)
	return int64(binary.BigEndian.Uint64(sum[:]) >> 1)
}
