package analytics

import (
	"errors"
	"flag"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/viewtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func zone() *time.Location { return time.FixedZone("IST", 5*3600+1800) }

// counted is 250 synthetic orders of ten weeks, and their newest rows.
func counted() (report.Figures, []report.Visit, []order.Row) {
	names, days := report.NewDictionary(), map[report.Day]*report.Tally{}
	var rows []order.Row
	var visits []report.Visit
	for i := range 250 {
		o, _ := order.Absorb(nil, ordertest.Synthetic(2, i, 70, ordertest.Noon()), ordertest.Noon())
		d := report.DayOf(o.Facts.OrderedAt, zone())
		if days[d] == nil {
			days[d] = report.NewTally(d, zone(), names)
		}
		days[d].Add(o)
		if i < 3 {
			o.ID = order.NewID(o.Facts.OrderedAt, uint32(i))
			rows = append(rows, o.Row())
		}
	}
	fig := report.Figures{Range: report.Ever()}
	for _, t := range days {
		fig.Days = append(fig.Days, t.Figures())
		visits = append(visits, t.Visits()...)
	}
	slices.SortFunc(fig.Days, func(a, b *report.DayFigures) int { return int(a.Day - b.Day) })
	slices.SortFunc(visits, func(a, b report.Visit) int {
		return strings.Compare(a.Customer+a.Day.String(), b.Customer+b.Day.String())
	})
	fig.Names = names.Names()
	return fig, visits, rows
}

func frame(t testing.TB, path, query string) FrameView {
	t.Helper()
	v := FrameView{Clock: views.Clock{Now: ordertest.Noon(), Zone: zone()}, Path: path, Linked: true, Exports: []string{"revenue", "states"},
		Channels: []views.Choice{{Value: "amazon-in", Label: "Amazon India"}, {Value: "website", Label: "palmonas.com"}}}
	var err error
	if v.Typed, err = url.ParseQuery(query); err != nil {
		t.Fatal(err)
	}
	if v.Filter, err = report.ParseFilter(v.Typed, report.DayOf(v.Now, zone())); err != nil {
		if !errors.As(err, &v.Errors) {
			t.Fatal(err)
		}
	}
	return v
}

func pages(t testing.TB) map[string]templ.Component {
	t.Helper()
	fig, _, rows := counted()
	today := report.DayOf(ordertest.Noon(), zone())
	p := views.PageView{Title: "Figures", Active: "/analytics", Assets: "/static/0123456789ab", Path: "/analytics", Figures: true,
		User: &account.User{Name: "Nisha Kulkarni", Email: "support@palmonas.demo", Role: account.Support}}
	read := ordertest.Noon().Add(-90 * time.Second)
	sources := []report.Source{{ID: "amazon-in", Name: "Amazon India", Platform: order.Amazon, Enabled: true, LastSuccess: &read},
		{ID: "flipkart-in", Name: "Flipkart", Platform: order.Flipkart, Enabled: true, Failures: 2, LastSuccess: &read},
		{ID: "swiggy-in", Name: "Swiggy", Platform: order.Swiggy, Enabled: true, Stale: true, LastSuccess: &read},
		{ID: "website", Name: "palmonas.com", Platform: order.Organic, Enabled: true}, {ID: "shop", Name: "Shop", Platform: order.Organic, Manual: true, Enabled: true}, {ID: "old", Name: "Old", Platform: order.Blinkit}}
	dash := DashboardView{FrameView: frame(t, "/", "period=7d"), Newest: rows, MayChannels: true}
	dash.Answer = dash.Filter.Dashboard(fig, fig, today, report.Now{At: ordertest.Noon(), ToDispatch: 12, Late: 3}, sources)
	dash.Answer.Notable = []report.Anomaly{
		{Day: today - 1, Platform: order.Flipkart, Measure: report.MeasureOrders, Actual: 2, Expected: 40, Score: -9, Reason: report.Reason{Kind: report.ChannelStale, Channel: "website"}},
		{Day: today - 2, Platform: order.Amazon, Measure: report.MeasureGross, Actual: 9e7, Expected: 3e7, Score: 5, Reason: report.Reason{Kind: report.OneProduct, Title: "Ring", Share: 80}}}
	dash.Answer.Watched = true
	looking := dash
	looking.Linked, looking.MayChannels, looking.Newest, looking.Masked = false, false, nil, true
	looking.Answer.Now = report.Now{}
	wrong := DashboardView{FrameView: frame(t, "/", "from=2026-13-01&platform=ebay&period=7d")}
	revenue := RevenueView{FrameView: frame(t, "/analytics/revenue", "period=7d&platform=amazon&state=goa&payment=cod&by=week")}
	revenue.Answer = revenue.Filter.Revenue(fig)
	plain := RevenueView{FrameView: frame(t, "/analytics/revenue", "from=2026-11-01&to=2026-11-20&compare=none&by=week")}
	plain.Answer = plain.Filter.Revenue(fig)
	none := RevenueView{FrameView: frame(t, "/analytics/revenue", "from=2001-01-01&to=2001-01-02")}
	none.Answer = none.Filter.Revenue(fig)
	platforms := PlatformsView{FrameView: frame(t, "/analytics/platforms", "period=90d")}
	platforms.Answer = platforms.Filter.ComparePlatforms(fig)
	trends := TrendsView{FrameView: frame(t, "/analytics/trends", "period=7d")}
	trends.Answer = trends.Filter.Trends(fig, fig, today)
	cod := TrendsView{FrameView: frame(t, "/analytics/trends", "period=7d&payment=cod")}
	cod.Answer = cod.Filter.Trends(fig, report.Figures{}, today)
	products := ProductsView{FrameView: frame(t, "/analytics/products", "from=2026-11-20")}
	products.Answer = products.Filter.BestSellers(fig)
	goa := ProductsView{FrameView: frame(t, "/analytics/products", "state=goa")}
	goa.Answer = goa.Filter.BestSellers(fig)
	customers := CustomersView{FrameView: frame(t, "/analytics/customers", "period=7d")}
	customers.Answer = someCustomers(customers.Filter, fig, today)
	masked := customers
	masked.Masked, masked.Answer.Pincodes = true, nil
	masked.Answer.Top = []report.CustomerRow{{Name: "A••• R•••", State: "Goa", Orders: 2, Net: order.INR(5), Last: today}}
	one, two := builder(t, fig, "amount=net&rows=platform&period=7d"), builder(t, fig, "amount=returnRate&rows=week&columns=status&q=total%3E0")
	one.Saved = []SavedReport{{ID: "R1", Name: "Weekly", Query: "rows=week"}}
	one.MaySchedule = true
	plan := SchedulesView{Clock: one.Clock, New: true, Build: one.Build, Query: one.Build.Values().Encode(), Name: "Net by platform", Format: "xlsx", Time: "07:30", To: "mail",
		Days: []views.Choice{{Value: "Monday", Label: "Monday"}, {Value: "Tuesday", Label: "Tuesday"}}, ChosenDays: []string{"Monday"}, Address: "support@palmonas.demo"}
	planned := SchedulesView{Clock: one.Clock, MailOff: true, Rows: []ScheduleRow{
		{ID: "S1", Name: "Net by platform", Query: "rows=platform", Format: "xlsx", Hour: 7, Minute: 30, Mail: true, Last: read, Next: read.AddDate(0, 0, 1)},
		{ID: "S2", Name: "Returns", Query: "amount=returned", Format: "csv", Hour: 9, Days: []time.Weekday{time.Monday}, Owner: "Nisha Kulkarni", Fault: "No mail server is set up.", Next: read.AddDate(0, 0, 3)}}}
	refused := plan
	refused.ID, refused.New, refused.Errors = "S1", false, order.FieldErrors{{Field: "name", Message: "Give it a name."}, {Field: "query", Message: "There is no such filter."}}
	return map[string]templ.Component{
		"Schedules": Schedules(p, planned), "Schedules/new": Schedules(p, plan), "Schedules/refused": Schedules(p, refused), "Schedules/none": Schedules(p, SchedulesView{Clock: one.Clock}),
		"Builder": Builder(p, one), "Builder/two": Builder(p, two), "Builder/wrong": Builder(p, builder(t, fig, "rows=colour&q=total%3E%3E1&from=x")),
		"Dashboard": Dashboard(p, dash), "Dashboard/looking": Dashboard(p, looking), "Dashboard/wrong": Dashboard(p, wrong),
		"Dashboard/first": Dashboard(p, DashboardView{FrameView: frame(t, "/", ""), NoOrders: true, MayImport: true, MayChannels: true}),
		"Revenue":         Revenue(p, revenue), "Revenue/plain": Revenue(p, plain), "Revenue/none": Revenue(p, none),
		"Platforms": Platforms(p, platforms), "Trends": Trends(p, trends), "Trends/cod": Trends(p, cod),
		"Products": Products(p, products), "Products/goa": Products(p, goa), "Customers": Customers(p, customers), "Customers/masked": Customers(p, masked),
	}
}

func builder(t testing.TB, fig report.Figures, query string) BuilderView {
	t.Helper()
	v := BuilderView{FrameView: frame(t, "/analytics/builder", "")}
	var err error
	if v.Typed, err = url.ParseQuery(query); err != nil {
		t.Fatal(err)
	}
	v.Exports = nil
	if v.Build, err = report.ParseBuild(v.Typed, report.DayOf(v.Now, zone())); err != nil {
		if !errors.As(err, &v.Errors) {
			t.Fatal(err)
		}
		return v
	}
	v.Filter, v.Pivot = v.Build.Filter, v.Build.Pivot(fig)
	return v
}

func someCustomers(f report.Filter, fig report.Figures, today report.Day) report.Loyal {
	first := ordertest.Noon().AddDate(0, -2, 0)
	of := report.Customers{Total: 3, Repeat: 1, Orders: 4, Top: []report.Customer{{Key: "K1", Orders: 2, Net: 250000, Gross: 300000, Units: 3, Returned: 1, First: first, Last: ordertest.Noon(), State: "Goa", Pincode: "403001"}},
		Places: []report.Place{{State: "Goa", Pincode: "403001", Customers: 2, Orders: 3, Net: 250000}, {State: "", Customers: 1, Orders: 1, Net: 100}}}
	l := report.Loyalty{Customers: 10, Newcomers: []report.Newcomers{{Day: today - 1, Customers: 1}}, Often: [report.OftenMax]int{7, 2, 1},
		Cohorts: []report.Cohort{{First: today.Month().AddMonths(-1), Month: today.Month().AddMonths(-1), Customers: 8, Net: 100}, {First: today.Month().AddMonths(-1), Month: today.Month(), Customers: 2, Net: 50}}}
	a := f.Loyal(fig, &of, l, today, zone())
	a.Top[0].Name = "Asha Rao"
	return a
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, c := range pages(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			viewtest.Golden(t, name, c, *update)
			doc := viewtest.Render(t, c)
			for _, fault := range viewtest.Faults(t, doc) {
				t.Error(fault)
			}
			if strings.Count(doc, "<h1") != 1 {
				t.Error("not exactly one heading of the first level")
			}
			if strings.Contains(doc, "NaN") || strings.Contains(doc, "+Inf") || strings.Contains(doc, "%!") {
				t.Error("no number, or a bad format")
			}
		})
	}
}

func BenchmarkDashboard(b *testing.B) {
	c := pages(b)["Dashboard"]
	b.ReportAllocs()
	for b.Loop() {
		viewtest.Render(b, c)
	}
}
