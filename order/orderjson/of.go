package orderjson

import "github.com/palmonas/palmonas-crm/order"

// Of is the order as JSON shows it.
func Of(o order.Order) Order {
	f, c := o.Facts, o.ShipTo()
	j := Order{
		ID: o.ID.String(), Kind: "consumer", Platform: string(o.Platform), Channel: o.Ref.Channel,
		PlatformOrderID: o.Ref.PlatformOrderID, OrderNumber: f.OrderNumber, OrderedAt: Time{f.OrderedAt},
		Status: string(o.Status), PlatformStatus: f.PlatformStatus, SubStatus: f.SubStatus, Flags: texts(f.Flags),
		PaymentMethod: string(f.Payment),
		Customer:      Customer{ID: o.CustomerKey(), Name: c.Name, Email: c.Email, Phone: c.Phone, Address: Address(c.Address)},
		Items:         make([]Item, len(f.Items)),
		Subtotal:      f.Subtotal, Discount: f.Discount, Shipping: f.Shipping, Tax: f.Tax, Total: f.Total,
		Tags: texts(o.Desk.Tags), Assignee: o.Desk.Assignee, Archived: o.Desk.Archived, ShipBy: Time{o.ShipBy()},
		Shipment:      Shipment{Carrier: f.Shipment.Carrier, AWB: f.Shipment.AWB, TrackingURL: f.Shipment.TrackingURL},
		StatusHistory: statusHistory(o), Notes: make([]Note, len(o.Desk.Notes)),
		Version: o.Version, CreatedAt: Time{o.CreatedAt}, UpdatedAt: Time{o.UpdatedAt},
	}
	if o.Kind != order.Consumer {
		j.Kind = string(o.Kind)
	}
	for i, it := range f.Items {
		j.Items[i] = Item{SKU: it.SKU, ProductID: it.ProductID, Title: it.Title, Quantity: it.Quantity,
			UnitPrice: it.UnitPrice, Discount: it.Discount, Tax: it.Tax, Total: it.Total, Status: string(it.Status)}
	}
	for i, n := range o.Desk.Notes {
		j.Notes[i] = Note{Text: n.Text, By: n.By, At: Time{n.At}}
	}
	if h := o.Desk.Hold; h != nil {
		j.Hold = &Hold{Reason: h.Reason, Until: Time{h.Until}, By: h.By, At: Time{h.At}}
	}
	if o.WishOpen() {
		j.Push = &Push{Status: string(o.Wish.Status), State: string(o.Wish.State), Error: o.Wish.Error}
	}
	return j
}

// Masked is Of for somebody who may not read customers. The customer's id goes
// too: it is made of the phone number, and short numbers can be guessed.
func Masked(o order.Order) Order {
	j := Of(order.Masked(o))
	j.Customer.ID = ""
	return j
}

func statusHistory(o order.Order) []StatusEvent {
	steps := []StatusEvent{}
	for _, e := range o.History {
		if e.Kind == order.EventCreated || e.Kind == order.EventStatus {
			steps = append(steps, StatusEvent{Status: string(e.Status), From: string(e.From), At: Time{e.At},
				Source: string(e.Source), By: e.By, Note: e.Note})
		}
	}
	return steps
}

// texts is never nil, so that JSON has a list.
func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = string(x)
	}
	return out
}
