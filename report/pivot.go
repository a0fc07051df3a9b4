package report

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Dimension is something orders can be split by.
type Dimension string

// The dimensions.
const (
	PerDay      Dimension = "day"
	PerWeek     Dimension = "week"
	PerMonth    Dimension = "month"
	PerWeekday  Dimension = "weekday"
	PerPlatform Dimension = "platform"
	PerChannel  Dimension = "channel"
	PerStatus   Dimension = "status"
	PerPayment  Dimension = "payment"
	PerState    Dimension = "state"
)

// Dimensions lists the dimensions.
func Dimensions() []Dimension {
	return []Dimension{PerDay, PerWeek, PerMonth, PerWeekday, PerPlatform, PerChannel, PerStatus, PerPayment, PerState}
}

// Amount is what a built report shows of each group.
type Amount string

// Amounts lists what can be shown: names of Totals' members in answers.
func Amounts() []Amount {
	return []Amount{"orders", "units", "gross", "net", "averageOrderValue", "discount", "shipping", "tax", "cancelled", "returned", "cancellationRate", "returnRate"}
}

// Of is the amount in totals: pieces, paise, or hundredths of a percent.
func (a Amount) Of(t Totals) int64 {
	switch a {
	case "units":
		return int64(t.Units)
	case "gross":
		return t.Gross.Minor
	case "net":
		return t.Net.Minor
	case "averageOrderValue":
		return t.Average.Minor
	case "discount":
		return t.Discount.Minor
	case "shipping":
		return t.Shipping.Minor
	case "tax":
		return t.Tax.Minor
	case "cancelled":
		return int64(t.Cancelled)
	case "returned":
		return int64(t.SentBack)
	case "cancellationRate":
		return int64(t.CancelRate*100 + .5)
	case "returnRate":
		return int64(t.ReturnRate*100 + .5)
	}
	return int64(t.Orders)
}

// Build is a report of one's own: an amount by one or two dimensions, of the
// orders that a filter and a query select.
type Build struct {
	Filter
	Amount  Amount
	Rows    Dimension
	Columns Dimension // empty: one dimension
	// Q is in the query language of lists; with it the orders themselves are
	// counted, not the figures kept ready.
	Q string
}

// ParseBuild reads the parameters of a built report as of today; the period and
// the filters are those of ParseFilter. The error is order.FieldErrors.
func ParseBuild(v url.Values, today Day) (Build, error) {
	rest, own := url.Values{}, url.Values{}
	for name, values := range v {
		if slices.Contains([]string{"amount", "rows", "columns", "q"}, name) {
			own[name] = values
		} else {
			rest[name] = values
		}
	}
	r := reader{values: own, seen: map[string]bool{}}
	b := Build{Amount: oneOf(&r, "amount", Amounts(), "net"), Rows: oneOf(&r, "rows", Dimensions(), PerPlatform), Columns: oneOf(&r, "columns", Dimensions(), "")}
	if q := own["q"]; len(q) > 0 {
		b.Q = q[0] // commas belong to it
	}
	if _, err := order.ParseExprAt(b.Q, time.UTC, time.Unix(0, 0)); err != nil {
		r.fault("q", "%s", err.Error())
	}
	if b.Columns == b.Rows {
		r.fault("columns", "split by two different things, or by one alone")
	}
	f, err := ParseFilter(rest, today)
	var faults order.FieldErrors
	if errors.As(err, &faults) {
		r.faults = append(r.faults, faults...)
	}
	if len(r.faults) > 0 {
		return Build{}, r.faults
	}
	b.Filter = f
	return b, nil
}

// Values is the canonical form, which ParseBuild reads back.
func (b Build) Values() url.Values {
	v := b.Filter.Values()
	for name, value := range map[string]string{"amount": string(b.Amount), "rows": string(b.Rows), "columns": string(b.Columns), "q": b.Q} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// Group is one value of a dimension: what it is, and the part of the filter
// that selects it. Linked is false for what no list can select.
type Group struct {
	Value  string
	Part   Part
	Linked bool
}

// Pivot is a built report. Cells has a row for each of Rows and in it a column
// for each of Columns; without a second dimension that is one.
type Pivot struct {
	Rows, Columns []Group
	Cells         [][]Totals
	Sums          []Totals // of the rows
	ColumnSums    []Totals
	Total         Totals
}

// Pivot sums the figures by the dimensions.
func (b Build) Pivot(fig Figures) Pivot {
	type key struct{ row, column string }
	cells, rowSums, columnSums := map[key]*Sums{}, map[string]*Sums{}, map[string]*Sums{}
	rows, columns := map[string]Group{}, map[string]Group{}
	var total Sums
	b.each(fig, b.Range, func(d Day, c Cell) {
		r, k := b.group(b.Rows, fig.Names, d, c), b.group(b.Columns, fig.Names, d, c)
		rows[r.Value], columns[k.Value] = r, k
		at(cells, key{r.Value, k.Value}).Add(c)
		at(rowSums, r.Value).Add(c)
		at(columnSums, k.Value).Add(c)
		total.Add(c)
	})
	p := Pivot{Rows: sorted(rows, b.Rows), Columns: sorted(columns, b.Columns), Total: total.Totals()}
	for _, r := range p.Rows {
		list := make([]Totals, len(p.Columns))
		for i, k := range p.Columns {
			list[i] = at(cells, key{r.Value, k.Value}).Totals()
		}
		p.Cells = append(p.Cells, list)
		p.Sums = append(p.Sums, rowSums[r.Value].Totals())
	}
	for _, k := range p.Columns {
		p.ColumnSums = append(p.ColumnSums, columnSums[k.Value].Totals())
	}
	return p
}

// group is where a cell of a day belongs.
func (b Build) group(by Dimension, n Names, d Day, c Cell) Group {
	span := func(from, to Day, value string) Group {
		return Group{Value: value, Part: Part{Range: Range{max(from, b.Range.From), min(to, b.Range.To)}}, Linked: true}
	}
	switch by {
	case PerDay:
		return span(d, d, d.String())
	case PerWeek:
		return span(d.Monday(), d.Monday()+6, d.Monday().String())
	case PerMonth:
		return span(d.Month(), d.Month().AddMonths(1)-1, d.Month().Format("2006-01"))
	case PerWeekday:
		return Group{Value: []string{"1 Monday", "2 Tuesday", "3 Wednesday", "4 Thursday", "5 Friday", "6 Saturday", "7 Sunday"}[d.Weekday()]}
	case PerPlatform:
		p := n.Channels[c.Channel].Platform
		return Group{Value: string(p), Part: Part{Platform: p}, Linked: true}
	case PerChannel:
		id := n.Channels[c.Channel].ID
		return Group{Value: id, Part: Part{Channel: id}, Linked: true}
	case PerStatus:
		s := c.Status.Status()
		return Group{Value: string(s), Part: Part{Statuses: []order.Status{s}}, Linked: true}
	case PerPayment:
		m := c.Payment.Method()
		return Group{Value: string(m), Part: Part{Payment: m}, Linked: m != ""}
	case PerState:
		return Group{Value: n.States[c.State], Part: Part{State: n.States[c.State]}, Linked: n.States[c.State] != ""}
	}
	return Group{Linked: true}
}

// sorted puts statuses into the order of an order's life, platforms into that of
// every page, and everything else by name, which for days is by time.
func sorted(groups map[string]Group, by Dimension) []Group {
	list := make([]Group, 0, len(groups))
	for _, g := range groups {
		list = append(list, g)
	}
	slices.SortFunc(list, func(a, b Group) int {
		if by == PerStatus {
			return cmp.Compare(StatusNumber(order.Status(a.Value)), StatusNumber(order.Status(b.Value)))
		}
		if by == PerPlatform {
			all := order.Platforms()
			return cmp.Compare(slices.Index(all, order.Platform(a.Value)), slices.Index(all, order.Platform(b.Value)))
		}
		return cmp.Compare(a.Value, b.Value)
	})
	return list
}

// Join is the part that two groups select together.
func Join(a, b Part) Part {
	switch {
	case a.Range == (Range{}):
		a.Range = b.Range
	case b.Range != (Range{}):
		a.Range = Range{max(a.Range.From, b.Range.From), min(a.Range.To, b.Range.To)}
	}
	a.Platform, a.Channel = cmp.Or(a.Platform, b.Platform), cmp.Or(a.Channel, b.Channel)
	a.Payment, a.State = cmp.Or(a.Payment, b.Payment), cmp.Or(a.State, b.State)
	if len(b.Statuses) > 0 {
		a.Statuses = b.Statuses
	}
	return a
}

// List is the list of the orders of a part, the query among its conditions.
func (b Build) List(p Part) order.Filter {
	l := b.Filter.List(p)
	switch {
	case b.Q != "" && l.Q != "":
		l.Q = "(" + b.Q + ") " + l.Q
	case b.Q != "":
		l.Q = b.Q
	}
	return l
}

// Table is the pivot for a file, with a row for each pair of groups.
func (b Build) Table(p Pivot) Table {
	t := Table{Columns: []string{string(b.Rows)}}
	if b.Columns != "" {
		t.Columns = append(t.Columns, string(b.Columns))
	}
	t.Columns = append(t.Columns, totalColumns()...)
	for i, r := range p.Rows {
		for k, c := range p.Columns {
			row := []any{r.Value}
			if b.Columns != "" {
				row = append(row, c.Value)
			}
			t.add(append(row, p.Cells[i][k].values()...)...)
		}
	}
	return t
}
