package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/ordertest"
	"github.com/palmonas/palmonas-crm/store"
)

func hostiles() []testCase {
	return []testCase{
		{"stored texts come back as they were", hostileStored},
		{"queried texts are only texts", hostileQueried},
		{"values that differ in one sign", hostileDistinct},
	}
}

// hostileTexts mean something to some database, file system or browser.
func hostileTexts() []string {
	return []string{
		`'; DROP TABLE orders; --`, `" OR "1"="1`, `%`, `_`, `*`, `a*`, `NEAR(a b)`, `a AND b`, `NOT a`, `words:a`, `^a`, `{a b} : c`, `"`, `'`, `(`,
		"nul\x00inside", "\x00", "line\nbreak", "tab\there", `back\slash`, `$where`, `{"$gt": ""}`, `$ne`, `a.b.c`, `[x]`, `.*`, `(?i)x`, `=sdelivered`, `=0`, `_20`,
		`<script>alert(1)</script>`, `../../etc/passwd`, "ǅ", "ß", "İ", "ＦＵＬＬ", "अंगूठी", "💍", "\u202e", "a\u0301", "\ufeffbom", "\u00a0", "  spaces  ",
	}
}

func hostileStored(t *testing.T, s store.Store) {
	for i, text := range hostileTexts() {
		r := ordertest.Report(shop, fmt.Sprint(i, text), noon().Add(time.Duration(i)*time.Second))
		f := &r.Facts
		f.OrderNumber, f.PlatformStatus, f.Customer.Name, f.Items[0].Title, f.Items[0].SKU = text, text, text, text, text
		f.Customer.Address.City, f.Customer.Phone, f.Customer.Email, f.Shipment.AWB = text, text, text, text
		o := create(t, s, r)
		want := absorbed(noon(), r)
		want.ID = o.ID
		same(t, fmt.Sprintf("order with %q", text), want, o)
		edited := edit(t, s, o.ID, func(o *order.Order) { o.Desk.Tags, o.Desk.Assignee = []string{text}, text })
		same(t, "edited", edited, get(t, s, o.ID))
	}
}

func hostileQueried(t *testing.T, s store.Store) {
	all := fill(t, s, 30)
	for _, text := range append(hostileTexts(), "\xff\xfe", "") {
		for _, f := range append(textFields(), order.Words) {
			for _, where := range []order.Expr{
				order.Term{Field: f, Text: []string{text}},
				order.Not{X: order.Term{Field: f, Text: []string{text}}},
				order.And{order.Term{Field: f, Text: []string{text}}, order.Term{Field: order.Words, Text: []string{"gold"}}},
			} {
				p := list(t, s, order.Query{Where: where, Limit: 100})
				same(t, fmt.Sprintf("%s %q", f, text), expected(all, where, ""), ids(p.Rows))
			}
		}
	}
}

func hostileDistinct(t *testing.T, s store.Store) {
	id := map[string]order.ID{}
	tags := []string{"a", "a b", "a_b", "a-b", "a.b", "a%", "a*", "a\x00b", "á", "a=b", "_61", "ab"}
	for i, tag := range tags {
		o := create(t, s, ordertest.Minimal(shop, fmt.Sprint(i), noon()))
		edit(t, s, o.ID, func(o *order.Order) { o.Desk.Tags = []string{tag} })
		id[tag] = o.ID
	}
	for _, tag := range tags {
		same(t, fmt.Sprintf("tag %q", tag), []order.ID{id[tag]}, selected(t, s, order.Term{Field: order.FieldTag, Text: []string{tag}}))
	}
}
