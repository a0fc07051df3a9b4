package views

import (
	"fmt"
	"net/url"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// The samples feed the style guide and the tests. They never change with the
// clock, so that what is rendered from them can be compared.

// SampleClock is the moment at which the samples are read.
func SampleClock() Clock {
	return Clock{
		Now:  time.Date(2026, time.November, 22, 8, 35, 0, 0, time.UTC),
		Zone: time.FixedZone("IST", 5*3600+1800),
	}
}

// sampleRows are n orders with every platform, status and mark among them.
func sampleRows(n int) []order.Row {
	names := []string{"Asha Rao", "Vikram Singh Chauhan", "Meera Iyer", "Farhan Sheikh", "Lakshmi Venkataraman", "Dev Patel", "Ananya Bose", ""}
	cities := []string{"Bengaluru", "Jaipur", "Chennai", "Hyderabad", "Thiruvananthapuram", "Ahmedabad", "Kolkata", "Pune"}
	goods := []string{"Leaf drop earrings, 18k gold plated", "Tennis bracelet", "Layered chain necklace with palm pendant", "Stacking ring, size 12", "Gift box"}
	c := SampleClock()
	rows := make([]order.Row, n)
	for i := range rows {
		at := c.Now.Add(-time.Duration(i*i*7+i*4+3) * time.Minute)
		p := order.Platforms()[(i*3+i/5)%5]
		rows[i] = order.Row{
			ID: order.NewID(at, uint32(i)), Platform: p, Channel: string(p) + "-in",
			PlatformOrderID: fmt.Sprintf("%03d-%07d-%07d", 171+i%9, 4815162+i*7919, 3421000+i*104729),
			OrderNumber:     fmt.Sprintf("#PLM-%d", 48210-i),
			OrderedAt:       at, UpdatedAt: at.Add(2 * time.Minute), Status: order.Statuses()[(i*5+i/9)%9],
			Payment: []order.PaymentMethod{order.Prepaid, order.COD}[i%3/2], CustomerName: names[i%8], City: cities[(i*3)%8],
			FirstItem: goods[(i*2)%5], Lines: 1 + i%4/2, Units: 1 + i%4,
			Total: order.INR(int64(129900 + (i*i*37123)%2400000)), Version: 1,
		}
		if open(rows[i].Status) {
			rows[i].ShipBy = at.Add(26 * time.Hour)
		}
		rows[i].Waiting, rows[i].Held = i%11 == 4, i%13 == 6
		if i%7 == 3 {
			rows[i].Flags = []order.Flag{order.NeedsAttention}
		}
		if p == order.Amazon {
			rows[i].OrderNumber = ""
		}
	}
	return rows
}

// SampleOrders is a list of n rows of many more orders.
func SampleOrders(n int) OrdersView {
	return OrdersView{
		Clock: SampleClock(), Rows: sampleRows(n), Count: 4812, Next: "after", MayImport: true, MayExport: true, Bulk: &BulkBarView{MayChange: true},
		Channels: []Choice{{"amazon-in", "Amazon India"}, {"website", "palmonas.com"}},
		Names:    map[string]string{"u1": "Nisha Kulkarni"},
	}
}

// SampleOrder is one order in the middle of its life.
func SampleOrder() OrderView {
	c := SampleClock()
	at := func(h, m int) time.Time { return c.Now.Add(-time.Duration(h)*time.Hour - time.Duration(m)*time.Minute) }
	o := order.Order{
		ID: order.NewID(at(27, 12), 7), Platform: order.Amazon, Ref: order.Ref{Channel: "amazon-in", PlatformOrderID: "171-4815162-3421000"},
		Status: order.Processing, Version: 5, CreatedAt: at(27, 10), UpdatedAt: at(0, 42),
		Facts: order.Facts{
			OrderNumber: "171-4815162-3421000", OrderedAt: at(27, 12), PlatformStatus: "Unshipped", SubStatus: "",
			Flags: []order.Flag{order.CancelRequested}, Payment: order.COD,
			Customer: order.Customer{
				Name: "Lakshmi Venkataraman", Email: "lakshmi.v@example.com", Phone: "+919876543210",
				Address: order.Address{Line1: "14, 3rd Cross, Indiranagar", Line2: "Near the metro station", City: "Bengaluru", State: "Karnataka", Pincode: "560038", Country: "IN"},
			},
			Items: []order.Item{
				{SKU: "PLM-ER-0142-G", ProductID: "B0CX1PLM42", Title: "Leaf drop earrings, 18k gold plated", Quantity: 2, UnitPrice: order.INR(129900), Discount: order.INR(20000), Total: order.INR(239800)},
				{SKU: "PLM-NK-0087-G", ProductID: "B0CX1PLM87", Title: "Layered chain necklace with palm pendant", Quantity: 1, UnitPrice: order.INR(1149900), Total: order.INR(1149900)},
			},
			Subtotal: order.INR(1409700), Discount: order.INR(20000), Shipping: order.INR(4900), Tax: order.INR(212659), Total: order.INR(1394600),
			ShipBy: at(1, 5), Shipment: order.Shipment{Carrier: "Delhivery", AWB: "14225310078941", TrackingURL: "https://www.example.com/track/14225310078941"},
		},
		Desk: order.Desk{Tags: []string{"gift", "vip"}, Assignee: "u1", Notes: []order.Note{{Text: "Asked for gift wrapping by phone.\nNo price tag in the box.", By: "u1", At: at(3, 20)}}},
		Wish: &order.Wish{Status: order.Processing, At: at(0, 42), By: "u1", State: order.WishSent},
		History: []order.Event{
			{Kind: order.EventCreated, At: at(27, 10), SourceAt: at(27, 12), Source: order.FromPlatform, Status: order.Pending},
			{Kind: order.EventStatus, At: at(26, 30), SourceAt: at(26, 31), Source: order.FromWebhook, From: order.Pending, Status: order.Confirmed},
			{Kind: order.EventFacts, At: at(20, 5), SourceAt: at(20, 5), Source: order.FromPlatform, Fields: []string{"customer", "amounts"}},
			{Kind: order.EventEdit, At: at(3, 20), Source: order.FromUser, By: "u1", Fields: []string{"notes"}},
			{Kind: order.EventStatus, At: at(0, 42), Source: order.FromUser, By: "u1", From: order.Confirmed, Status: order.Processing, Note: "Picked, waits for the box."},
		},
	}
	o.Reported.Status = order.Confirmed
	others := sampleRows(3)
	return OrderView{
		Clock: c, Order: o, Channel: "Amazon India", Names: map[string]string{"u1": "Nisha Kulkarni", "u2": "Arjun Mehta"},
		Status:   StatusFormView{ID: o.ID, Current: o.Status, Next: o.Status.Next(), Version: o.Version},
		NoteForm: NoteFormView{ID: o.ID, Allowed: true, People: []Choice{{"arjun", "Arjun Mehta"}}},
		May:      OrderRights{Edit: true, Correct: true, Archive: true, Invoice: true},
		Users:    []Choice{{"u2", "Arjun Mehta"}, {"u1", "Nisha Kulkarni"}},
		Walk:     WalkView{List: "status=processing", Known: true, Prev: others[0].ID, Next: others[1].ID},
		Person:   PersonView{Key: "4k7", Count: 4, Orders: others},
		Twins:    []TwinView{{ID: others[2].ID, Label: "171-4815162-3421999", Status: order.Confirmed, At: at(26, 40), Same: []string{"phone", "address"}, SKU: "PLM-ER-0142-G"}},
		Pincode:  "Pincode 560038 lies in Karnataka, not in Kerala.",
		Reveals:  []RevealView{{At: at(2, 0), By: "Arjun Mehta", Reason: "The courier asks for the house number."}},
		Seen:     map[string]string{FormTags: "0a1b2c3d"},
	}
}

// SampleConflict is what a slower editor sees.
func SampleConflict() ConflictView {
	v := SampleOrder()
	return ConflictView{
		Clock: v.Clock, ID: v.Order.ID, Status: order.Shipped, What: "Your change was not saved. Both versions are below.", By: "Nisha Kulkarni", At: v.Now.Add(-2 * time.Minute),
		Fields: []ConflictField{{"Address", "14, 3rd Cross", "15, 3rd Cross"}, {"City", "Bengaluru", "Bengaluru"}, {"Second line", "", "Near the metro"}},
		Again:  AgainView{Form: FormAddress, Label: "Save mine", Values: url.Values{"line1": {"14, 3rd Cross"}, "seen": {"1"}}},
	}
}

// SampleJob is an import in one of its states.
func SampleJob(state string) JobView {
	c := SampleClock()
	j := JobView{
		Clock: c, ID: "j7f3k2", Kind: "import", Title: "Amazon Sale Report.csv", Channel: "Amazon India", By: "Nisha Kulkarni", State: state,
		Done: 84210, Of: 128976, Tally: TallyView{Fetched: 84210, Created: 79544, Updated: 3120, Unchanged: 1529, Rejected: 17},
		Started: c.Now.Add(-21 * time.Second), MayCancel: state == "running",
	}
	switch state {
	case "done":
		j.Done, j.Finished, j.Rejects = j.Of, c.Now.Add(-time.Second), "/jobs/j7f3k2/rejects.csv"
	case "failed":
		j.Finished, j.Error = c.Now.Add(-9*time.Second), "Line 84,211: the file ends in the middle of a quoted text."
	}
	return j
}

// SamplePreview is an uploaded table whose columns were guessed in part.
func SamplePreview() PreviewView {
	rows := sampleRows(3)
	rows[1].OrderNumber = "PLM-48209"
	return PreviewView{
		Clock: SampleClock(), ID: "u3k9", FileName: "november-orders.xlsx", Bytes: 1_482_133, Channel: "palmonas.com",
		Format: "Table with a header", Detail: "Excel, sheet “Orders”",
		Columns: []ColumnView{{"Order No", "order_number", true}, {"Date", "ordered_at", true}, {"Buyer", "customer_name", true}, {"Item", "", false}, {"Amount", "total", true}, {"State", "status", true}},
		Fields: []FieldChoice{
			{"order_number", "Order number", true}, {"ordered_at", "Ordered at", true}, {"customer_name", "Customer name", false},
			{"title", "Item title", true}, {"total", "Total", true}, {"status", "Status", false},
		},
		Rows: [][]string{
			{"PLM-48210", "21-11-2026 09:14", "Asha Rao", "Tennis bracelet", "1,299.00", "Shipped"},
			{"PLM-48209", "21-11-2026 09:02", "Vikram Singh Chauhan", "Gift box", "499", "Delivered"},
			{"PLM-48208", "31-11-2026", "Meera Iyer", "Stacking ring, size 12", "n/a", "Delivered"},
		},
		Orders: []PreviewOrder{{Line: 2, Row: rows[1]}, {Line: 3, Row: rows[2]}, {Line: 4, Reject: "Ordered at: “31-11-2026” is not a day."}},
	}
}

// SampleImports is the page of imports with one job of each state.
func SampleImports() ImportsView {
	return ImportsView{
		Clock: SampleClock(),
		Upload: UploadView{
			Channels: []Choice{{"amazon-in", "Amazon India"}, {"website", "palmonas.com"}}, Formats: []Choice{{"amazon-report", "Amazon order report"}, {"table", "Table with a header"}},
			MaxBytes: 200_000_000, Allowed: true,
		},
		Jobs: []JobView{SampleJob("running"), SampleJob("done"), SampleJob("failed")},
	}
}
