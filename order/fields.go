package order

// FieldHelp tells people what a field of the query language is about.
type FieldHelp struct {
	Field Field
	// About is a short noun phrase, such as "where an order stands".
	About string
	// Examples are whole terms that parse.
	Examples []string
}

// FieldsHelp lists every field one may write, the most useful first.
func FieldsHelp() []FieldHelp {
	return []FieldHelp{
		{FieldStatus, "where an order stands", []string{"status:pending,confirmed", "-status:delivered"}},
		{FieldPlatform, "where it was placed", []string{"platform:amazon"}},
		{FieldChannel, "the connection it came through", []string{"channel:website"}},
		{FieldTag, "tags", []string{"tag:vip", `-tag:"call back"`}},
		{FieldAssignee, "who works on it", []string{"assignee:me"}},
		{FieldFlag, "what needs a look", []string{"flag:held", "flag:needs_attention"}},
		{FieldPayment, "how it is paid", []string{"payment:cod"}},
		{FieldOrdered, "when it was placed", []string{"date:today", "date:7d", "date:2026-11-01..2026-11-30"}},
		{FieldShipBy, "when it must leave", []string{"shipby<now", "shipby:4h", "shipby<=today"}},
		{FieldUpdated, "when it last changed", []string{"updated:today", "updated:2h"}},
		{FieldTotal, "its total in rupees", []string{"total>5000", "total:1000..5000"}},
		{FieldUnits, "pieces in it", []string{"units>2"}},
		{FieldSKU, "an SKU in it", []string{"sku:ring-7"}},
		{FieldState, "the state it goes to", []string{"state:maharashtra", "state:KA"}},
		{FieldCity, "the city it goes to", []string{"city:pune"}},
		{FieldPincode, "the pincode it goes to", []string{"pincode:411001"}},
		{FieldAWB, "the tracking number", []string{"awb:14225310078941"}},
		{FieldOrder, "the exact order number", []string{"order:405-8078784-5731545"}},
		{FieldCustomer, "all orders of one customer", []string{`customer:"+919876543210"`}},
		{FieldKind, "documents other than sales", []string{"kind:purchase"}},
	}
}
