package handlers

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
)

// plain is a recount of what the answers say, made with nothing but a loop over
// the orders and their own fields.
type plain struct {
	Orders, Units         int
	Gross, Net            int64
	Status                map[order.Status]int
	Platform              map[order.Platform]int
	Payment               map[order.PaymentMethod]int
	State                 map[string]int
	Hours                 [7][24]int
	SKU                   map[string]int // pieces
	Delivered             int            // orders that were seen to be delivered
	Customers, Repeat     int
	BestNet               int64
	ToDispatch, Late, All int
}

// asked reports whether a filter's values select an order, days aside.
func asked(q url.Values, o order.Order) bool {
	in := func(name, value string) bool {
		return len(q[name]) == 0 || slices.Contains(q[name], value)
	}
	return !o.Desk.Archived && in("platform", string(o.Platform)) && in("channel", o.Ref.Channel) && in("payment", string(o.Facts.Payment)) &&
		in("state", order.NormaliseState(o.ShipTo().Address.State))
}

// recounted counts every order that q selects between two days.
func (a *app) recounted(q url.Values, days report.Range) plain {
	a.t.Helper()
	p := plain{Status: map[order.Status]int{}, Platform: map[order.Platform]int{}, Payment: map[order.PaymentMethod]int{}, State: map[string]int{}, SKU: map[string]int{}}
	type buyer struct {
		orders int
		net    int64
	}
	buyers := map[string]*buyer{}
	err := a.store.Orders().Each(a.t.Context(), order.Query{Sort: order.NewestFirst}, func(o order.Order) error {
		if !asked(q, o) {
			return nil
		}
		if o.Status == order.Pending || o.Status == order.Confirmed || o.Status == order.Processing {
			p.ToDispatch++
			if by := o.Facts.ShipBy; !by.IsZero() && by.Before(a.clock.now()) {
				p.Late++
			}
		}
		at := o.Facts.OrderedAt.In(a.srv.Location)
		if day := at.Format("2006-01-02"); day < days.From.String() || day > days.To.String() {
			return nil
		}
		net := int64(0)
		p.Orders++
		for _, it := range o.Facts.Items {
			p.Units += it.Quantity
			p.SKU[strings.ToLower(it.SKU)] += it.Quantity
		}
		if o.Facts.Total.Currency == "INR" {
			p.Gross += o.Facts.Total.Minor
			if o.Status != order.Cancelled && o.Status != order.Returned && o.Status != order.Refunded {
				net = o.Facts.Total.Minor
			}
		}
		p.Net += net
		p.Status[o.Status]++
		p.Platform[o.Platform]++
		p.Payment[o.Facts.Payment]++
		p.State[order.NormaliseState(o.ShipTo().Address.State)]++
		p.Hours[(int(at.Weekday())+6)%7][at.Hour()]++
		if slices.ContainsFunc(o.History, func(e order.Event) bool {
			return e.Kind == order.EventStatus && e.From != e.Status && e.Status == order.Delivered
		}) {
			p.Delivered++
		}
		if key := o.CustomerKey(); key != "" {
			if buyers[key] == nil {
				buyers[key] = &buyer{}
			}
			buyers[key].orders, buyers[key].net = buyers[key].orders+1, buyers[key].net+net
		}
		return nil
	})
	if err != nil {
		a.t.Fatal(err)
	}
	for _, b := range buyers {
		p.Customers++
		if b.orders > 1 {
			p.Repeat++
		}
		p.BestNet = max(p.BestNet, b.net)
	}
	return p
}

// answered is the same, as the six answers of the API say it.
func (p *program) answered(query string) plain {
	t := p.a.t
	t.Helper()
	get := func(name string, v any) { p.get("/api/analytics/"+name+"?"+query).want(t, http.StatusOK).read(t, v) }
	var (
		d report.Dashboard
		r report.Revenue
		l report.Platforms
		h report.Trends
		c report.Loyal
		s report.Products
	)
	get("dashboard", &d)
	get("revenue", &r)
	get("platforms", &l)
	get("trends", &h)
	get("customers", &c)
	get("products", &s)
	for name, o := range map[string]report.Overview{"revenue": r.Overview, "platforms": l.Overview, "trends": h.Overview, "customers": c.Overview, "products": s.Overview} {
		if diff := cmp.Diff(d.Totals, o.Totals); diff != "" {
			t.Errorf("%s?%s has other totals than the dashboard: %s", name, query, diff)
		}
	}
	out := plain{Orders: d.Totals.Orders, Units: d.Totals.Units, Gross: d.Totals.Gross.Minor, Net: d.Totals.Net.Minor, ToDispatch: d.Now.ToDispatch, Late: d.Now.Late,
		Status: map[order.Status]int{}, Platform: map[order.Platform]int{}, Payment: map[order.PaymentMethod]int{}, State: map[string]int{}, SKU: map[string]int{},
		Customers: c.Customers, Repeat: c.Repeat}
	if h.Hours == nil || c.Unfiltered || s.Unfiltered || l.Unfiltered {
		t.Errorf("?%s leaves out hours %v, customers %v, products %v, times %v", query, h.Hours == nil, c.Unfiltered, s.Unfiltered, l.Unfiltered)
		return out
	}
	out.Hours = h.Hours.Orders
	for _, x := range d.Statuses {
		out.Status[x.Status] = x.Orders
	}
	for _, x := range l.Platforms {
		if x.Orders > 0 {
			out.Platform[x.Platform] = x.Orders
		}
		for _, step := range x.Times {
			if step.Step == report.ToDelivered.Name() {
				out.Delivered += step.Orders
			}
		}
	}
	for _, x := range r.Payments {
		out.Payment[x.Method] = x.Orders
	}
	for _, x := range r.States {
		out.State[x.Name] = x.Orders
	}
	for _, x := range s.Products {
		out.SKU[strings.ToLower(x.SKU)] = x.Units
	}
	if len(c.Top) > 0 {
		out.BestNet = c.Top[0].Net.Minor
	}
	return out
}

// TestEveryFigureObeysEveryFilter asks all six answers with every kind of
// filter and compares them with a recount of the orders that the filter
// selects: totals, statuses, platforms, payments, states, hours, products,
// times, customers, and what waits.
func TestEveryFigureObeysEveryFilter(t *testing.T) {
	t.Parallel()
	a := varied(t)
	p := a.api("admin")
	all := a.recounted(url.Values{}, report.Ever())
	for _, query := range narrowings() {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		f, err := report.ParseFilter(q, a.srv.insight().Today())
		if err != nil {
			t.Fatal(err)
		}
		want := a.recounted(q, f.Range)
		got := p.answered(query)
		if len(got.SKU) == report.MostProducts { // the answer ranks no more
			maps.DeleteFunc(want.SKU, func(sku string, _ int) bool { return got.SKU[sku] == 0 })
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("?%s (-recount +answers):\n%s", query, diff)
		}
		if len(f.Payment)+len(f.States) > 0 && query != "period=today" && want.Delivered == 0 && !strings.Contains(query, "&") {
			t.Errorf("?%s selects no delivery, which tests no times", query)
		}
		if f.Narrow() && (want.Orders == 0 || want.Orders == all.Orders) {
			t.Errorf("?%s selects %d of %d orders, which tests nothing", query, want.Orders, all.Orders)
		}
	}
}

// TestPagesShowWhatAnswersSay compares the numbers that lead nowhere: hours,
// pieces and customers on the pages under a filter that they are not kept by.
func TestPagesShowWhatAnswersSay(t *testing.T) {
	t.Parallel()
	a := varied(t)
	p, b := a.api("admin"), a.as("admin")
	number := func(s string) int {
		t.Helper()
		n, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(s), ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, query := range []string{"", "payment=cod", "state=Maharashtra&payment=prepaid", "channel=website"} {
		want := p.answered(query)
		heat := b.get("/analytics/trends?" + query).doc(t).Find("#hours-chart tbody tr")
		for d := range 7 {
			for h := range 24 {
				if n := number(heat.Eq(d).Find("td").Eq(h).Text()); n != want.Hours[d][h] {
					t.Errorf("?%s: weekday %d, %d o'clock: the page says %d, the answer %d", query, d, h, n, want.Hours[d][h])
				}
			}
		}
		units := map[string]int{}
		rows := b.get("/analytics/products?" + query).doc(t).Find("#product-chart tbody tr")
		for i := range rows.Length() {
			units[strings.ToLower(strings.TrimSpace(rows.Eq(i).Find("th .under").Text()))] = number(rows.Eq(i).Find("td").Eq(3).Text())
		}
		if diff := cmp.Diff(want.SKU, units); diff != "" {
			t.Errorf("?%s: pieces by SKU (-answer +page):\n%s", query, diff)
		}
		page := b.get("/analytics/customers?" + query)
		if n := number(page.doc(t).Find(".stat-value").First().Text()); n != want.Customers {
			t.Errorf("?%s: the page says %d customers, the answer %d", query, n, want.Customers)
		}
		if narrow := query != ""; narrow == strings.Contains(page.body, "Customers ever") || narrow != (page.doc(t).Find("#cohort-chart, #often-chart, #new-chart").Length() == 0) {
			t.Errorf("?%s: what is known of all orders only is shown: %v", query, narrow)
		}
	}
	b.get("/analytics/export/cohorts.csv?payment=cod").want(t, http.StatusUnprocessableEntity)
	b.get("/analytics/export/hours.csv?payment=cod").want(t, http.StatusOK)
	b.get("/analytics/customers?payment=cod").lacksText(t, "cohorts.csv")
	// What waits, and the newest orders, are those of the filter.
	doc := b.get("/?payment=cod&platform=organic").doc(t)
	want := a.recounted(url.Values{"payment": {"cod"}, "platform": {"organic"}}, report.Ever())
	if n := number(doc.Find(".stat").Last().Find(".stat-value").Text()); n != want.ToDispatch {
		t.Errorf("%d are said to wait, want %d", n, want.ToDispatch)
	}
	if others := doc.Find("#newest tbody tr").Length() - doc.Find("#newest tbody .p-organic").Length(); others != 0 {
		t.Errorf("%d of the newest orders are of other platforms", others)
	}
}
