package views

import (
	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
)

// ViewsView is the page of saved views.
type ViewsView struct {
	Clock
	// Everybody's and the person's own, each in its order.
	Shared, Own []SavedView
	MayShare    bool
	// MayRestore offers the ready-made views that are missing.
	MayRestore bool
	// New is the form for another view; nil when no list is to be saved.
	New *ViewForm
	// Editing is the form of a view that could not be changed as asked.
	Editing *ViewForm
	// Channels and Names word the filters.
	Channels []Choice
	Names    map[string]string
}

// SavedView is one view on that page.
type SavedView struct {
	ViewLink
	Filter order.Filter
	// By is the name of who made it, empty for ready-made ones.
	By                string
	Shared, MayChange bool
	MayMove           bool
	First, Last       bool
}

// ViewForm is a view as somebody fills it in. ID is empty for a new one.
type ViewForm struct {
	ID, Name, Query string
	Shared          bool
	// Columns keeps the columns that the list shows now with the view.
	Columns bool
	Errors  order.FieldErrors
}

// form is the form of a view: the one that was sent back, or a fresh one.
func (v ViewsView) form(w SavedView) ViewForm {
	if v.Editing != nil && v.Editing.ID == w.ID {
		return *v.Editing
	}
	return ViewForm{ID: w.ID, Name: w.Name, Query: w.Query, Shared: w.Shared}
}

// words are the filters of a view in words.
func (v ViewsView) words(f order.Filter) []chip {
	list := OrdersView{Clock: v.Clock, Filter: f, Channels: v.Channels, Names: v.Names}
	chips := list.chips()
	if f.Q != "" {
		chips = append([]chip{{label: "Search", value: f.Q}}, chips...)
	}
	if f.Sort != "" {
		chips = append(chips, chip{label: "Sort", value: sortName(f.Sort)})
	}
	return chips
}

// viewAction is where the forms of a view are sent; the empty id is a new one.
func viewAction(id, what string) templ.SafeURL {
	switch {
	case id == "":
		return "/views"
	case what == "":
		return templ.URL("/views/" + id)
	}
	return templ.URL("/views/" + id + "/" + what)
}
