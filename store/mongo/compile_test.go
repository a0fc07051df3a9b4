package mongo

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/bson"

	"github.com/palmonas/palmonas-crm/order"
)

func text(f order.Field, v ...string) order.Term { return order.Term{Field: f, Text: v} }

func number(f order.Field, lo, hi int64) order.Term { return order.Term{Field: f, Lo: lo, Hi: hi} }

func TestWhere(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		expr order.Expr
		want string
	}{
		"everything":     {nil, `{"find.archived":false}`},
		"and of nothing": {order.And{}, `{"find.archived":false}`},
		"or of nothing":  {order.Or{}, `{"find.archived":false,"_id":{"$in":[]}}`},
		"platform":       {text(order.FieldPlatform, "amazon"), `{"find.archived":false,"find.platform":"amazon"}`},
		"channel":        {text(order.FieldChannel, "web"), `{"find.archived":false,"find.channel":"web"}`},
		"statuses":       {text(order.FieldStatus, "pending", "confirmed"), `{"find.archived":false,"find.status":{"$in":["pending","confirmed"]}}`},
		"no value":       {text(order.FieldStatus), `{"find.archived":false,"_id":{"$in":[]}}`},
		"payment":        {text(order.FieldPayment, "cod"), `{"find.archived":false,"find.keys":"payment:cod"}`},
		"tags":           {text(order.FieldTag, "vip", "gift"), `{"find.archived":false,"find.keys":{"$in":["tag:vip","tag:gift"]}}`},
		"assignee":       {text(order.FieldAssignee, "u1"), `{"find.archived":false,"find.keys":"assignee:u1"}`},
		"held":           {text(order.FieldFlag, "held"), `{"find.archived":false,"find.keys":"flag:held"}`},
		"archived":       {text(order.FieldFlag, "archived"), `{"find.archived":{"$in":[false,true]},"find.keys":"flag:archived"}`},
		"not archived": {order.Not{X: text(order.FieldFlag, "archived")},
			`{"find.archived":{"$in":[false,true]},"$nor":[{"find.keys":"flag:archived"}]}`},
		"sku":      {text(order.FieldSKU, "plm-1"), `{"find.archived":false,"find.keys":"sku:plm-1"}`},
		"state":    {text(order.FieldState, "kerala"), `{"find.archived":false,"find.keys":"state:kerala"}`},
		"city":     {text(order.FieldCity, "pune"), `{"find.archived":false,"find.keys":"city:pune"}`},
		"pincode":  {text(order.FieldPincode, "411001"), `{"find.archived":false,"find.keys":"pincode:411001"}`},
		"awb":      {text(order.FieldAWB, "x1"), `{"find.archived":false,"find.keys":"awb:x1"}`},
		"customer": {text(order.FieldCustomer, "k"), `{"find.archived":false,"find.keys":"customer:k"}`},
		"order":    {text(order.FieldOrder, "405-1"), `{"find.archived":false,"find.keys":"order:405-1"}`},
		"date":     {number(order.FieldOrdered, 1000, 2000), `{"find.archived":false,"seq":{"$gte":2097152000,"$lt":4194304000}}`},
		"open date": {number(order.FieldOrdered, order.Lowest, order.Highest),
			`{"find.archived":false,"seq":{"$gte":0,"$lt":9223372036854775807}}`},
		"updated": {number(order.FieldUpdated, 1, 2), `{"find.archived":false,"find.updated":{"$gte":1,"$lt":2}}`},
		"ship by": {number(order.FieldShipBy, 1, 2), `{"find.archived":false,"find.shipBy":{"$gte":1,"$lt":2}}`},
		"units":   {number(order.FieldUnits, 1, 2), `{"find.archived":false,"find.units":{"$gte":1,"$lt":2}}`},
		"total":   {number(order.FieldTotal, 1, 2), `{"find.archived":false,"find.total":{"$gte":1,"$lt":2},"find.totalKnown":true}`},
		"short word": {text(order.Words, "k"),
			"{\"find.archived\":false,\"find.words\":{\"$elemMatch\":{\"$gte\":\"k\",\"$lt\":\"k\U0010FFFF\"}}}"},
		"gram": {text(order.Words, "kur"), `{"find.archived":false,"find.words":"kur"}`},
		"long word": {text(order.Words, "kurtas"),
			"{\"find.archived\":false,\"find.words\":\"kurta\",\"$and\":[{\"find.words\":{\"$elemMatch\":{\"$gte\":\"kurtas\",\"$lt\":\"kurtas\U0010FFFF\"}}}]}"},
		"not UTF-8":      {text(order.FieldTag, "\xff"), `{"find.archived":false,"_id":{"$in":[]}}`},
		"word not UTF-8": {text(order.Words, "ab\xff"), `{"find.archived":false,"_id":{"$in":[]}}`},
		"no word":        {text(order.Words), `{"find.archived":false,"_id":{"$in":[]}}`},
		"two fields": {order.And{text(order.FieldStatus, "pending"), text(order.FieldPlatform, "amazon")},
			`{"find.archived":false,"find.status":"pending","find.platform":"amazon"}`},
		"one field twice": {order.And{text(order.Words, "rav"), text(order.Words, "kum"), order.And{text(order.FieldTag, "vip")}},
			`{"find.archived":false,"find.words":"rav","find.keys":"tag:vip","$and":[{"find.words":"kum"}]}`},
		"either": {order.Or{text(order.FieldStatus, "pending"), text(order.FieldTag, "vip")},
			`{"find.archived":false,"$or":[{"find.status":"pending"},{"find.keys":"tag:vip"}]}`},
		"neither": {order.And{order.Not{X: text(order.FieldTag, "a")}, order.Not{X: text(order.FieldTag, "b")}},
			`{"find.archived":false,"$nor":[{"find.keys":"tag:a"}],"$and":[{"$nor":[{"find.keys":"tag:b"}]}]}`},
		"not everything": {order.Not{X: order.And{}}, `{"find.archived":false,"$nor":[{}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, extJSON(t, where(tt.expr))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever people type stays a string in the place of a value.
func TestNoOperatorInjection(t *testing.T) {
	t.Parallel()
	const nasty = `{"$gt":""}`
	for _, f := range append(keyFields(), order.FieldPlatform, order.FieldChannel, order.FieldStatus) {
		for _, value := range []string{"$where", "$ne", nasty, ".*", "a\x00b"} {
			filter := where(text(f, value))
			got, ok := filter[len(filter)-1].Value.(string)
			want := value
			if filter[len(filter)-1].Key == "find.keys" {
				want = string(f) + ":" + value
			}
			if !ok || got != want {
				t.Errorf("%s: %q became %#v", f, value, filter)
			}
		}
	}
}

func TestExpressionsOfUnknownFieldsSelectNothing(t *testing.T) {
	t.Parallel()
	want := `{"find.archived":false,"find.keys":"nonsense:x"}`
	if diff := cmp.Diff(want, extJSON(t, where(text("nonsense", "x")))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func extJSON(t *testing.T, d bson.D) string {
	t.Helper()
	b, err := bson.MarshalExtJSON(d, false, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
