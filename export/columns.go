package export

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Column is one column of a table. IDs are what files have in their first row
// and what people choose by; they never change.
type Column struct{ ID, Label string }

// kind tells how a cell is to be written.
type kind int

const (
	text kind = iota // from outside: guarded against spreadsheets
	number
	moment
)

// column is a column with how it is filled.
type column struct {
	Column
	kind  kind
	value func(c cells, o order.Order) string
	at    func(o order.Order) time.Time
}

// cells is how orders become rows.
type cells struct {
	columns []column
	people  map[string]string
	zone    *time.Location
}

func (c cells) header() []string {
	names := make([]string, len(c.columns))
	for i, col := range c.columns {
		names[i] = col.ID
	}
	return names
}

// Columns lists every column, in the order in which they are offered.
func Columns() []Column {
	var list []Column
	for _, c := range allColumns() {
		list = append(list, c.Column)
	}
	return list
}

// UsualColumns are those of a file for which nobody chose any.
func UsualColumns() []string {
	return []string{"order_number", "platform_order_id", "platform", "channel", "ordered_at", "status", "payment", "customer_name", "phone", "email",
		"city", "state", "pincode", "skus", "items", "units", "total", "currency", "ship_by", "carrier", "awb", "tags", "assignee"}
}

// columnsOf finds columns by id; none are the usual ones. The error is a
// sentence for people.
func columnsOf(ids []string) ([]column, error) {
	if len(ids) == 0 {
		ids = UsualColumns()
	}
	all := allColumns()
	list := make([]column, 0, len(ids))
	for i, id := range ids {
		at := slices.IndexFunc(all, func(c column) bool { return c.ID == id })
		if at < 0 {
			return nil, fmt.Errorf("There is no column %.40q.", id) //nolint:staticcheck // shown to people as it stands
		}
		if slices.Contains(ids[:i], id) {
			return nil, fmt.Errorf("The column %s is named twice.", id) //nolint:staticcheck // shown to people as it stands
		}
		list = append(list, all[at])
	}
	return list, nil
}

func allColumns() []column {
	return slices.Concat(headColumns(), customerColumns(), goodsColumns(), deskColumns())
}

func words(id, label string, value func(o order.Order) string) column {
	return column{Column: Column{id, label}, value: func(_ cells, o order.Order) string { return value(o) }}
}

func numeric(id, label string, value func(o order.Order) string) column {
	c := words(id, label, value)
	c.kind = number
	return c
}

func amount(id, label string, value func(f order.Facts) order.Money) column {
	return numeric(id, label, func(o order.Order) string {
		if m := value(o.Facts); m.Known() {
			return m.Decimal()
		}
		return ""
	})
}

func timed(id, label string, at func(o order.Order) time.Time) column {
	return column{Column: Column{id, label}, kind: moment, at: at, value: func(c cells, o order.Order) string {
		if t := at(o); !t.IsZero() {
			return t.In(c.zone).Format(time.RFC3339)
		}
		return ""
	}}
}

func headColumns() []column {
	return []column{
		words("id", "Order id here", func(o order.Order) string { return o.ID.String() }),
		words("order_number", "Order number", func(o order.Order) string { return o.Facts.OrderNumber }),
		words("platform_order_id", "Platform’s order id", func(o order.Order) string { return o.Ref.PlatformOrderID }),
		words("platform", "Platform", func(o order.Order) string { return string(o.Platform) }),
		words("channel", "Channel", func(o order.Order) string { return o.Ref.Channel }),
		timed("ordered_at", "Ordered", func(o order.Order) time.Time { return o.Facts.OrderedAt }),
		words("status", "Status", func(o order.Order) string { return string(o.Status) }),
		words("platform_status", "Platform’s status", func(o order.Order) string { return o.Facts.PlatformStatus }),
		words("flags", "Flags", func(o order.Order) string { return join(o.Facts.Flags) }),
		words("payment", "Payment", func(o order.Order) string { return string(o.Facts.Payment) }),
	}
}

func customerColumns() []column {
	person := func(id, label string, value func(c order.Customer) string) column {
		return words(id, label, func(o order.Order) string { return value(o.ShipTo()) })
	}
	return []column{
		person("customer_name", "Customer", func(c order.Customer) string { return c.Name }),
		person("phone", "Phone", func(c order.Customer) string { return c.Phone }),
		person("email", "E-mail", func(c order.Customer) string { return c.Email }),
		person("address_line1", "Address, first line", func(c order.Customer) string { return c.Address.Line1 }),
		person("address_line2", "Address, second line", func(c order.Customer) string { return c.Address.Line2 }),
		person("city", "City", func(c order.Customer) string { return c.Address.City }),
		person("state", "State", func(c order.Customer) string { return c.Address.State }),
		person("pincode", "Pincode", func(c order.Customer) string { return c.Address.Pincode }),
		person("country", "Country", func(c order.Customer) string { return c.Address.Country }),
	}
}

func goodsColumns() []column {
	return []column{
		words("skus", "SKUs", func(o order.Order) string { return items(o, func(it order.Item) string { return it.SKU }) }),
		words("items", "Items", func(o order.Order) string { return items(o, func(it order.Item) string { return it.Title }) }),
		numeric("lines", "Lines", func(o order.Order) string { return strconv.Itoa(len(o.Facts.Items)) }),
		numeric("units", "Units", func(o order.Order) string { return strconv.Itoa(o.Facts.Units()) }),
		amount("subtotal", "Subtotal", func(f order.Facts) order.Money { return f.Subtotal }),
		amount("discount", "Discount", func(f order.Facts) order.Money { return f.Discount }),
		amount("shipping", "Shipping", func(f order.Facts) order.Money { return f.Shipping }),
		amount("tax", "Tax", func(f order.Facts) order.Money { return f.Tax }),
		amount("total", "Total", func(f order.Facts) order.Money { return f.Total }),
		words("currency", "Currency", func(o order.Order) string { return o.Facts.Total.Currency }),
		timed("ship_by", "Ship by", func(o order.Order) time.Time { return o.Facts.ShipBy }),
		words("carrier", "Carrier", func(o order.Order) string { return o.Facts.Shipment.Carrier }),
		words("awb", "AWB", func(o order.Order) string { return o.Facts.Shipment.AWB }),
		words("tracking_url", "Tracking address", func(o order.Order) string { return o.Facts.Shipment.TrackingURL }),
	}
}

func deskColumns() []column {
	return []column{
		words("tags", "Tags", func(o order.Order) string { return join(o.Desk.Tags) }),
		{Column: Column{"assignee", "Assignee"}, value: func(c cells, o order.Order) string {
			if name := c.people[o.Desk.Assignee]; name != "" {
				return name
			}
			return o.Desk.Assignee
		}},
		words("hold", "Hold", func(o order.Order) string {
			switch h := o.Desk.Hold; {
			case h == nil:
				return ""
			case h.Reason == "":
				return "on hold"
			default:
				return h.Reason
			}
		}),
		numeric("notes", "Number of notes", func(o order.Order) string { return strconv.Itoa(len(o.Desk.Notes)) }),
		timed("created_at", "First seen", func(o order.Order) time.Time { return o.CreatedAt }),
		timed("updated_at", "Changed", func(o order.Order) time.Time { return o.UpdatedAt }),
		numeric("version", "Version", func(o order.Order) string { return strconv.FormatInt(o.Version, 10) }),
	}
}

// join is a list in one cell.
func join[T ~string](list []T) string {
	var b strings.Builder
	for i, x := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(x))
	}
	return b.String()
}

// items is what an order holds in one cell, such as "RING-1 × 2; CHAIN-2".
func items(o order.Order, name func(order.Item) string) string {
	var b strings.Builder
	for _, it := range o.Facts.Items {
		n := name(it)
		if n == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("; ")
		}
		b.WriteString(n)
		if it.Quantity != 1 {
			b.WriteString(" × ")
			b.WriteString(strconv.Itoa(it.Quantity))
		}
	}
	return b.String()
}
