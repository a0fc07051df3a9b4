package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/views"
)

// varied is figured with what makes counts differ: archived orders, lines that
// went another way than their order, parcels that came back before delivery,
// amounts in another currency, and orders that tell neither payment nor state.
func varied(t testing.TB) *app {
	t.Helper()
	a := figured(t, 320, 45)
	now := a.clock.now()
	var reports []order.Report
	for i := range 90 {
		r := ordertest.Synthetic(11, i, 40, now)
		f := &r.Facts
		switch i % 6 {
		case 0:
			r.Status, f.SubStatus = order.Returned, "rto_delivered"
		case 1:
			f.Payment, f.Customer.Address = "", order.Address{}
		case 2:
			f.Total, f.Items, f.Subtotal, f.Discount, f.Shipping, f.Tax = order.Money{Minor: 9900, Currency: "USD"}, nil, order.Money{}, order.Money{}, order.Money{}, order.Money{}
		case 3:
			f.Items[0].Status = order.Cancelled
		case 4:
			r.Status = order.Refunded
		case 5: // on its way while somebody looks
			first := r
			first.Status, first.At = order.Confirmed, f.OrderedAt
			a.absorb(first)
			r.Status, r.At = order.Delivered, f.OrderedAt.Add(50*time.Hour)
		}
		reports = append(reports, r)
	}
	a.absorb(reports...)
	n := 0
	var ids []order.ID
	err := a.store.Orders().Each(t.Context(), order.Query{Sort: order.NewestFirst}, func(o order.Order) error {
		if n++; n%7 == 0 {
			ids = append(ids, o.ID)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		a.set(id, func(o *order.Order) error { o.Desk.Archived = true; return nil })
	}
	a.recount()
	return a
}

// behind is what the orders of a list amount to.
type behind struct {
	orders, units, priced int
	paise                 int64
}

// crawler follows numbers to their orders.
type crawler struct {
	a     *app
	b     *browser
	lists map[string]behind
}

// list reads the orders of an address of the list with the list's own language.
func (c *crawler) list(to string) behind {
	c.a.t.Helper()
	if b, ok := c.lists[to]; ok {
		return b
	}
	u, err := url.Parse(to)
	if err != nil || u.Path != "/orders" {
		c.a.t.Fatalf("%q is no address of the list: %v", to, err)
	}
	f, err := order.ParseFilter(u.Query())
	if err != nil {
		c.a.t.Fatalf("%s: %v", to, err)
	}
	q, err := f.QueryAt(c.a.srv.Location, c.a.clock.now())
	if err != nil {
		c.a.t.Fatalf("%s: %v", to, err)
	}
	var b behind
	err = c.a.store.Orders().Each(c.a.t.Context(), order.Query{Where: q.Where, Sort: order.NewestFirst}, func(o order.Order) error {
		b.orders++
		b.units += o.Facts.Units()
		if o.Facts.Total.Currency == "INR" {
			b.priced++
			b.paise += o.Facts.Total.Minor
		}
		return nil
	})
	if err != nil {
		c.a.t.Fatal(err)
	}
	c.lists[to] = b
	return b
}

// heading is what the column of a cell is called.
func heading(cell *goquery.Selection) string {
	table := cell.Closest("table")
	if table.Length() == 0 {
		return cell.Closest(".stat").Find(".stat-name").Text()
	}
	return strings.TrimSpace(table.Find("thead th").Eq(cell.Index()).Text())
}

var shownOrders = regexp.MustCompile(`^([0-9,]+)( orders?| late)?$`)

// says is what a number must read for the orders behind it; what cannot be said
// of orders, such as a rate, is told by ok.
func says(text, title, column string, b behind) (want string, ok bool) {
	switch {
	case strings.HasSuffix(text, "%"):
		return "", false
	case strings.HasPrefix(text, "₹") && strings.Contains(title+column, "Average order value"):
		if b.priced == 0 {
			return views.Money(order.INR(0)), true
		}
		return views.Money(order.INR(int64(float64(b.paise)/float64(b.priced) + .5))), true
	case strings.HasPrefix(text, "₹"):
		return views.Money(order.INR(b.paise)), true
	case strings.Contains(column, "Units"):
		return views.Number(b.units), true
	}
	m := shownOrders.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	if m[2] == " orders" || m[2] == " order" {
		return views.Count(b.orders, "order", "orders"), true
	}
	return views.Number(b.orders) + m[2], true
}

// page follows every number of a page and returns how many were compared, and
// the addresses of those that count orders.
func (c *crawler) page(path string) (compared int, counts map[string]string) {
	t := c.a.t
	t.Helper()
	counts = map[string]string{}
	doc := c.b.get(path).want(t, http.StatusOK).doc(t)
	doc.Find(`#figures a[href^="/orders"]`).Each(func(_ int, link *goquery.Selection) {
		text := strings.Join(strings.Fields(link.Text()), " ")
		if link.Closest("#newest, .notable").Length() > 0 {
			return // names of orders and days, not numbers
		}
		cell := link.Closest("td, th")
		title := link.Closest("figure, section").Find("h2").First().Text()
		column := ""
		if cell.Length() > 0 {
			column = heading(cell)
		} else {
			column = heading(link)
		}
		to := link.AttrOr("href", "")
		want, ok := says(text, title, column, c.list(to))
		if !ok {
			return
		}
		compared++
		if text != want {
			t.Errorf("%s, %s, %s: says %s, the orders behind it say %s: %s", path, title, column, text, want, to)
		}
		if shownOrders.MatchString(text) && !strings.Contains(column, "Units") {
			counts[to] = text
		}
	})
	return compared, counts
}

func crawled() map[string]int {
	return map[string]int{"/": 60, "/analytics/revenue": 80, "/analytics/platforms": 20, "/analytics/trends": 40, "/analytics/customers": 3, "/analytics/products": 10,
		"/analytics/builder?amount=orders&rows=state&columns=status": 20, "/analytics/builder?amount=net&rows=platform&columns=payment": 8,
		"/analytics/builder?amount=units&rows=month": 2, "/analytics/builder?amount=averageOrderValue&rows=status&q=total%3E0": 3}
}

// narrowings are filters of each kind that the bar has, alone and together.
func narrowings() []string {
	return []string{"", "platform=amazon&platform=organic", "channel=flipkart-in", "payment=cod", "payment=prepaid", "state=Maharashtra", "state=Karnataka&state=Kerala",
		"payment=cod&state=Maharashtra", "payment=prepaid&platform=organic&period=90d", "platform=blinkit&compare=year", "period=month&by=week", "period=today"}
}

// TestEveryNumberLeadsToItsOrders follows every number of the dashboard and of
// every page of figures, under every kind of filter, and compares it with the
// orders of the list that it leads to: their number, their pieces and their
// money.
func TestEveryNumberLeadsToItsOrders(t *testing.T) {
	t.Parallel()
	a := varied(t)
	c := &crawler{a: a, b: a.as("admin"), lists: map[string]behind{}}
	for path, least := range crawled() {
		for _, narrow := range narrowings() {
			with := path
			if narrow != "" {
				with += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + narrow
			}
			n, counts := c.page(with)
			if narrow == "" && n < least {
				t.Errorf("%s has %d numbers to follow, want %d", path, n, least)
			}
			if narrow != "" && narrow != "payment=cod&state=Maharashtra" {
				continue
			}
			// The list itself says the same.
			followed := 0
			for to, text := range counts {
				if followed++; followed > 12 {
					break
				}
				want, err := strconv.Atoi(strings.ReplaceAll(strings.Fields(text)[0], ",", ""))
				if err != nil {
					t.Fatal(err)
				}
				if got := countOn(t, c.b, to); got != want {
					t.Errorf("%s says %d and leads to %d orders by %s", with, want, got, to)
				}
			}
		}
	}
	if t.Failed() {
		return
	}
	total := 0
	for _, b := range c.lists {
		total += b.orders
	}
	t.Logf("%d lists, %d orders behind them, at %s", len(c.lists), total, c.a.clock.now().Format(time.RFC3339))
}
