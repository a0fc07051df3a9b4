package sqlite

import (
	"fmt"

	"github.com/palmonas/palmonas-crm/order"
)

// encodeRow writes a list row but its id.
func encodeRow(r order.Row) []byte {
	e := encoder{b: append(make([]byte, 0, 256), docVersion)}
	e.str(1, string(r.Platform))
	e.str(2, r.Channel)
	e.str(3, r.PlatformOrderID)
	e.str(4, r.OrderNumber)
	e.time(5, r.OrderedAt)
	e.str(6, string(r.Status))
	e.str(7, r.PlatformStatus)
	e.bool(8, r.Waiting)
	for _, f := range r.Flags {
		e.text(9, string(f))
	}
	e.str(10, string(r.Payment))
	e.str(11, r.CustomerName)
	e.str(12, r.Phone)
	e.str(13, r.City)
	e.str(14, r.State)
	e.str(15, r.FirstItem)
	e.str(16, r.FirstSKU)
	e.int(17, int64(r.Lines))
	e.int(18, int64(r.Units))
	e.money(19, r.Total)
	e.time(20, r.ShipBy)
	for _, t := range r.Tags {
		e.text(21, t)
	}
	e.str(22, r.Assignee)
	e.bool(23, r.Held)
	e.str(24, r.AWB)
	e.int(25, r.Version)
	e.time(26, r.UpdatedAt)
	e.str(27, string(r.Kind))
	return e.b
}

// decodeRow reads what encodeRow wrote for the order with this id.
func decodeRow(id order.ID, head []byte) (order.Row, error) {
	r := order.Row{ID: id}
	if len(head) == 0 || head[0] != docVersion {
		return r, fmt.Errorf("row of order %s: %w", id, errDoc)
	}
	d := decoder{s: string(head[1:])}
	for d.next() {
		if d.field <= 13 {
			decodeRowHead(&d, &r)
		} else {
			decodeRowTail(&d, &r)
		}
	}
	if d.err != nil {
		return r, fmt.Errorf("row of order %s: %w", id, d.err)
	}
	return r, nil
}

func decodeRowHead(d *decoder, r *order.Row) {
	switch d.field {
	case 1:
		r.Platform = order.Platform(d.data)
	case 2:
		r.Channel = d.data
	case 3:
		r.PlatformOrderID = d.data
	case 4:
		r.OrderNumber = d.data
	case 5:
		r.OrderedAt = d.time()
	case 6:
		r.Status = order.Status(d.data)
	case 7:
		r.PlatformStatus = d.data
	case 8:
		r.Waiting = d.num != 0
	case 9:
		r.Flags = append(r.Flags, order.Flag(d.data))
	case 10:
		r.Payment = order.PaymentMethod(d.data)
	case 11:
		r.CustomerName = d.data
	case 12:
		r.Phone = d.data
	case 13:
		r.City = d.data
	}
}

func decodeRowTail(d *decoder, r *order.Row) {
	switch d.field {
	case 14:
		r.State = d.data
	case 15:
		r.FirstItem = d.data
	case 16:
		r.FirstSKU = d.data
	case 17:
		r.Lines = int(d.num)
	case 18:
		r.Units = int(d.num)
	case 19:
		r.Total = d.money()
	case 20:
		r.ShipBy = d.time()
	case 21:
		r.Tags = append(r.Tags, d.data)
	case 22:
		r.Assignee = d.data
	case 23:
		r.Held = d.num != 0
	case 24:
		r.AWB = d.data
	case 25:
		r.Version = d.num
	case 26:
		r.UpdatedAt = d.time()
	case 27:
		r.Kind = order.Kind(d.data)
	}
}
