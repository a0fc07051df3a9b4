package order

// Row is the order as a list shows it.
func (o Order) Row() Row {
	c := o.ShipTo()
	r := Row{
		ID: o.ID, Kind: o.Kind, Platform: o.Platform, Channel: o.Ref.Channel, PlatformOrderID: o.Ref.PlatformOrderID,
		OrderNumber: o.Facts.OrderNumber, OrderedAt: o.Facts.OrderedAt,
		Status: o.Status, PlatformStatus: o.Facts.PlatformStatus, Waiting: o.WishOpen() && o.Wish.State != WishLocal,
		Flags: o.Facts.Flags, Payment: o.Facts.Payment,
		CustomerName: c.Name, Phone: c.Phone, City: c.Address.City, State: c.Address.State,
		Lines: len(o.Facts.Items), Units: o.Facts.Units(), Total: o.Facts.Total, ShipBy: o.ShipBy(),
		Tags: o.Desk.Tags, Assignee: o.Desk.Assignee, Held: o.Desk.Hold != nil, AWB: o.Facts.Shipment.AWB,
		Version: o.Version, UpdatedAt: o.UpdatedAt,
	}
	if len(o.Facts.Items) > 0 {
		first := o.Facts.Items[0]
		r.FirstItem, r.FirstSKU = first.Title, first.SKU
		if r.FirstItem == "" {
			r.FirstItem = first.SKU
		}
	}
	return r
}
