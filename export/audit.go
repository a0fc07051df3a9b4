package export

import (
	"encoding/json"
	"slices"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

// Entry completes an audit entry about an export that has ended. What was
// searched for may be a name or a number, so the fields that were asked about
// are told and their values are not.
func Entry(e account.Entry, r Run, orders int, whole bool) account.Entry {
	columns := r.Columns
	if len(columns) == 0 && r.Format.HasColumns() {
		columns = UsualColumns()
	}
	b, err := json.Marshal(struct {
		Format  Format   `json:"format"`
		Columns []string `json:"columns,omitempty"`
		Fields  []string `json:"askedAbout,omitempty"`
		Masked  bool     `json:"masked"`
		Orders  int      `json:"orders"`
		Whole   bool     `json:"whole"`
	}{r.Format, columns, fieldsOf(r.Query.Where), r.Masked, orders, whole})
	if err != nil {
		panic(err) // plain texts and numbers always encode
	}
	e.Action, e.After = "export.run", string(b)
	return e
}

// fieldsOf lists the fields that a condition looks at.
func fieldsOf(e order.Expr) []string {
	var names []string
	var walk func(order.Expr)
	walk = func(e order.Expr) {
		switch e := e.(type) {
		case order.And:
			for _, x := range e {
				walk(x)
			}
		case order.Or:
			for _, x := range e {
				walk(x)
			}
		case order.Not:
			walk(e.X)
		case order.Term:
			if !slices.Contains(names, string(e.Field)) {
				names = append(names, string(e.Field))
			}
		}
	}
	walk(e)
	return names
}
