package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func queries() []testCase {
	return []testCase{
		{"every text field by every value", queryTextFields},
		{"every number field", queryNumberFields},
		{"every word from its beginning", queryWords},
		{"phone digits", queryPhone},
		{"a wish's flags", queryWishFlags},
		{"days are those of India", queryDays},
		{"the query language end to end", queryLanguage},
		{"many values", queryManyValues},
		{"deeply nested conditions", queryDeep},
	}
}

func textFields() []order.Field {
	return []order.Field{order.FieldPlatform, order.FieldChannel, order.FieldStatus, order.FieldPayment, order.FieldTag,
		order.FieldAssignee, order.FieldFlag, order.FieldSKU, order.FieldState, order.FieldCity, order.FieldPincode,
		order.FieldAWB, order.FieldCustomer, order.FieldOrder, order.FieldKind}
}

func queryTextFields(t *testing.T, s store.Store) {
	all := fill(t, s, 50)
	for _, f := range textFields() {
		values := map[string]bool{"no such value": true}
		for _, o := range all {
			for _, v := range order.TextValues(o, f) {
				values[v] = true
			}
		}
		if len(values) == 1 && f != order.FieldFlag {
			t.Errorf("no order has a %s", f)
		}
		n := 0
		for v := range values {
			if n++; n > 12 {
				break
			}
			where := order.Term{Field: f, Text: []string{v}}
			same(t, fmt.Sprintf("%s %q", f, v), expected(all, where, ""), selected(t, s, where))
		}
	}
}

func queryNumberFields(t *testing.T, s store.Store) {
	all := fill(t, s, 40)
	for _, f := range []order.Field{order.FieldOrdered, order.FieldUpdated, order.FieldShipBy, order.FieldTotal, order.FieldUnits} {
		for _, o := range all[:8] {
			v, ok := order.NumberValue(o, f)
			if !ok {
				continue
			}
			for _, where := range []order.Term{
				{Field: f, Lo: v, Hi: v + 1}, {Field: f, Lo: v + 1, Hi: order.Highest}, {Field: f, Lo: order.Lowest, Hi: v},
				{Field: f, Lo: v, Hi: order.Highest}, {Field: f, Lo: order.Lowest, Hi: v + 1},
			} {
				same(t, fmt.Sprintf("%s %d..%d", f, where.Lo, where.Hi), expected(all, where, ""), selected(t, s, where))
			}
		}
	}
}

func queryWords(t *testing.T, s store.Store) {
	all := fill(t, s, 30)
	for _, o := range all[:3] {
		for _, w := range order.SearchWords(o) {
			for _, n := range []int{1, 2, 3, 4, 6, len([]rune(w))} {
				prefix := string([]rune(w)[:min(n, len([]rune(w)))])
				where := order.Term{Field: order.Words, Text: []string{prefix}}
				same(t, prefix, expected(all, where, ""), selected(t, s, where))
			}
		}
	}
}

func queryPhone(t *testing.T, s store.Store) {
	r := ordertest.Report(shop, "1", noon())
	r.Facts.Customer.Phone = "+91 20000 45678"
	o := create(t, s, r)
	other := ordertest.Report(shop, "2", noon())
	other.Facts.Customer.Phone = "+912999900000"
	create(t, s, other)
	for _, digits := range []string{"+91 20000 45678", "2000045678", "45678", "5678", "200004", "02000045678"} {
		e, err := order.ParseExpr(digits, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		same(t, digits, []order.ID{o.ID}, selected(t, s, e))
	}
}

func queryWishFlags(t *testing.T, s store.Store) {
	o := create(t, s, ordertest.Report(shop, "1", noon()))
	flag := func(v string) order.Expr { return order.Term{Field: order.FieldFlag, Text: []string{v}} }
	for _, state := range []order.WishState{order.WishWaiting, order.WishSent, order.WishRefused, order.WishLocal, ""} {
		o = edit(t, s, o.ID, func(o *order.Order) {
			o.Wish = nil
			if state != "" {
				o.Wish = &order.Wish{Status: order.Confirmed, State: state, At: noon()}
			}
		})
		for _, f := range []string{"waiting", "refused", "held", "partially_cancelled"} {
			same(t, fmt.Sprintf("%s of a %q wish", f, state), expected([]order.Order{o}, flag(f), ""), selected(t, s, flag(f)))
		}
	}
}

// queryDays: ten past midnight in India is still the day before in UTC.
func queryDays(t *testing.T, s store.Store) {
	india, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	id := map[string]order.ID{}
	for _, at := range []time.Time{
		time.Date(2026, 11, 20, 23, 59, 59, 999e6, india),
		time.Date(2026, 11, 21, 0, 0, 0, 0, india),
		time.Date(2026, 11, 21, 0, 10, 0, 0, india),
		time.Date(2026, 11, 21, 5, 29, 0, 0, india),
		time.Date(2026, 11, 21, 5, 30, 0, 0, india),
		time.Date(2026, 11, 21, 23, 59, 59, 999e6, india),
		time.Date(2026, 11, 22, 0, 0, 0, 0, india),
		time.Date(2026, 11, 22, 0, 10, 0, 0, india),
	} {
		name := at.Format("02 15:04:05")
		id[name] = create(t, s, ordertest.Report(shop, name, at)).ID
	}
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{"2026-11-21", "2026-11-21", []string{"21 23:59:59", "21 05:30:00", "21 05:29:00", "21 00:10:00", "21 00:00:00"}},
		{"2026-11-22", "2026-11-22", []string{"22 00:10:00", "22 00:00:00"}},
		{"", "2026-11-20", []string{"20 23:59:59"}},
		{"2026-11-22", "", []string{"22 00:10:00", "22 00:00:00"}},
	} {
		q, err := order.Filter{From: c.from, To: c.to}.Query(india)
		if err != nil {
			t.Fatal(err)
		}
		var want []order.ID
		for _, name := range c.want {
			want = append(want, id[name])
		}
		same(t, c.from+" to "+c.to, want, selected(t, s, q.Where))
	}
}

func queryLanguage(t *testing.T, s store.Store) {
	all := fill(t, s, 80)
	for _, text := range []string{
		"ring", "gold ring", `"rose gold"`, "status:delivered", "status:delivered,pending -tag:vip", "ring OR necklace",
		"(ring OR necklace) status:delivered", "total>2000", "total>1000 total<2000", "total>2000 total<1000",
		"status:delivered total>1000 total<4000 total>2000", "units>=2 units<2", "date>=2026-11-10 date<2026-11-15",
		"shipby>=2026-11-10 shipby<2026-11-20", "-(total>1000 total<2000)", "total>1000 (ring OR total<2000 total>1500)", "total:1000..3000 city:mumbai", "-status:delivered", "sku:pm-ri-18go01 OR gold",
		"date:2026-11-10..2026-11-15", "flag:archived", "-flag:archived tag:vip", "payment:cod units>=2", `state:"tamil nadu"`,
	} {
		e, err := order.ParseExpr(text, time.UTC)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		same(t, text, expected(all, e, ""), selected(t, s, e))
	}
}

func queryManyValues(t *testing.T, s store.Store) {
	all := fill(t, s, 40)
	for _, f := range []order.Field{order.FieldStatus, order.FieldCustomer, order.FieldCity, order.FieldOrder} {
		var values []string
		for _, o := range all[:20] {
			values = append(values, order.TextValues(o, f)...)
		}
		for i := range 1000 {
			values = append(values, fmt.Sprint("nobody-", i))
		}
		where := order.Term{Field: f, Text: values}
		same(t, string(f), expected(all, where, ""), selected(t, s, where))
	}
}

func queryDeep(t *testing.T, s store.Store) {
	all := fill(t, s, 40)
	var where order.Expr = order.Term{Field: order.FieldPayment, Text: []string{"cod"}}
	for i := range 20 {
		word := order.Term{Field: order.Words, Text: []string{string(rune('a' + i))}}
		switch i % 3 {
		case 0:
			where = order.Or{where, word}
		case 1:
			where = order.And{where, order.Not{X: word}}
		default:
			where = order.Not{X: where}
		}
	}
	same(t, "nested", expected(all, where, ""), selected(t, s, where))
}
