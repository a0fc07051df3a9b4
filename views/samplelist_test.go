package views

import (
	"net/url"
	"time"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

func sampleLinks() []ViewLink {
	return []ViewLink{
		{ID: "V1", Name: "Late", Query: "q=shipby%3Cnow&sort=ship_by", Count: 12, AtMost: 1000},
		{ID: "V2", Name: "Failed to sync", Query: "q=flag%3Arefused", Count: 0, AtMost: 1000},
		{ID: "V3", Name: "My rings", Query: "q=ring", Count: 1000, AtMost: 1000, Here: true},
		{ID: "V4", Name: "Everything", Count: -1, AtMost: 1000},
	}
}

func sampleViews() ViewsView {
	links := sampleLinks()
	return ViewsView{
		Clock: SampleClock(), MayShare: true, MayRestore: true,
		New: &ViewForm{Name: "Late", Query: "q=ring", Shared: true, Columns: true, Errors: order.FieldErrors{{Field: "name", Message: "There is a view with this name already."}}},
		Shared: []SavedView{
			{ViewLink: links[0], Filter: order.Filter{Q: "shipby<now", Sort: order.ShipSoonestFirst}, Shared: true, MayChange: true, MayMove: true, First: true},
			{ViewLink: links[1], Filter: order.Filter{Q: "flag:refused"}, By: "Nisha Kulkarni", Shared: true, MayChange: true, MayMove: true, Last: true},
		},
		Own: []SavedView{{ViewLink: links[2], Filter: sampleFilter()}},
	}
}

func samplePalette() PaletteView {
	return PaletteView{Q: "ri", Groups: []PaletteGroup{
		{Title: "Orders", Items: []PaletteItem{{Label: "#PLM-48210", Note: "Asha Rao · Pending · ₹1,299.00", Path: "/orders/1", Icon: "package"}}},
		{Title: "Views", Items: []PaletteItem{{Label: "My rings", Note: "view", Path: "/orders?q=ring", Icon: "inbox"}, {Label: "Rest", Path: "/orders", Icon: "inbox"}}},
	}}
}

// listPages are the list and what belongs to it in every state that looks
// different.
func listPages() map[string]templ.Component {
	p := samplePage()
	v := sampleViews()
	v.New, v.MayRestore, v.MayShare = nil, false, false
	v.Editing = &ViewForm{ID: "V1", Name: "", Query: "x=y", Errors: order.FieldErrors{{Field: "query", Message: "This list cannot be saved."}}}
	return map[string]templ.Component{
		"Orders/all-columns": Orders(p, ordersCase(func(v *OrdersView) {
			v.Columns = nil
			for _, c := range columns() {
				v.Columns = append(v.Columns, c.id)
			}
			v.Rows[0].State, v.Rows[0].City, v.Rows[1].City, v.Rows[2].State, v.Rows[2].City = "Maharashtra", "Pune", "", "Delhi", "delhi"
			v.Rows[0].Tags, v.Rows[0].Assignee, v.Rows[0].AWB, v.Rows[0].Channel = []string{"vip", "gift"}, "u1", "14225310078941", "website"
			v.Rows[0].Status, v.Rows[0].ShipBy = order.Pending, v.Now.Add(time.Hour)
			v.Rows[1].Status, v.Rows[1].ShipBy = order.Confirmed, v.Now.Add(-time.Hour)
			v.View = "V3"
		})),
		"Orders/uncounted": Orders(p, ordersCase(func(v *OrdersView) {
			v.Count, v.CountLater, v.Filter = -1, true, order.Filter{Q: "ring", Sort: order.LargestFirst}
		})),
		"Orders/misread": Orders(p, ordersCase(func(v *OrdersView) {
			v.Rows, v.Typed = nil, url.Values{"q": {" ring statsu:<pending> x"}}
			v.Errors = order.FieldErrors{{Field: "q", Message: "there is no field statsu", At: 5, End: 21}}
		})),
		"Views":             Views(p, sampleViews()),
		"Views/none":        Views(p, ViewsView{Clock: SampleClock()}),
		"Views/faulty":      Views(p, v),
		"ColumnsPage":       ColumnsPage(p, ColumnsView{Columns: UsualColumns(), Next: "/orders"}),
		"SearchHelp":        SearchHelp(p),
		"FiltersPage":       FiltersPage(p, ordersCase(func(v *OrdersView) { v.Filter = sampleFilter() })),
		"FiltersPage/wrong": FiltersPage(p, ordersCase(func(v *OrdersView) { v.Errors, v.Typed = faults(), url.Values{"from": {"x"}, "q": {"a b"}} })),
		"UserPage":          UserPage(p, *p.User),
		"PalettePage":       PalettePage(p, samplePalette()),
		"PalettePage/empty": PalettePage(p, PaletteView{Q: "x"}),
	}
}

func listParts() map[string]templ.Component {
	return map[string]templ.Component{
		"Columns":           Columns(ColumnsView{Columns: []string{"total"}, View: "V1", ViewName: "Late", Next: "/orders?q=x", CSRF: "token"}),
		"BulkChange":        BulkChange([]BulkGroup{{Label: "Set status to", Actions: []Choice{{"status:shipped", "Shipped"}}}, {Label: "Other", Actions: []Choice{{"tag", "Add tag"}}}}),
		"Picks":             Picks(ordersCase(func(v *OrdersView) { v.Filter = sampleFilter() })),
		"UserPanel":         UserPanel(account.User{Name: "Nisha Kulkarni", Email: "support@palmonas.demo"}, "token"),
		"OrderCount":        OrderCount(SampleOrders(3)),
		"OrdersTable/count": OrdersTable(ordersCase(func(v *OrdersView) { v.Count, v.CountLater = -1, true })),
		"Suggestions":       Suggestions([]order.Suggestion{{Text: `tag:"call back"`, About: "tags", From: 2, To: 5}}),
		"Palette":           Palette(samplePalette()),
		"PaletteList":       PaletteList(PaletteView{Note: "At character 1: no."}),
		"ViewCounts":        ViewCounts(sampleLinks(), "/views"),
	}
}
