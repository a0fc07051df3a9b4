package saved

import "slices"

// Column is one column of the list besides the order itself, which is always
// there.
type Column string

// The columns.
const (
	ColPlatform Column = "platform"
	ColChannel  Column = "channel"
	ColStatus   Column = "status"
	ColCustomer Column = "customer"
	ColPlace    Column = "place" // city and state
	ColItems    Column = "items"
	ColPayment  Column = "payment"
	ColTotal    Column = "total"
	ColOrdered  Column = "ordered"
	ColShipBy   Column = "shipby"
	ColTags     Column = "tags"
	ColAssignee Column = "assignee"
	ColAWB      Column = "awb"
	ColUpdated  Column = "updated"
)

// Columns lists every column in the order in which lists show them.
func Columns() []Column {
	return []Column{ColPlatform, ColChannel, ColStatus, ColCustomer, ColPlace, ColItems, ColPayment, ColTotal,
		ColOrdered, ColShipBy, ColTags, ColAssignee, ColAWB, ColUpdated}
}

// UsualColumns are those that a list shows when nobody chose.
func UsualColumns() []Column {
	return []Column{ColPlatform, ColStatus, ColCustomer, ColItems, ColTotal, ColOrdered, ColShipBy}
}

// inOrder are the distinct known columns of a list in the usual order.
func inOrder(list []Column) []Column {
	var out []Column
	for _, c := range Columns() {
		if slices.Contains(list, c) {
			out = append(out, c)
		}
	}
	return out
}

// Choice is which columns one person wants to see.
type Choice struct {
	// Usual are those of lists without a choice of their own.
	Usual []Column `json:"usual,omitempty"`
	// Of are those of single views, by id.
	Of map[string][]Column `json:"of,omitempty"`
}

// maxOf bounds the choices for single views that are kept for one person.
const maxOf = 200

// For are the columns of a list: what the person chose for the view (id and
// view are zero for other lists), what the view came with, or what the person
// usually sees.
func (c Choice) For(id string, view View) []Column {
	for _, list := range [][]Column{c.Of[id], view.Columns, c.Usual} {
		if list = inOrder(list); len(list) > 0 {
			return list
		}
	}
	return UsualColumns()
}

// With is the choice with other columns for a view, or, for the empty id, the
// usual ones. None goes back to what was there before anybody chose.
func (c Choice) With(id string, list []Column) Choice {
	list = inOrder(list)
	if id == "" {
		c.Usual = list
		return c
	}
	of := map[string][]Column{}
	for k, v := range c.Of {
		of[k] = v
	}
	of[id] = list
	if len(list) == 0 || len(of) > maxOf {
		delete(of, id)
	}
	c.Of = of
	return c
}
