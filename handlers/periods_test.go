package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
)

// clockAt sets an app's clock to a time of the shop's zone.
func (a *app) clockAt(text string) {
	a.t.Helper()
	a.clock.add(a.shopTime(text).Sub(a.clock.now()))
}

func (a *app) shopTime(text string) time.Time {
	a.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", text, a.srv.Location)
	if err != nil {
		a.t.Fatal(err)
	}
	return at.UTC()
}

// edge is a moment, what is asked then, and what must come of it. Orders are
// those of each time in the shop's zone.
type edge struct {
	name, now, query string
	orders           []string
	days, before     [2]string // first and last; no before: nothing is compared
	now1, before1    int       // orders in each
}

func edges() []edge {
	return []edge{
		{"the day ends at midnight in India, 18:30 UTC", "2026-11-22 10:00:00", "period=today", []string{"2026-11-21 23:59:59", "2026-11-22 00:00:00", "2026-11-22 09:59:00"},
			[2]string{"2026-11-22", "2026-11-22"}, [2]string{"2026-11-21", "2026-11-21"}, 2, 1},
		{"today while it is yesterday in UTC", "2026-11-22 00:10:00", "period=today", []string{"2026-11-21 23:59:59", "2026-11-22 00:05:00"},
			[2]string{"2026-11-22", "2026-11-22"}, [2]string{"2026-11-21", "2026-11-21"}, 1, 1},
		{"yesterday", "2026-11-22 00:10:00", "period=yesterday", []string{"2026-11-20 23:59:59", "2026-11-21 00:00:00", "2026-11-22 00:05:00"},
			[2]string{"2026-11-21", "2026-11-21"}, [2]string{"2026-11-20", "2026-11-20"}, 1, 1},
		{"a range of one day", "2026-11-22 10:00:00", "from=2026-11-21&to=2026-11-21", []string{"2026-11-20 23:59:59", "2026-11-21 00:00:00", "2026-11-21 23:59:59", "2026-11-22 00:00:00"},
			[2]string{"2026-11-21", "2026-11-21"}, [2]string{"2026-11-20", "2026-11-20"}, 2, 1},
		{"a leap day a year before", "2028-03-01 10:00:00", "from=2028-02-29&to=2028-02-29&compare=year", []string{"2028-02-28 12:00:00", "2028-02-29 12:00:00", "2027-02-28 12:00:00", "2027-03-01 12:00:00"},
			[2]string{"2028-02-29", "2028-02-29"}, [2]string{"2027-02-28", "2027-02-28"}, 1, 1},
		{"a leap February that is over", "2028-02-29 23:00:00", "period=month", []string{"2028-01-31 23:59:59", "2028-02-01 00:00:00", "2028-02-29 22:00:00"},
			[2]string{"2028-02-01", "2028-02-29"}, [2]string{"2028-01-01", "2028-01-31"}, 2, 1},
		{"a leap February a year before", "2028-03-05 10:00:00", "period=last-month&compare=year", []string{"2028-02-29 12:00:00", "2027-02-28 12:00:00", "2027-03-01 12:00:00"},
			[2]string{"2028-02-01", "2028-02-29"}, [2]string{"2027-02-01", "2027-02-28"}, 1, 1},
		{"the last day of a financial year", "2026-03-31 23:30:00", "period=fy", []string{"2025-03-31 23:59:59", "2025-04-01 00:00:00", "2026-03-31 23:00:00"},
			[2]string{"2025-04-01", "2026-03-31"}, [2]string{"2024-04-01", "2025-03-31"}, 2, 1},
		{"the first of the next, still March in UTC", "2026-04-01 00:10:00", "period=fy", []string{"2026-03-31 23:59:59", "2026-04-01 00:00:00", "2025-04-01 12:00:00", "2025-04-02 12:00:00"},
			[2]string{"2026-04-01", "2026-04-01"}, [2]string{"2025-04-01", "2025-04-01"}, 1, 1},
		{"a financial year with a leap day, a year before", "2028-04-02 10:00:00", "period=last-fy&compare=year", []string{"2028-03-31 23:59:59", "2027-03-31 12:00:00", "2027-04-01 00:00:00"},
			[2]string{"2027-04-01", "2028-03-31"}, [2]string{"2026-04-01", "2027-03-31"}, 2, 1},
		{"a quarter on its first day", "2026-07-01 09:00:00", "period=quarter", []string{"2026-06-30 23:59:59", "2026-07-01 00:00:00", "2026-04-01 00:00:00", "2026-04-02 00:00:00"},
			[2]string{"2026-07-01", "2026-07-01"}, [2]string{"2026-04-01", "2026-04-01"}, 1, 1},
		{"the quarter before it", "2026-07-01 09:00:00", "period=last-quarter", []string{"2026-06-30 23:59:59", "2026-07-01 00:00:00", "2026-04-01 00:00:00", "2026-03-31 23:59:59"},
			[2]string{"2026-04-01", "2026-06-30"}, [2]string{"2026-01-01", "2026-03-31"}, 2, 1},
		{"last year's quarter", "2026-07-01 09:00:00", "period=last-quarter&compare=year", []string{"2026-06-30 23:59:59", "2025-04-01 00:00:00", "2025-07-01 00:00:00"},
			[2]string{"2026-04-01", "2026-06-30"}, [2]string{"2025-04-01", "2025-06-30"}, 1, 1},
		{"an empty range", "2026-11-22 10:00:00", "from=2001-01-01&to=2001-01-31", []string{"2026-11-22 09:00:00"},
			[2]string{"2001-01-01", "2001-01-31"}, [2]string{"2000-12-01", "2000-12-31"}, 0, 0},
		{"an empty range behind a full one", "2026-11-22 10:00:00", "from=2026-11-10&to=2026-11-12", []string{"2026-11-09 12:00:00"},
			[2]string{"2026-11-10", "2026-11-12"}, [2]string{"2026-11-07", "2026-11-09"}, 0, 1},
		{"a range to come", "2026-11-22 10:00:00", "from=2027-01-01&to=2027-01-31&compare=none", []string{"2026-11-22 09:00:00"},
			[2]string{"2027-01-01", "2027-01-31"}, [2]string{}, 0, 0},
		{"a range that goes on beyond today", "2026-11-22 10:00:00", "from=2026-11-20&to=2026-12-31", []string{"2026-11-19 23:59:59", "2026-11-20 00:00:00", "2026-11-22 09:00:00"},
			[2]string{"2026-11-20", "2026-12-31"}, [2]string{"2026-10-09", "2026-11-19"}, 2, 1},
	}
}

// TestPeriodEdges asks page and API at the edges of days, months, quarters and
// financial years, and for ranges that are empty, to come, or one day long.
func TestPeriodEdges(t *testing.T) {
	t.Parallel()
	for _, e := range edges() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			a.clockAt(e.now)
			var reports []order.Report
			for i, at := range e.orders {
				reports = append(reports, reported(i+1, order.Confirmed, a.shopTime(at)))
			}
			a.absorb(reports...)
			a.recount()
			e.askAPI(t, a.api("admin"))
			e.askPages(t, a.as("admin"))
		})
	}
}

func (e edge) askAPI(t *testing.T, p *program) {
	for _, name := range []string{"dashboard", "revenue", "platforms", "trends", "customers", "products"} {
		var o report.Overview
		p.get("/api/analytics/"+name+"?"+e.query).want(t, http.StatusOK).read(t, &o)
		if got := [2]string{o.Span.From.String(), o.Span.To.String()}; got != e.days {
			t.Errorf("%s: the days are %v, want %v", name, got, e.days)
		}
		if o.Totals.Orders != e.now1 {
			t.Errorf("%s: %d orders, want %d", name, o.Totals.Orders, e.now1)
		}
		if e.before == [2]string{} {
			if o.Span.Previous != nil || o.Previous != nil {
				t.Errorf("%s: compared with %v", name, o.Span.Previous)
			}
			continue
		}
		if o.Span.Previous == nil || o.Previous == nil {
			t.Fatalf("%s: compared with nothing", name)
		}
		if got := [2]string{o.Span.Previous.From.String(), o.Span.Previous.To.String()}; got != e.before {
			t.Errorf("%s: compared with %v, want %v", name, got, e.before)
		}
		if o.Previous.Orders != e.before1 {
			t.Errorf("%s: %d orders before, want %d", name, o.Previous.Orders, e.before1)
		}
	}
	var r report.Revenue
	p.get("/api/analytics/revenue?"+e.query).read(t, &r)
	orders, before := 0, 0
	for i, m := range r.Timeline {
		orders += m.Orders
		if m.Before != nil {
			before += m.Before.Orders
		}
		if i > 0 && m.From != r.Timeline[i-1].To+1 {
			t.Errorf("a gap before %s", m.From)
		}
	}
	if orders != e.now1 || before != e.before1 {
		t.Errorf("the steps add up to %d orders and %d before, want %d and %d", orders, before, e.now1, e.before1)
	}
}

func (e edge) askPages(t *testing.T, b *browser) {
	words := func(days [2]string) string {
		from, err1 := report.ParseDay(days[0])
		to, err2 := report.ParseDay(days[1])
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		return report.Range{From: from, To: to}.Words()
	}
	want := words(e.days)
	if e.before != [2]string{} {
		want += ", compared with " + words(e.before)
	}
	for _, path := range append(pagesOfFigures(), builderPath) {
		got := b.get(path+"?"+e.query).want(t, http.StatusOK)
		got.lacksText(t, "NaN", "Inf", "%!")
		doc := got.doc(t)
		if path == builderPath {
			if text := doc.Find("#built .finding").Text(); e.now1 > 0 && !strings.Contains(text, strconv.Itoa(e.now1)+" order") {
				t.Errorf("%s says %q", path, text)
			}
			continue
		}
		if text := doc.Find(".ask-said .lede").Text(); !strings.HasPrefix(strings.TrimSpace(text), want) {
			t.Errorf("%s says %q, want %q", path, text, want)
		}
		if none := strings.Contains(got.body, "No orders in these days"); path != "/" && none != (e.now1 == 0) {
			t.Errorf("%s says that there are no orders: %v", path, none)
		}
	}
	doc := b.get("/?" + e.query).doc(t)
	card := doc.Find(".stat").Eq(1).Find(".stat-value a")
	if card.Text() != strconv.Itoa(e.now1) {
		t.Errorf("the dashboard says %s orders, want %d", card.Text(), e.now1)
	}
	if n := countOn(t, b, card.AttrOr("href", "")); n != e.now1 {
		t.Errorf("the dashboard's orders lead to %d, want %d", n, e.now1)
	}
}
