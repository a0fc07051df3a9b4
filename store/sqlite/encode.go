package sqlite

import "github.com/palmonas/palmonas-crm/order"

// docVersion is the first byte of a document: how its fields are written. The
// fields themselves may grow without it changing.
const docVersion = 1

// encodeOrder writes a whole order but its id, which is the row's key.
func encodeOrder(o order.Order) []byte {
	e := encoder{b: append(make([]byte, 0, 1024), docVersion)}
	e.str(1, string(o.Platform))
	e.str(2, o.Ref.Channel)
	e.str(3, o.Ref.PlatformOrderID)
	e.str(4, string(o.Status))
	e.int(5, o.Version)
	e.time(6, o.CreatedAt)
	e.time(7, o.UpdatedAt)
	e.msg(8, func(e *encoder) { encodeFacts(e, o.Facts) })
	e.msg(9, func(e *encoder) { encodeDesk(e, o.Desk) })
	e.msg(10, func(e *encoder) { encodeReported(e, o.Reported) })
	if w := o.Wish; w != nil {
		e.msg(11, func(e *encoder) { encodeWish(e, *w) })
	}
	for _, v := range o.History {
		e.msg(12, func(e *encoder) { encodeEvent(e, v) })
	}
	e.str(13, string(o.Kind))
	e.time(14, o.DueAt)
	return e.b
}

func encodeFacts(e *encoder, f order.Facts) {
	e.str(1, f.OrderNumber)
	e.time(2, f.OrderedAt)
	e.str(3, f.PlatformStatus)
	e.str(4, f.SubStatus)
	for _, flag := range f.Flags {
		e.text(5, string(flag))
	}
	e.str(6, string(f.Payment))
	if f.Customer != (order.Customer{}) {
		e.msg(7, func(e *encoder) { encodeCustomer(e, f.Customer) })
	}
	for _, it := range f.Items {
		e.msg(8, func(e *encoder) { encodeItem(e, it) })
	}
	e.money(9, f.Subtotal)
	e.money(10, f.Discount)
	e.money(11, f.Shipping)
	e.money(12, f.Tax)
	e.money(13, f.Total)
	e.time(14, f.ShipBy)
	e.str(15, f.Shipment.Carrier)
	e.str(16, f.Shipment.AWB)
	e.str(17, f.Shipment.TrackingURL)
	e.time(18, f.Shipment.ShippedAt)
}

func encodeCustomer(e *encoder, c order.Customer) {
	e.str(1, c.ID)
	e.str(2, c.Name)
	e.str(3, c.Email)
	e.str(4, c.Phone)
	if c.Address != (order.Address{}) {
		e.msg(5, func(e *encoder) { encodeAddress(e, c.Address) })
	}
}

func encodeAddress(e *encoder, a order.Address) {
	for i, s := range []string{a.Line1, a.Line2, a.City, a.State, a.Pincode, a.Country} {
		e.str(i+1, s)
	}
}

func encodeItem(e *encoder, it order.Item) {
	e.str(1, it.LineID)
	e.str(2, it.SKU)
	e.str(3, it.ProductID)
	e.str(4, it.Title)
	e.int(5, int64(it.Quantity))
	e.money(6, it.UnitPrice)
	e.money(7, it.Discount)
	e.money(8, it.Tax)
	e.money(9, it.Total)
	e.str(10, string(it.Status))
	e.str(11, it.PlatformStatus)
}

func encodeDesk(e *encoder, d order.Desk) {
	for _, tag := range d.Tags {
		e.text(1, tag)
	}
	e.str(2, d.Assignee)
	if h := d.Hold; h != nil {
		e.msg(3, func(e *encoder) {
			e.str(1, h.Reason)
			e.time(2, h.Until)
			e.str(3, h.By)
			e.time(4, h.At)
		})
	}
	for _, n := range d.Notes {
		e.msg(4, func(e *encoder) {
			e.str(1, n.Text)
			e.str(2, n.By)
			e.time(3, n.At)
		})
	}
	if d.Address != nil {
		e.msg(5, func(e *encoder) { encodeAddress(e, *d.Address) })
	}
	if c := d.Contact; c != nil {
		e.msg(6, func(e *encoder) {
			e.str(1, c.Name)
			e.str(2, c.Email)
			e.str(3, c.Phone)
		})
	}
	e.bool(7, d.Archived)
}

func encodeReported(e *encoder, r order.Reported) {
	e.str(1, string(r.Status))
	for _, flag := range r.Flags {
		e.text(2, string(flag))
	}
	for i, s := range r.Stamps {
		if s == (order.Stamp{}) {
			continue
		}
		e.msg(3, func(e *encoder) {
			e.int(1, int64(i))
			e.time(2, s.At)
			e.int(3, s.Version)
			e.int(4, s.Digest)
		})
	}
	for _, s := range r.Seen {
		e.msg(4, func(e *encoder) {
			e.str(1, string(s.Status))
			e.time(2, s.At)
			e.int(3, s.Version)
		})
	}
}

func encodeWish(e *encoder, w order.Wish) {
	e.str(1, string(w.Status))
	e.time(2, w.At)
	e.str(3, w.By)
	e.str(4, string(w.State))
	e.str(5, w.Key)
	e.int(6, int64(w.Attempts))
	e.time(7, w.NextTry)
	e.str(8, w.Error)
}

func encodeEvent(e *encoder, v order.Event) {
	e.str(1, string(v.Kind))
	e.time(2, v.At)
	e.time(3, v.SourceAt)
	e.str(4, string(v.Source))
	e.str(5, v.By)
	e.str(6, string(v.Status))
	e.str(7, string(v.From))
	e.str(8, v.Note)
	for _, f := range v.Fields {
		e.text(9, f)
	}
}
