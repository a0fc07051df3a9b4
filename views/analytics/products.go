package analytics

import (
	"strconv"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/chart"
)

// ProductsView is /analytics/products.
type ProductsView struct {
	FrameView
	Answer report.Products
}

func soldColumns() []string {
	return []string{"Change", "Units", "Cancelled", "Returned", "Return rate"}
}

func soldCells(s report.Sold, before *order.Money) []chart.Cell {
	moved := chart.Cell{Text: "–"}
	if before != nil {
		d := change(s.Net.Minor, before.Minor, 1)
		moved = chart.Cell{Text: d.text, Class: "delta t-" + d.tone}
	}
	return []chart.Cell{moved, {Text: views.Number(s.Units)}, {Text: views.Number(s.Cancelled)}, {Text: views.Number(s.Returned)}, {Text: pct(s.ReturnRate)}}
}

func (v ProductsView) productChart() chart.BarsView {
	c := chart.BarsView{ID: "product-chart", Title: "Best sellers", Unit: chart.Rupees, Column: "Product", Measure: "Net revenue", Columns: append(soldColumns(), "Orders")}
	for _, p := range v.Answer.Products {
		row := chart.BarRow{Name: p.Title, Sub: p.SKU, Value: p.Net.Minor}
		link := ""
		if p.SKU != "" {
			link = v.to(report.Part{SKU: p.SKU})
		}
		if row.Name == "" {
			row.Name, row.Sub = p.SKU, ""
		}
		row.Cells = append(soldCells(p.Sold, p.BeforeNet), chart.Cell{Text: views.Number(p.Orders), Link: link})
		c.Rows = append(c.Rows, row)
	}
	if v.Answer.More > 0 {
		c.Note = views.Count(v.Answer.More, "more product sold less; it is", "more products sold less; they are") + " in the file."
	}
	if n := len(v.Answer.Products); n > 0 {
		ten, all := int64(0), int64(0)
		for i, p := range v.Answer.Products {
			all += p.Net.Minor
			if i < 10 {
				ten += p.Net.Minor
			}
		}
		if all > 0 && n > 10 {
			c.Finding = "The first ten bring " + pct(float64(ten)/float64(all)*100) + " of what these " + strconv.Itoa(n) + " bring."
		}
	}
	return c
}

func (v ProductsView) categoryChart() chart.BarsView {
	c := chart.BarsView{ID: "category-chart", Title: "Categories", Unit: chart.Rupees, Column: "Category", Measure: "Net revenue", Columns: soldColumns(),
		Note: "Platforms tell no category with an order: it is read from the title."}
	var all, best int64
	name := ""
	for _, r := range v.Answer.Categories {
		all += r.Net.Minor
		if r.Net.Minor > best {
			best, name = r.Net.Minor, r.Category
		}
		c.Rows = append(c.Rows, chart.BarRow{Name: r.Category, Sub: views.Count(r.Products, "product", "products"), Value: r.Net.Minor, Cells: soldCells(r.Sold, r.BeforeNet)})
	}
	if all > 0 {
		c.Finding = name + " bring " + pct(float64(best)/float64(all)*100) + " of the net revenue of goods."
	}
	return c
}

// returnChart ranks what comes back most, of what sold enough to tell.
func (v ProductsView) returnChart() chart.BarsView {
	const enough = 20
	c := chart.BarsView{ID: "return-chart", Title: "What comes back", Unit: chart.Basis, Column: "Product", Measure: "Return rate", Columns: []string{"Returned", "Units kept or returned"},
		Note: "Of the best sellers with at least " + strconv.Itoa(enough) + " units that were not cancelled."}
	for _, p := range v.Answer.Products {
		if kept := p.Units - p.Cancelled; kept >= enough && p.Returned > 0 {
			c.Rows = append(c.Rows, chart.BarRow{Name: p.Title, Sub: p.SKU, Class: "t-returned", Value: int64(p.ReturnRate*100 + .5),
				Cells: []chart.Cell{{Text: views.Number(p.Returned)}, {Text: views.Number(kept)}}})
		}
	}
	sortRows(c.Rows)
	c.Rows = c.Rows[:min(len(c.Rows), 10)]
	if len(c.Rows) > 0 {
		c.Finding = c.Rows[0].Name + " comes back most, in " + chart.Basis.Full(c.Rows[0].Value) + " of its units."
	}
	return c
}
