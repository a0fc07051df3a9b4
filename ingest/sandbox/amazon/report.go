package amazon

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
	"github.com/palmonas/palmonas-crm/order"
)

// ReadReport turns an Amazon.in "Sale Report" (CSV, gzipped or not) into the
// orders of a seller account. The file says when an order was placed but not
// at what hour and not when it changed: both are derived from the order id, so
// that they are the same each time, and stay within the day and the period of
// the file. Nothing else is added: what the file leaves empty stays unknown.
//
// The rows of one order need not be adjacent; each is one line. Dates are
// month first, with a year of two or four digits.
func ReadReport(r io.Reader) ([]shop.Order, error) {
	plain, err := unzip(r)
	if err != nil {
		return nil, fmt.Errorf("amazon report: %w", err)
	}
	rows := csv.NewReader(plain)
	rows.ReuseRecord = true
	head, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("amazon report: header: %w", err)
	}
	b := book{columns: map[string]int{}, at: map[string]int{}}
	for i, name := range head {
		b.columns[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	for _, need := range [...]string{"order id", "date", "status", "qty", "amount"} {
		if _, ok := b.columns[need]; !ok {
			return nil, fmt.Errorf("amazon report: there is no column %q", need)
		}
	}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = b.add(row)
		}
		if err != nil {
			line, _ := rows.FieldPos(0)
			return nil, fmt.Errorf("amazon report: line %d: %w", line, err)
		}
	}
	b.finish()
	return b.orders, nil
}

func unzip(r io.Reader) (io.Reader, error) {
	buf := bufio.NewReader(r)
	if magic, err := buf.Peek(2); err != nil || !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return buf, nil
	}
	return gzip.NewReader(buf)
}

// book gathers the rows of orders.
type book struct {
	columns map[string]int
	orders  []shop.Order
	at      map[string]int // position by id
	last    time.Time      // the newest day
}

var kolkata = time.FixedZone("Asia/Kolkata", 5*3600+1800)

func (b *book) add(row []string) error {
	get := func(name string) string {
		if i, ok := b.columns[name]; ok && i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	id := get("order id")
	if id == "" {
		return errors.New("no order id")
	}
	i, seen := b.at[id]
	if !seen {
		o, err := b.order(id, get)
		if err != nil {
			return err
		}
		i = len(b.orders)
		b.orders, b.at[id] = append(b.orders, o), i
	}
	l, err := line(get, id, len(b.orders[i].Lines))
	if err != nil {
		return err
	}
	b.orders[i].Lines = append(b.orders[i].Lines, l)
	return nil
}

// order reads what all rows of an order share.
func (b *book) order(id string, get func(string) string) (shop.Order, error) {
	day, err := monthFirst(get("date"))
	if err != nil {
		return shop.Order{}, err
	}
	if day.After(b.last) {
		b.last = day
	}
	o := shop.Order{ID: id, Number: id, Exact: true, Created: day.Add(hour(id)).UTC()}
	if err := stand(&o, get("status")); err != nil {
		return shop.Order{}, err
	}
	o.ByPlatform = strings.EqualFold(get("fulfilment"), "Amazon")
	o.Collected = strings.EqualFold(get("fulfilled-by"), "Easy Ship")
	o.Express = strings.EqualFold(get("ship-service-level"), "Expedited")
	o.Business = strings.EqualFold(get("b2b"), "true")
	o.Foreign = strings.EqualFold(get("sales channel"), "Non-Amazon")
	o.Customer = shop.Customer{City: get("ship-city"), State: get("ship-state"), Pincode: strings.TrimSuffix(get("ship-postal-code"), ".0"),
		Country: get("ship-country")}
	return o, nil
}

// hour is the time of day of an order, taken from its id: the file has none.
func hour(id string) time.Duration {
	return time.Duration(fingerprint(id)%86_400) * time.Second
}

func fingerprint(text string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, text) // a hash never fails
	return h.Sum64() >> 13
}

func monthFirst(text string) (time.Time, error) {
	for _, layout := range [...]string{"01-02-06", "01-02-2006", "01/02/06", "01/02/2006"} {
		if t, err := time.ParseInLocation(layout, text, kolkata); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date of month, day and year", text)
}

// stand is where the file's words say an order is: the text after " - ", which
// some files give alone, or else the head word.
func stand(o *shop.Order, words string) error {
	_, word, found := strings.Cut(words, " - ")
	if !found {
		word = words
	}
	on := func(s order.Status, d shop.Detail) { o.Status, o.Detail = s, d }
	switch strings.ToLower(strings.Join(strings.Fields(word), " ")) {
	case "pending":
		on(order.Pending, "")
	case "unshipped":
		on(order.Confirmed, "")
	case "waiting for pick up", "shipping":
		on(order.Processing, shop.AwaitingPick)
	case "shipped":
		on(order.Shipped, "")
	case "picked up":
		on(order.Shipped, shop.PickedUp)
	case "lost in transit":
		on(order.Shipped, shop.Lost)
	case "damaged":
		on(order.Shipped, shop.Damaged)
	case "out for delivery":
		on(order.OutForDelivery, "")
	case "delivered to buyer":
		on(order.Delivered, "")
	case "rejected by buyer":
		on(order.Returned, shop.Refused)
	case "returning to seller":
		on(order.Returned, shop.GoingBack)
	case "returned to seller":
		on(order.Returned, shop.CameBack)
	case "cancelled":
		on(order.Cancelled, "")
	default:
		return fmt.Errorf("unknown status %q", words)
	}
	return nil
}

// line reads one row as one line. The amount is that of the whole line.
func line(get func(string) string, id string, n int) (shop.Line, error) {
	l := shop.Line{ID: strconv.FormatUint(20_000_000_000_000+fingerprint(id)%70_000_000_000_000/100*100+uint64(n), 10),
		SKU: get("sku"), ASIN: get("asin"), Title: strings.TrimSpace(get("category") + " " + get("size"))}
	var err error
	if l.Quantity, err = strconv.Atoi(strings.TrimSuffix(get("qty"), ".0")); err != nil || l.Quantity < 0 {
		return l, fmt.Errorf("%q is not a quantity", get("qty"))
	}
	amount := get("amount")
	if amount == "" {
		return l, nil
	}
	m, err := order.ParseMoney(amount, "INR")
	if err != nil {
		return l, err
	}
	l.Amount, l.Priced = m.Minor, true
	l.Unit = m.Minor / int64(max(l.Quantity, 1))
	return l, nil
}

// finish gives orders the facts that need all rows.
func (b *book) finish() {
	end := b.last.AddDate(0, 0, 1).Add(-time.Second).UTC()
	for i := range b.orders {
		o := &b.orders[i]
		o.Updated = o.Created.Add(time.Hour + time.Duration(fingerprint(o.ID+" changed")%(6*86_400))*time.Second)
		if o.Updated.After(end) {
			o.Updated = end
		}
		o.History = []shop.Change{{At: o.Updated, Status: o.Status, Detail: o.Detail, By: shop.ByLife}}
		pack(o)
	}
}

// pack gives an order the parcel that its status implies. The plain word
// "Shipped" tells of none.
func pack(o *shop.Order) {
	switch o.Status {
	case order.Pending, order.Confirmed, order.Cancelled:
		return
	}
	if o.Status == order.Shipped && o.Detail == "" {
		fill(o.Lines)
		return
	}
	p := shop.Parcel{Ref: "1", Made: o.Created}
	if o.Status != order.Processing {
		p.Shipped = o.Created
		fill(o.Lines)
	}
	o.Parcels = []shop.Parcel{p}
}

func fill(lines []shop.Line) {
	for i := range lines {
		lines[i].Fulfilled = lines[i].Quantity
	}
}
