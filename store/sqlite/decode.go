package sqlite

import (
	"fmt"

	"github.com/palmonas/palmonas-crm/order"
)

// decodeOrder reads what encodeOrder wrote for the order with this id.
func decodeOrder(id order.ID, doc []byte) (order.Order, error) {
	o := order.Order{ID: id}
	if len(doc) == 0 || doc[0] != docVersion {
		return o, fmt.Errorf("order %s: %w", id, errDoc)
	}
	d := decoder{s: string(doc[1:])}
	for d.next() {
		switch d.field {
		case 1:
			o.Platform = order.Platform(d.data)
		case 2:
			o.Ref.Channel = d.data
		case 3:
			o.Ref.PlatformOrderID = d.data
		case 4:
			o.Status = order.Status(d.data)
		case 5:
			o.Version = d.num
		case 6:
			o.CreatedAt = d.time()
		case 7:
			o.UpdatedAt = d.time()
		case 8:
			d.msg(func(d *decoder) { decodeFacts(d, &o.Facts) })
		case 9:
			d.msg(func(d *decoder) { decodeDesk(d, &o.Desk) })
		case 10:
			d.msg(func(d *decoder) { decodeReported(d, &o.Reported) })
		case 11:
			o.Wish = &order.Wish{}
			d.msg(func(d *decoder) { decodeWish(d, o.Wish) })
		case 12:
			var v order.Event
			d.msg(func(d *decoder) { decodeEvent(d, &v) })
			o.History = append(o.History, v)
		case 13:
			o.Kind = order.Kind(d.data)
		case 14:
			o.DueAt = d.time()
		}
	}
	if d.err != nil {
		return o, fmt.Errorf("order %s: %w", id, d.err)
	}
	return o, nil
}

func decodeFacts(d *decoder, f *order.Facts) {
	switch d.field {
	case 1:
		f.OrderNumber = d.data
	case 2:
		f.OrderedAt = d.time()
	case 3:
		f.PlatformStatus = d.data
	case 4:
		f.SubStatus = d.data
	case 5:
		f.Flags = append(f.Flags, order.Flag(d.data))
	case 6:
		f.Payment = order.PaymentMethod(d.data)
	case 7:
		d.msg(func(d *decoder) { decodeCustomer(d, &f.Customer) })
	case 8:
		var it order.Item
		d.msg(func(d *decoder) { decodeItem(d, &it) })
		f.Items = append(f.Items, it)
	case 9:
		f.Subtotal = d.money()
	case 10:
		f.Discount = d.money()
	case 11:
		f.Shipping = d.money()
	case 12:
		f.Tax = d.money()
	case 13:
		f.Total = d.money()
	case 14:
		f.ShipBy = d.time()
	case 15:
		f.Shipment.Carrier = d.data
	case 16:
		f.Shipment.AWB = d.data
	case 17:
		f.Shipment.TrackingURL = d.data
	case 18:
		f.Shipment.ShippedAt = d.time()
	}
}

func decodeCustomer(d *decoder, c *order.Customer) {
	switch d.field {
	case 1:
		c.ID = d.data
	case 2:
		c.Name = d.data
	case 3:
		c.Email = d.data
	case 4:
		c.Phone = d.data
	case 5:
		d.msg(func(d *decoder) { decodeAddress(d, &c.Address) })
	}
}

func decodeAddress(d *decoder, a *order.Address) {
	parts := [...]*string{&a.Line1, &a.Line2, &a.City, &a.State, &a.Pincode, &a.Country}
	if d.field >= 1 && d.field <= len(parts) {
		*parts[d.field-1] = d.data
	}
}

func decodeItem(d *decoder, it *order.Item) {
	switch d.field {
	case 1:
		it.LineID = d.data
	case 2:
		it.SKU = d.data
	case 3:
		it.ProductID = d.data
	case 4:
		it.Title = d.data
	case 5:
		it.Quantity = int(d.num)
	case 6:
		it.UnitPrice = d.money()
	case 7:
		it.Discount = d.money()
	case 8:
		it.Tax = d.money()
	case 9:
		it.Total = d.money()
	case 10:
		it.Status = order.Status(d.data)
	case 11:
		it.PlatformStatus = d.data
	}
}

func decodeDesk(d *decoder, k *order.Desk) {
	switch d.field {
	case 1:
		k.Tags = append(k.Tags, d.data)
	case 2:
		k.Assignee = d.data
	case 3:
		k.Hold = &order.Hold{}
		d.msg(func(d *decoder) { decodeHold(d, k.Hold) })
	case 4:
		var n order.Note
		d.msg(func(d *decoder) { decodeNote(d, &n) })
		k.Notes = append(k.Notes, n)
	case 5:
		k.Address = &order.Address{}
		d.msg(func(d *decoder) { decodeAddress(d, k.Address) })
	case 6:
		k.Contact = &order.Contact{}
		d.msg(func(d *decoder) { decodeContact(d, k.Contact) })
	case 7:
		k.Archived = d.num != 0
	}
}

func decodeHold(d *decoder, h *order.Hold) {
	switch d.field {
	case 1:
		h.Reason = d.data
	case 2:
		h.Until = d.time()
	case 3:
		h.By = d.data
	case 4:
		h.At = d.time()
	}
}

func decodeNote(d *decoder, n *order.Note) {
	switch d.field {
	case 1:
		n.Text = d.data
	case 2:
		n.By = d.data
	case 3:
		n.At = d.time()
	}
}

func decodeContact(d *decoder, c *order.Contact) {
	switch d.field {
	case 1:
		c.Name = d.data
	case 2:
		c.Email = d.data
	case 3:
		c.Phone = d.data
	}
}

func decodeReported(d *decoder, r *order.Reported) {
	switch d.field {
	case 1:
		r.Status = order.Status(d.data)
	case 2:
		r.Flags = append(r.Flags, order.Flag(d.data))
	case 3:
		var s order.Stamp
		group := int64(0)
		d.msg(func(d *decoder) {
			switch d.field {
			case 1:
				group = d.num
			case 2:
				s.At = d.time()
			case 3:
				s.Version = d.num
			case 4:
				s.Digest = d.num
			}
		})
		if group >= 0 && group < int64(len(r.Stamps)) {
			r.Stamps[group] = s
		}
	case 4:
		var s order.Sighting
		d.msg(func(d *decoder) {
			switch d.field {
			case 1:
				s.Status = order.Status(d.data)
			case 2:
				s.At = d.time()
			case 3:
				s.Version = d.num
			}
		})
		r.Seen = append(r.Seen, s)
	}
}

func decodeWish(d *decoder, w *order.Wish) {
	switch d.field {
	case 1:
		w.Status = order.Status(d.data)
	case 2:
		w.At = d.time()
	case 3:
		w.By = d.data
	case 4:
		w.State = order.WishState(d.data)
	case 5:
		w.Key = d.data
	case 6:
		w.Attempts = int(d.num)
	case 7:
		w.NextTry = d.time()
	case 8:
		w.Error = d.data
	}
}

func decodeEvent(d *decoder, v *order.Event) {
	switch d.field {
	case 1:
		v.Kind = order.EventKind(d.data)
	case 2:
		v.At = d.time()
	case 3:
		v.SourceAt = d.time()
	case 4:
		v.Source = order.Source(d.data)
	case 5:
		v.By = d.data
	case 6:
		v.Status = order.Status(d.data)
	case 7:
		v.From = order.Status(d.data)
	case 8:
		v.Note = d.data
	case 9:
		v.Fields = append(v.Fields, d.data)
	}
}
