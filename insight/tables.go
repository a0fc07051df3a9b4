package insight

import (
	"context"

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

// Table answers one table; ok is false when there is none of the name. With
// masked no customer can be told from it.
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
		if a, err = r.Trends(ctx, f); err == nil {
			t = map[string]func() report.Table{"hours": a.HourTable, "flow": a.FlowTable, "outlook": a.OutlookTable}[name]()
		}
	case "customers", "places", "cohorts":
		var a report.Loyal
		if a, err = r.Customers(ctx, f, masked); err == nil {
			t = map[string]func() report.Table{"customers": a.CustomerTable, "places": a.PlaceTable, "cohorts": a.CohortTable}[name]()
		}
	case "products", "categories":
		var a report.Products
		if a, err = r.allProducts(ctx, f); err == nil {
			t = map[string]func() report.Table{"products": a.ProductTable, "categories": a.CategoryTable}[name]()
		}
	default:
		return t, false, nil
	}
	return t, true, err
}
