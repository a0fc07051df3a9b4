// Package order is the domain of the order desk: what an order is, which
// statuses it may take, how a platform's report and people's decisions meet
// (Absorb), and the one query language that selects orders.
//
// The query language is free words and terms, all of which must hold:
//
//	kurta pune                    words, from their beginning
//	status:pending,confirmed      a field and one of several values
//	-tag:"call back"              not; quotes keep blanks
//	total>5000  units:2..5        comparisons and ranges, both ends meant
//	date:today  date:7d           days, and the last seven of them
//	shipby<now  shipby:4h         moments, and the coming four hours
//	assignee:me  assignee:asha    people, where a Reader knows them
//	a OR (b -c)                   alternatives and groups
//
// FieldsHelp lists the fields, Suggest completes a text, a FieldError of the
// field q says which bytes are wrong, PrintExpr writes the canonical text.
//
// It knows nothing of storage, HTTP or any platform's wire format; everything
// here is a value or a pure function. Times are UTC with millisecond
// precision and are always handed in by the caller.
package order
