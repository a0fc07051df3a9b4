package ordertest

import (
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Noon is the moment at which tests take place: 22 November 2026, 12:00 in
// India.
func Noon() time.Time { return time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC) }

// Report is a complete report of an order with two items; every field is set.
// The source's time is that of the order.
func Report(channel, id string, orderedAt time.Time) order.Report {
	return order.Report{
		Ref: order.Ref{Channel: channel, PlatformOrderID: id}, Platform: order.Organic,
		Status: order.Pending, Source: order.FromPlatform, At: orderedAt, Version: 1,
		Facts: order.Facts{
			OrderNumber: "PLM-" + id, OrderedAt: orderedAt, PlatformStatus: "on-hold", SubStatus: "awaiting_cod_call",
			Flags: []order.Flag{order.PartiallyCancelled}, Payment: order.COD,
			Customer: order.Customer{
				ID: "c-" + id, Name: "Ishita Rao", Email: "ishita.rao@example.com", Phone: "+912000000123",
				Address: order.Address{Line1: "Flat 4, Lake View Road", Line2: "Sector 9", City: "Pune", State: "Maharashtra", Pincode: "411001", Country: "IN"},
			},
			Items: []order.Item{
				{LineID: "1", SKU: "PM-RING-01", ProductID: "B0RING0001", Title: "Rose Gold Plated Solitaire Ring", Quantity: 1,
					UnitPrice: order.INR(149900), Discount: order.INR(15000), Tax: order.INR(3929), Total: order.INR(134900),
					Status: order.Pending, PlatformStatus: "unfulfilled"},
				{LineID: "2", SKU: "PM-EAR-02", ProductID: "B0EAR00002", Title: "Pearl Drop Earrings", Quantity: 2,
					UnitPrice: order.INR(89900), Discount: order.INR(0), Tax: order.INR(5237), Total: order.INR(179800)},
			},
			Subtotal: order.INR(329700), Discount: order.INR(15000), Shipping: order.INR(4900), Tax: order.INR(9166), Total: order.INR(319600),
			ShipBy: orderedAt.Add(48 * time.Hour),
			Shipment: order.Shipment{Carrier: "Delhivery", AWB: "1490000000001", TrackingURL: "https://track.example.com/1490000000001",
				ShippedAt: orderedAt.Add(20 * time.Hour)},
		},
	}
}

// Minimal is the least a report may say.
func Minimal(channel, id string, orderedAt time.Time) order.Report {
	return order.Report{
		Ref: order.Ref{Channel: channel, PlatformOrderID: id}, Platform: order.Amazon, Source: order.FromPlatform,
		At: orderedAt, Facts: order.Facts{OrderedAt: orderedAt},
	}
}
