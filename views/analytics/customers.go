package analytics

import (
	"strconv"

	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/chart"
)

// CustomersView is /analytics/customers.
type CustomersView struct {
	FrameView
	Answer report.Loyal
	Masked bool
}

func (v CustomersView) cards() []cardView {
	a := v.Answer
	cards := []cardView{
		{name: "Customers", value: views.Number(a.Customers), note: "who can be told apart"},
		{name: "Ordered again", value: pct(a.RepeatRate), note: views.Count(a.Repeat, "customer", "customers") + " in this period"},
		{name: "Orders without a customer", value: views.Number(a.Unknown), note: "the platform tells no phone, e-mail or id"},
	}
	if a.Ever != nil {
		cards = append(cards, cardView{name: "Customers ever", value: views.Number(*a.Ever), note: "over all days"})
	}
	return cards
}

// newChart is who came for the first time, and who came again.
func (v CustomersView) newChart() chart.TimeView {
	g := v.Filter.Step()
	c := chart.TimeView{ID: "new-chart", Title: "New and returning customers", Unit: chart.Count, Column: column(g)}
	fresh, back := chart.Series{Name: "Returning", Class: "c-accent"}, chart.Series{Name: "New", Class: "t-success"}
	var news, all int
	for _, s := range v.Answer.New {
		c.Points = append(c.Points, point(s.Range, g))
		fresh.Values = append(fresh.Values, int64(s.Returning))
		back.Values = append(back.Values, int64(s.New))
		news += s.New
		all += s.New + s.Returning
	}
	c.Series = []chart.Series{fresh, back}
	if all > 0 {
		c.Finding = pct(float64(news)/float64(all)*100) + " of those who ordered on a day did so for the first time ever. A customer counts once a day."
	}
	return c
}

func (v CustomersView) oftenChart() chart.BarsView {
	c := chart.BarsView{ID: "often-chart", Title: "How often people order", Unit: chart.Count, Column: "Orders", Measure: "Customers", Columns: []string{"Share"}, Note: "Over all days."}
	ever := 0
	if v.Answer.Ever != nil {
		ever = *v.Answer.Ever
	}
	again := 0
	for i, n := range v.Answer.Often {
		name := strconv.Itoa(i + 1)
		if i == len(v.Answer.Often)-1 {
			name += " or more"
		}
		if i > 0 {
			again += n
		}
		c.Rows = append(c.Rows, chart.BarRow{Name: name, Value: int64(n), Cells: []chart.Cell{{Text: share(n, ever)}}})
	}
	for len(c.Rows) > 1 && c.Rows[len(c.Rows)-1].Value == 0 {
		c.Rows = c.Rows[:len(c.Rows)-1]
	}
	if ever > 0 {
		c.Finding = share(again, ever) + " of all customers came back at least once."
	}
	return c
}

func share(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	return pct(float64(part) / float64(whole) * 100)
}

func (v CustomersView) topChart() chart.BarsView {
	c := chart.BarsView{ID: "top-chart", Title: "Best customers", Unit: chart.Rupees, Column: "Customer", Measure: "Net revenue", Columns: []string{"Orders", "Returned", "Units", "Last order"}}
	var sum int64
	for _, r := range v.Answer.Top {
		sum += r.Net.Minor
		row := chart.BarRow{Name: r.Name, Sub: r.State, Value: r.Net.Minor,
			Cells: []chart.Cell{{Text: views.Number(r.Orders)}, {Text: views.Number(r.Returned)}, {Text: views.Number(r.Units)}, {Text: r.Last.Format("2 Jan 2006")}}}
		if row.Name == "" {
			row.Name = "No name"
		}
		if r.Key != "" {
			row.NameLink = "/customers/" + r.Key
			row.Link = v.to(report.Part{Customer: r.Key, Statuses: report.Earning()})
			row.Cells[0].Link = v.to(report.Part{Customer: r.Key})
			row.Cells[1].Link = v.to(report.Part{Customer: r.Key, Statuses: report.SentBack()})
		}
		c.Rows = append(c.Rows, row)
	}
	if net := v.Answer.Totals.Net.Minor; net > 0 && len(v.Answer.Top) > 1 {
		c.Finding = "The first " + strconv.Itoa(len(v.Answer.Top)) + " bring " + pct(float64(sum)/float64(net)*100) + " of the net revenue."
	}
	return c
}

func (v CustomersView) stateChart() chart.BarsView {
	c := placeChart("place-chart", "Where customers live", "State")
	for i, p := range v.Answer.States {
		if i == mostStates {
			c.Note = strconv.Itoa(len(v.Answer.States)-i) + " more states are in the file."
			break
		}
		name := p.State
		if name == "" {
			name = "Not known"
		}
		c.Rows = append(c.Rows, chart.BarRow{Name: name, Value: int64(p.Customers), Cells: []chart.Cell{{Text: views.Number(p.Orders)}, {Text: views.Money(p.Net)}}})
	}
	if len(v.Answer.States) > 0 && v.Answer.Customers > 0 {
		first := v.Answer.States[0]
		c.Finding = c.Rows[0].Name + " is home to " + share(first.Customers, v.Answer.Customers) + " of them, by their last order."
	}
	return c
}

func (v CustomersView) pincodeChart() chart.BarsView {
	c := placeChart("pincode-chart", "Pincodes", "Pincode")
	for _, p := range v.Answer.Pincodes {
		c.Rows = append(c.Rows, chart.BarRow{Name: p.Pincode, Sub: p.State, Value: int64(p.Customers), Cells: []chart.Cell{{Text: views.Number(p.Orders)}, {Text: views.Money(p.Net)}}})
	}
	return c
}

func placeChart(id, title, column string) chart.BarsView {
	return chart.BarsView{ID: id, Title: title, Unit: chart.Count, Column: column, Measure: "Customers", Columns: []string{"Orders", "Net revenue"}}
}

// cohorts is how many of a month's newcomers ordered again, in percent of
// them.
func (v CustomersView) cohorts() chart.HeatView {
	c := chart.HeatView{ID: "cohort-chart", Title: "Who comes back, by month of the first order", Unit: chart.Basis, Corner: "First order and months later", Plain: true,
		Steps: []int64{1, 200, 500, 1000, 2000}}
	wide := 0
	for _, r := range v.Answer.Cohorts {
		wide = max(wide, len(r.Months))
	}
	for k := 1; k < wide; k++ {
		c.Columns = append(c.Columns, "+"+strconv.Itoa(k))
	}
	var first, back int
	for _, r := range v.Answer.Cohorts {
		c.Rows = append(c.Rows, r.First.Format("Jan 2006")+" · "+views.Number(r.Customers))
		row := make([]int64, max(wide-1, 0))
		for k := range row {
			row[k] = -1
			if k+1 < len(r.Months) && r.Customers > 0 {
				row[k] = int64(r.Months[k+1]) * 10000 / int64(r.Customers)
			}
		}
		if len(r.Months) > 1 {
			first += r.Customers
			back += r.Months[1]
		}
		c.Values = append(c.Values, row)
	}
	if first > 0 {
		c.Finding = share(back, first) + " of newcomers ordered again in the month after their first. Over all days."
	} else {
		c.Finding = "Months of newcomers, and how many of them ordered again."
	}
	return c
}
