package insight

import (
	"context"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
)

// Tables lists the tables that can be had as files, by the page that shows
// them.
func Tables(page string) []string {
	switch page {
	case "/", "/analytics/revenue":
		return []string{"revenue", "states", "payments"}
	case "/analytics/platforms":
		return []string{"platforms", "channels"}
	case "/analytics/trends":
		return []string{"hours", "flow", "outlook"}
	case "/analytics/customers":
		return []string{"customers", "places", "cohorts"}
	case "/analytics/products":
		return []string{"products", "categories"}
	}
	return nil
}

// leftOut refuses a table that would be empty, or of other orders than were
// asked for.
func leftOut(f report.Filter, why string) error {
	field := "platform"
	switch {
	case f.Payment != "":
		field = "payment"
	case len(f.States) > 0:
		field = "state"
	case len(f.Channels) > 0:
		field = "channel"
	}
	return order.FieldErrors{{Field: field, Message: why}}
}

const (
	tooManySifted = "this is not kept by payment method and state, and more than 20,000 orders are not counted one by one: ask for fewer days, or take the filter away"
	everybodyOnly = "who comes back is known of all orders only: take the filters away"
)

// Table answers one table; ok is false when there is none of the name. With
// masked no customer can be told from it. What the filter leaves out is
// order.FieldErrors.
func (r Reader) Table(ctx context.Context, name string, f report.Filter, masked bool) (t report.Table, ok bool, err error) {
	switch name {
	case "revenue", "states", "payments":
		var a report.Revenue
		if a, err = r.Revenue(ctx, f); err == nil {
			t = map[string]func() report.Table{"revenue": a.TimelineTable, "states": a.StateTable, "payments": a.PaymentTable}[name]()
		}
	case "platforms", "channels":
		var a report.Platforms
		if a, err = r.Platforms(ctx, f); err == nil {
			t = map[string]func() report.Table{"platforms": a.PlatformTable, "channels": a.ChannelTable}[name]()
		}
	case "hours", "flow", "outlook":
		var a report.Trends
		if a, err = r.Trends(ctx, f); name == "hours" && err == nil && a.Hours == nil {
			err = leftOut(f, tooManySifted)
		} else if err == nil {
			t = map[string]func() report.Table{"hours": a.HourTable, "flow": a.FlowTable, "outlook": a.OutlookTable}[name]()
		}
	case "customers", "places", "cohorts":
		var a report.Loyal
		if a, err = r.Customers(ctx, f, masked); name == "cohorts" && f.Narrow() && err == nil {
			err = leftOut(f, everybodyOnly)
		} else if a.Unfiltered && err == nil {
			err = leftOut(f, tooManySifted)
		} else if err == nil {
			t = map[string]func() report.Table{"customers": a.CustomerTable, "places": a.PlaceTable, "cohorts": a.CohortTable}[name]()
		}
	case "products", "categories":
		var a report.Products
		if a, err = r.allProducts(ctx, f); a.Unfiltered && err == nil {
			err = leftOut(f, tooManySifted)
		} else if err == nil {
			t = map[string]func() report.Table{"products": a.ProductTable, "categories": a.CategoryTable}[name]()
		}
	default:
		return t, false, nil
	}
	return t, true, err
}
