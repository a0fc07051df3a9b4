package handlers

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

// figured is an app with n synthetic orders of the last days on all channels.
func figured(t testing.TB, n, days int) *app {
	t.Helper()
	a := newApp(t)
	for id, p := range ordertest.Channels() {
		if id == "amazon-in" || id == "website" {
			continue // newApp has made them
		}
		a.channel(id, p)
	}
	reports := make([]order.Report, n)
	for i := range reports {
		reports[i] = ordertest.Synthetic(3, i, days, a.clock.now())
	}
	a.absorb(reports...)
	a.recount()
	return a
}

// recount does what the job for it does every moment: answers need not do it
// when very many days have changed at once.
func (a *app) recount() {
	a.t.Helper()
	for {
		n, err := a.store.Figures().Recount(a.t.Context(), 100)
		if err != nil {
			a.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func pagesOfFigures() []string {
	return []string{"/", "/analytics/revenue", "/analytics/platforms", "/analytics/trends", "/analytics/customers", "/analytics/products"}
}

func TestPagesOfFigures(t *testing.T) {
	t.Parallel()
	a := figured(t, 400, 60)
	b := a.as("admin")
	for _, path := range pagesOfFigures() {
		for _, q := range []string{"", "?period=7d&compare=year", "?period=fy&by=month&platform=amazon", "?payment=cod&state=Maharashtra&compare=none", "?from=2020-01-01&to=2020-01-31"} {
			doc := b.get(path+q).want(t, http.StatusOK).doc(t)
			if doc.Find("#ask").Length() != 1 || doc.Find("#figures").Length() != 1 || doc.Find("h1").Length() != 1 {
				t.Errorf("%s%s lacks its form, its figures or its heading", path, q)
			}
			part := b.parts().get(path+q).want(t, http.StatusOK)
			if strings.Contains(part.body, "<html") || !strings.HasPrefix(strings.TrimSpace(part.body), `<div id="figures"`) {
				t.Errorf("%s%s: a partial request gets %q", path, q, cut(part.body, 80))
			}
			if strings.Contains(q, "year") && part.header.Get("HX-Push-Url") != path+"?compare=year&period=7d" {
				t.Errorf("%s%s pushes %q", path, q, part.header.Get("HX-Push-Url"))
			}
		}
	}
	if to := b.get("/analytics?period=7d").want(t, http.StatusSeeOther).header.Get("Location"); to != "/analytics/revenue?period=7d" {
		t.Errorf("/analytics leads to %s", to)
	}
}

func TestFiguresRefuseWhatTheyDoNotUnderstand(t *testing.T) {
	t.Parallel()
	a := figured(t, 5, 5)
	b := a.as("readonly")
	for _, path := range pagesOfFigures() {
		for q, field := range map[string]string{"period=never": "period", "from=2026-13-01": "from", "platform=ebay": "platform", "channel=nowhere": "channel", "colour=red": "Colour"} {
			got := b.get(path+"?"+q).want(t, http.StatusUnprocessableEntity)
			doc := got.doc(t)
			if doc.Find(".stat, .chart").Length() > 0 {
				t.Errorf("%s?%s shows figures all the same", path, q)
			}
			if !strings.Contains(doc.Find(".faults").Text(), strings.ToUpper(field[:1])+field[1:]) && !strings.Contains(doc.Find(".faults").Text(), field) {
				t.Errorf("%s?%s: the fault at %s is not named in %q", path, q, field, doc.Find(".faults").Text())
			}
		}
	}
	if v, _ := b.get("/?from=2026-13-01").doc(t).Find("input#from").Attr("value"); v != "2026-13-01" {
		t.Errorf("what was typed is lost: %q", v)
	}
	if id, _ := b.get("/?from=2026-13-01").doc(t).Find("input#from").Attr("aria-describedby"); id != "from-err" {
		t.Errorf("the field names no message: %q", id)
	}
}

var wholeNumber = regexp.MustCompile(`^[0-9,]+$`)

// Every number of the pages that counts orders leads to a list of as many.
func TestNumbersOnPagesLeadToTheirOrders(t *testing.T) {
	t.Parallel()
	a := figured(t, 300, 45)
	b := a.as("admin")
	for _, path := range []string{"/", "/analytics/revenue?platform=amazon,organic", "/analytics/platforms", "/analytics/trends?period=7d", "/analytics/products", "/analytics/customers"} {
		followed := 0
		seen := map[string]bool{}
		b.get(path).want(t, http.StatusOK).doc(t).Find(".chart td a, .split a, .stat-value a, .late").Each(func(_ int, link *goquery.Selection) {
			text, to := strings.TrimSpace(link.Text()), link.AttrOr("href", "")
			text = strings.Fields(text)[0] // "12 orders", "3 late"
			if !strings.HasPrefix(to, "/orders") || !wholeNumber.MatchString(text) || seen[to] || strings.Contains(link.Parent().Prev().Text(), "Units") {
				return
			}
			seen[to] = true
			if followed++; followed > 40 {
				return
			}
			want, err := strconv.Atoi(strings.ReplaceAll(text, ",", ""))
			if err != nil {
				t.Fatal(err)
			}
			if got := countOn(t, b, to); got != want {
				t.Errorf("%s says %d and leads to %d orders by %s", path, want, got, to)
			}
		})
		if followed < 5 {
			t.Errorf("%s has %d numbers to follow", path, followed)
		}
	}
}

var counted = regexp.MustCompile(`([0-9,]+) orders?`)

// countOn is what a list says it holds.
func countOn(t testing.TB, b *browser, path string) int {
	t.Helper()
	text := b.get(path).want(t, http.StatusOK).doc(t).Find("#order-count").Text()
	if strings.Contains(text, "No orders") {
		return 0
	}
	m := counted.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("%s: no number in %q", path, text)
	}
	n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestHomeDependsOnWhoAsks(t *testing.T) {
	t.Parallel()
	a := figured(t, 20, 5)
	a.user("desk", account.Support, func(u *account.User) { u.Denied = []account.Permission{account.AnalyticsRead} })
	if to := a.as("desk").get("/").want(t, http.StatusSeeOther).header.Get("Location"); to != "/orders" {
		t.Errorf("without analytics.read the first page is %s", to)
	}
	a.user("figures", account.ReadOnly, func(u *account.User) { u.Denied = []account.Permission{account.OrdersRead, account.ChannelsRead} })
	doc := a.as("figures").get("/").want(t, http.StatusOK).doc(t)
	if n := doc.Find(`#figures a[href^="/orders"], #newest, #figures a[href^="/channels"]`).Length(); n != 0 {
		t.Errorf("without orders.read and channels.read the page leads %d times to where they may not go", n)
	}
	a.as("figures").get("/analytics/revenue").want(t, http.StatusOK).lacksText(t, `href="/orders`)
}

func TestDashboardHidesCustomers(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.orders(3)
	for _, path := range []string{"/", "/dashboard/now", "/analytics/customers"} {
		a.as("readonly").get(path).want(t, http.StatusOK).lacksText(t, "Raghunathan", "asha.secret", "411001", "customer=")
	}
	a.as("support").get("/").wantText(t, "Raghunathan")
	a.as("support").get("/analytics/customers").wantText(t, "Raghunathan", "411001", "customer=")
}

func TestDashboardOfAnEmptyDesk(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.as("admin").get("/").want(t, http.StatusOK).wantText(t, "No orders yet", `href="/channels"`).lacksText(t, "stat-value")
	a.as("admin").get("/analytics/revenue").want(t, http.StatusOK).wantText(t, "No orders in these days")
}

// What waits is asked for again by the open page, and is of this moment.
func TestDashboardNow(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	late := reported(1, order.Confirmed, a.clock.now())
	late.Facts.ShipBy = a.clock.now().Add(-1e9)
	a.absorb(late, reported(2, order.Confirmed, a.clock.now()), reported(3, order.Delivered, a.clock.now()))
	b := a.as("admin")
	got := b.parts().get("/dashboard/now").want(t, http.StatusOK)
	if strings.Contains(got.body, "<html") {
		t.Error("the answer is a whole page")
	}
	doc := got.doc(t)
	card := doc.Find(".stat").Last()
	if card.Find(".stat-value").Text() != "2" || !strings.Contains(card.Find(".late").Text(), "1 late") {
		t.Errorf("two wait, one of them late; the card says %q", card.Text())
	}
	if n := doc.Find("#newest tbody tr").Length(); n != 3 {
		t.Errorf("%d of three newest orders", n)
	}
	b.get("/dashboard/now?"+url.Values{"period": {"never"}}.Encode()).want(t, http.StatusUnprocessableEntity)
}

func TestDashboardTellsWhatChannelsAreStale(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.orders(1)
	err := a.store.Channels().Create(t.Context(), channel.Channel{ID: "shop", Platform: order.Organic, Adapter: "woocommerce", Name: "Shop", Enabled: true, Interval: 60e9, CreatedAt: a.clock.now()})
	if err != nil {
		t.Fatal(err)
	}
	err = a.store.Channels().SaveProgress(t.Context(), channel.Progress{Channel: "shop", LastSuccess: a.clock.now()})
	if err != nil {
		t.Fatal(err)
	}
	b := a.as("admin")
	if text := b.get("/").doc(t).Find(".sources").Text(); !strings.Contains(text, "read just now") {
		t.Errorf("a channel that was just read: %q", text)
	}
	a.clock.add(600e9)
	if text := b.get("/").doc(t).Find(".sources").Text(); !strings.Contains(text, "late, read 10 min ago") {
		t.Errorf("a channel that was not read for ten minutes: %q", text)
	}
}

// A file holds what the page shows, and every file is in the audit.
func TestFiguresAsFiles(t *testing.T) {
	t.Parallel()
	a := figured(t, 120, 20)
	odd := reported(9001, order.Confirmed, a.clock.now())
	odd.Facts.Items[0].SKU, odd.Facts.Items[0].Title = "=HYPERLINK(1)", "@Ring"
	a.absorb(odd)
	b := a.as("admin")
	for _, path := range pagesOfFigures() {
		b.get(path + "?period=7d").doc(t).Find(".ask-said a[download]").Each(func(_ int, link *goquery.Selection) {
			to := link.AttrOr("href", "")
			got := b.get(to).want(t, http.StatusOK)
			if kind := got.header.Get("Content-Type"); !strings.HasPrefix(kind, "text/csv") || !strings.Contains(to, "period=7d") {
				t.Errorf("%s answers %s", to, kind)
			}
			rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
			if err != nil || len(rows) < 1 || len(rows[0]) < 4 {
				t.Errorf("%s: %d rows, %v", to, len(rows), err)
			}
			if strings.Contains(got.body, ",=HYPERLINK") || strings.Contains(got.body, ",@Ring") {
				t.Errorf("%s holds a formula", to)
			}
		})
	}
	file := b.get("/analytics/export/revenue.csv?period=7d&compare=none").body
	rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	orders := 0
	for _, row := range rows[1:] {
		n, err := strconv.Atoi(row[2])
		if err != nil {
			t.Fatal(err)
		}
		orders += n
	}
	if card := b.get("/?period=7d").doc(t).Find(`.stat-value a`).Eq(1).Text(); card != strconv.Itoa(orders) {
		t.Errorf("the page says %s orders, the file %d", card, orders)
	}
	b.get("/analytics/export/secrets.csv").want(t, http.StatusNotFound)
	b.get("/analytics/export/revenue.exe").want(t, http.StatusNotFound)
	b.get("/analytics/export/revenue.csv?period=never").want(t, http.StatusUnprocessableEntity)
	log, err := a.store.Audit().List(t.Context(), store.AuditQuery{Action: "export.figures"})
	if err != nil || len(log) < 14 || log[0].Object != "figures:revenue" || log[0].By != "u-admin" {
		t.Errorf("%d entries in the audit, %v", len(log), err)
	}
	a.absorb(reported(1, order.Confirmed, a.clock.now()))
	for _, who := range []string{"readonly", "support"} {
		a.as(who).get("/analytics/export/customers.csv").want(t, http.StatusOK).lacksText(t, "Raghunathan", "411001")
		a.as(who).get("/analytics/export/places.csv").want(t, http.StatusOK).lacksText(t, "411001")
	}
}

func TestBuilder(t *testing.T) {
	t.Parallel()
	a := figured(t, 150, 25)
	b := a.as("admin")
	doc := b.get("/analytics/builder?amount=orders&rows=status&period=7d").want(t, http.StatusOK).doc(t)
	followed := 0
	doc.Find(".bars td a").Each(func(_ int, link *goquery.Selection) {
		followed++
		want, err := strconv.Atoi(strings.ReplaceAll(strings.TrimSpace(link.Text()), ",", ""))
		if err != nil {
			t.Fatal(err)
		}
		if got := countOn(t, b, link.AttrOr("href", "")); got != want {
			t.Errorf("%d lead to %d by %s", want, got, link.AttrOr("href", ""))
		}
	})
	if followed < 4 {
		t.Errorf("%d numbers to follow", followed)
	}
	// With a query the orders themselves are counted, to the same end.
	all := b.get("/analytics/builder?amount=orders&rows=platform&columns=payment&period=7d").want(t, http.StatusOK).doc(t).Find(".pivot tbody").Text()
	queried := b.get("/analytics/builder?amount=orders&rows=platform&columns=payment&period=7d&q=total%3E0").want(t, http.StatusOK).doc(t).Find(".pivot tbody").Text()
	if all != queried || !strings.Contains(all, "Website") {
		t.Errorf("the figures say\n%s\nthe orders\n%s", all, queried)
	}
	b.get("/analytics/builder?rows=colour").want(t, http.StatusUnprocessableEntity).wantText(t, "colour")
	b.get("/analytics/builder?q=total%3E%3E5").want(t, http.StatusUnprocessableEntity)
	a.as("readonly").get("/analytics/builder?q=city%3Apune").want(t, http.StatusUnprocessableEntity)

	// Reports are kept by whoever made them.
	form := url.Values{"name": {"By status"}, "query": {"amount=orders&rows=status"}}
	if to := b.post("/analytics/reports", form).want(t, http.StatusSeeOther).header.Get("Location"); to != "/analytics/builder?amount=orders&rows=status" {
		t.Errorf("saving leads to %s", to)
	}
	b.post("/analytics/reports", url.Values{"name": {" "}, "query": {""}}).want(t, http.StatusUnprocessableEntity)
	action := b.get("/analytics/builder").wantText(t, "By status").doc(t).Find(`form[action$="/delete"]`).AttrOr("action", "")
	a.as("support").get("/analytics/builder").lacksText(t, "By status")
	a.as("support").post(action, nil).want(t, http.StatusNotFound)
	b.post(action, nil).want(t, http.StatusSeeOther)
	b.get("/analytics/builder").lacksText(t, "By status")

	rows, err := csv.NewReader(strings.NewReader(b.get("/analytics/builder.csv?rows=state&columns=payment&period=fy").want(t, http.StatusOK).body)).ReadAll()
	if err != nil || len(rows) < 10 || rows[0][0] != "state" || rows[0][1] != "payment" {
		t.Errorf("the file has %d rows, %v", len(rows), err)
	}
}
