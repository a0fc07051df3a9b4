package report

import (
	"math"

	"github.com/palmonas/palmonas-crm/order"
)

// HourTable has a row for each hour of the week.
func (a Trends) HourTable() Table {
	t := Table{Columns: []string{"weekday", "hour", "orders", "net"}}
	if a.Hours == nil {
		return t
	}
	for d, name := range []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"} {
		for h := range 24 {
			t.add(name, h, a.Hours.Orders[d][h], a.Hours.Net[d][h])
		}
	}
	return t
}

// FlowTable has a row for each step, with the orders of each status.
func (a Trends) FlowTable() Table {
	t := Table{Columns: []string{"from", "to"}}
	for _, s := range order.Statuses() {
		t.Columns = append(t.Columns, string(s))
	}
	for _, step := range a.Flow {
		row := []any{step.From, step.To}
		for _, s := range order.Statuses() {
			row = append(row, step.Statuses[s])
		}
		t.add(row...)
	}
	return t
}

// OutlookTable has a row for each forecast day and platform, and for the sum of
// all.
func (a Trends) OutlookTable() Table {
	t := Table{Columns: []string{"day", "platform", "orders", "orders_low", "orders_high", "gross", "gross_low", "gross_high"}}
	add := func(platform string, orders, gross Forecast) {
		for h := range max(len(orders.Points), len(gross.Points)) {
			row := []any{a.Outlook.From + Day(h), platform, "", "", "", "", "", ""}
			if h < len(orders.Points) {
				p := orders.Points[h]
				row[2], row[3], row[4] = math.Round(p.Value*10)/10, math.Round(p.Low*10)/10, math.Round(p.High*10)/10
			}
			if h < len(gross.Points) {
				p := gross.Points[h]
				row[5], row[6], row[7] = order.INR(int64(p.Value)), order.INR(int64(p.Low)), order.INR(int64(p.High))
			}
			t.add(row...)
		}
	}
	for i := range a.Outlook.Orders {
		add(string(a.Outlook.Orders[i].Platform), a.Outlook.Orders[i].Forecast, a.Outlook.Gross[i].Forecast)
	}
	add("all", a.Outlook.TotalOrders, a.Outlook.TotalGross)
	return t
}

// CustomerTable has a row for each of the best customers.
func (a Loyal) CustomerTable() Table {
	t := Table{Columns: []string{"customer", "name", "state", "pincode", "orders", "returned", "units", "gross", "net", "first_order", "last_order"}}
	for _, r := range a.Top {
		t.add(r.Key, r.Name, r.State, r.Pincode, r.Orders, r.Returned, r.Units, r.Gross, r.Net, r.First, r.Last)
	}
	return t
}

// PlaceTable has a row for each state, then for the first pincodes.
func (a Loyal) PlaceTable() Table {
	t := Table{Columns: []string{"state", "pincode", "customers", "orders", "net"}}
	for _, list := range [][]PlaceRow{a.States, a.Pincodes} {
		for _, r := range list {
			t.add(r.State, r.Pincode, r.Customers, r.Orders, r.Net)
		}
	}
	return t
}

// CohortTable has a row for each month of newcomers and each month after.
func (a Loyal) CohortTable() Table {
	t := Table{Columns: []string{"first_month", "newcomers", "months_later", "customers", "net"}}
	for _, r := range a.Cohorts {
		for k, n := range r.Months {
			t.add(r.First, r.Customers, k, n, r.Net[k])
		}
	}
	return t
}

// ProductTable has a row for each product.
func (a Products) ProductTable() Table {
	t := Table{Columns: []string{"sku", "title", "category", "orders", "units", "cancelled_units", "returned_units", "return_rate", "gross", "net", "previous_net"}}
	for _, r := range a.Products {
		t.add(r.SKU, r.Title, r.Category, r.Orders, r.Units, r.Cancelled, r.Returned, r.ReturnRate, r.Gross, r.Net, given(r.BeforeNet))
	}
	return t
}

// CategoryTable has a row for each category.
func (a Products) CategoryTable() Table {
	t := Table{Columns: []string{"category", "products", "units", "cancelled_units", "returned_units", "return_rate", "gross", "net", "previous_net"}}
	for _, r := range a.Categories {
		t.add(r.Category, r.Products, r.Units, r.Cancelled, r.Returned, r.ReturnRate, r.Gross, r.Net, given(r.BeforeNet))
	}
	return t
}

func given(m *order.Money) order.Money {
	if m == nil {
		return order.Money{}
	}
	return *m
}
