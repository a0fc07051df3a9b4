package order

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// A group of facts is replaced as a whole, when its own source time is newer:
// a source that says nothing about a group (an export without addresses, an
// API role without personal data) leaves what another one said. An address is
// one group, so that a street never meets another source's city.
type group int

// Stores keep the stamps by these numbers: add at the end, never reorder.
const (
	groupStatus group = iota
	groupHead
	groupPayment
	groupPerson
	groupAddress
	groupItems
	groupMoney
	groupShipment
	groups
)

var groupNames = [groups]string{"platform status", "order", "payment", "customer", "address", "items", "amounts", "shipment"}

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

// says tells whether the report speaks of a group at all.
func (r Report) says(g group) bool {
	f := r.Facts
	person := f.Customer
	person.Address = Address{}
	switch g {
	case groupStatus:
		return r.Status != "" || f.PlatformStatus != ""
	case groupHead:
		return true
	case groupPayment:
		return f.Payment != ""
	case groupPerson:
		return person != Customer{}
	case groupAddress:
		return f.Customer.Address != Address{}
	case groupItems:
		return len(f.Items) > 0
	case groupMoney:
		return f.Total.Known()
	default:
		return f.Shipment != Shipment{} || !f.ShipBy.IsZero()
	}
}

// statusShift leaves the upper bits of a status digest to the status, so that
// between reports of one moment the step that is further on wins.
const statusShift = 59

// digest identifies the content of a group in 63 bits of SHA-256, which
// suffice to tell the states of one order apart. The text hashed is part of
// the stored format: a change makes every order look changed once.
func (r Report) digest(g group) int64 {
	d := digester(make([]byte, 0, 512))
	f, c := r.Facts, r.Facts.Customer
	switch g {
	case groupStatus:
		d.text(string(r.Status), f.PlatformStatus, f.SubStatus)
		for _, x := range f.Flags {
			d.text(string(x))
		}
		return d.sum()>>4 | int64(r.Status.index())<<statusShift
	case groupHead:
		d.text(f.OrderNumber)
		d.time(f.OrderedAt)
	case groupPayment:
		d.text(string(f.Payment))
	case groupPerson:
		d.text(c.ID, c.Name, c.Email, c.Phone)
	case groupAddress:
		a := c.Address
		d.text(a.Line1, a.Line2, a.City, a.State, a.Pincode, a.Country)
	case groupItems:
		for _, it := range f.Items {
			d.text(it.LineID, it.SKU, it.ProductID, it.Title, string(it.Status), it.PlatformStatus)
			d.number(int64(it.Quantity))
			d.money(it.UnitPrice, it.Discount, it.Tax, it.Total)
		}
	case groupMoney:
		d.money(f.Subtotal, f.Discount, f.Shipping, f.Tax, f.Total)
	case groupShipment:
		d.text(f.Shipment.Carrier, f.Shipment.AWB, f.Shipment.TrackingURL)
		d.time(f.Shipment.ShippedAt)
		d.time(f.ShipBy)
	}
	return d.sum()
}

// digester writes values so that no two lists of them make the same bytes.
type digester []byte

func (d *digester) text(values ...string) {
	for _, s := range values {
		*d = append(binary.AppendUvarint(*d, uint64(len(s))), s...)
	}
}

func (d *digester) number(n int64) { *d = binary.AppendVarint(*d, n) }

func (d *digester) time(t time.Time) { d.number(t.UnixMilli()) }

func (d *digester) money(values ...Money) {
	for _, m := range values {
		d.text(m.Currency)
		d.number(m.Minor)
	}
}

func (d *digester) sum() int64 {
	sum := sha256.Sum256(*d)
	return int64(binary.BigEndian.Uint64(sum[:]) >> 1)
}
