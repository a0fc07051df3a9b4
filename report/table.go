package report

import (
	"strconv"

	"github.com/palmonas/palmonas-crm/order"
)

// Table is an answer as rows for a file. A value is a string, an int, a
// float64, an order.Money or a Day.
type Table struct {
	Columns []string
	Rows    [][]any
}

func (t *Table) add(values ...any) { t.Rows = append(t.Rows, values) }

// Texts are a row's values as a file holds them: plain numbers without
// grouping, amounts as decimals, days as 2026-11-30.
func Texts(row []any) []string {
	out := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case string:
			out[i] = v
		case int:
			out[i] = strconv.Itoa(v)
		case float64:
			out[i] = strconv.FormatFloat(v, 'f', -1, 64)
		case order.Money:
			if v.Known() {
				out[i] = v.Decimal()
			}
		case Day:
			out[i] = v.String()
		}
	}
	return out
}

func totalColumns() []string {
	return []string{"orders", "earning_orders", "units", "gross", "net", "discount", "shipping", "tax", "average_order_value",
		"cancelled", "returned", "returned_to_origin", "cancellation_rate", "return_rate"}
}

func (t Totals) values() []any {
	return []any{t.Orders, t.Earning, t.Units, t.Gross, t.Net, t.Discount, t.Shipping, t.Tax, t.Average, t.Cancelled, t.SentBack, t.RTO, t.CancelRate, t.ReturnRate}
}

// beforeNet is the net revenue of the period before, empty without one.
func beforeNet(t *Totals) order.Money {
	if t == nil {
		return order.Money{}
	}
	return t.Net
}

// TimelineTable is the revenue page's chart: a row for each step.
func (a Revenue) TimelineTable() Table {
	t := Table{Columns: append([]string{"from", "to"}, totalColumns()...)}
	for _, p := range order.Platforms() {
		t.Columns = append(t.Columns, "net_"+string(p))
	}
	t.Columns = append(t.Columns, "previous_from", "previous_to", "previous_orders", "previous_net")
	for _, m := range a.Timeline {
		row := append([]any{m.From, m.To}, m.values()...)
		for _, p := range order.Platforms() {
			row = append(row, order.INR(m.Platforms[p].Net.Minor))
		}
		if b := m.Before; b != nil {
			row = append(row, b.From, b.To, b.Orders, b.Net)
		} else {
			row = append(row, "", "", "", "")
		}
		t.add(row...)
	}
	return t
}

// StateTable has a row for each state.
func (a Revenue) StateTable() Table {
	t := Table{Columns: append(append([]string{"state"}, totalColumns()...), "previous_net")}
	for _, r := range a.States {
		t.add(append(append([]any{r.Name}, r.values()...), beforeNet(r.Before))...)
	}
	return t
}

// PaymentTable has a row for each payment method.
func (a Revenue) PaymentTable() Table {
	t := Table{Columns: append([]string{"payment_method"}, totalColumns()...)}
	for _, r := range a.Payments {
		t.add(append([]any{string(r.Method)}, r.values()...)...)
	}
	return t
}

// PlatformTable has a row for each platform, with its times in minutes.
func (a Platforms) PlatformTable() Table {
	t := Table{Columns: append(append([]string{"platform"}, totalColumns()...), "share", "previous_net")}
	for _, s := range Steps() {
		t.Columns = append(t.Columns, string(s.Name())+"_median_minutes", string(s.Name())+"_p90_minutes")
	}
	for _, r := range a.Platforms {
		row := append(append([]any{string(r.Platform)}, r.values()...), r.Share, beforeNet(r.Before))
		for _, s := range Steps() {
			median, p90 := any(""), any("")
			for _, x := range r.Times {
				if x.Step == s.Name() {
					median, p90 = int(x.Median), int(x.P90)
				}
			}
			row = append(row, median, p90)
		}
		t.add(row...)
	}
	return t
}

// ChannelTable has a row for each channel.
func (a Platforms) ChannelTable() Table {
	t := Table{Columns: append(append([]string{"channel", "platform"}, totalColumns()...), "share", "previous_net")}
	for _, r := range a.Channels {
		t.add(append(append([]any{r.ID, string(r.Platform)}, r.values()...), r.Share, beforeNet(r.Before))...)
	}
	return t
}
