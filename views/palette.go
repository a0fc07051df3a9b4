package views

import (
	"strings"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
)

// PaletteView is what one can go to, by what was typed.
type PaletteView struct {
	Q      string
	Groups []PaletteGroup
	// Note says what is the matter with what was typed, such as a query that
	// cannot be understood.
	Note string
}

// PaletteGroup is a heading with what stands under it.
type PaletteGroup struct {
	Title string
	Items []PaletteItem
}

// PaletteItem is one place to go.
type PaletteItem struct{ Label, Note, Path, Icon string }

// number counts the items from 1 through all groups.
func (v PaletteView) number(group, item int) int {
	n := item + 1
	for _, g := range v.Groups[:group] {
		n += len(g.Items)
	}
	return n
}

func (v PaletteView) empty() bool { return len(v.Groups) == 0 }

func (v PaletteView) nothing() string {
	if v.Note != "" {
		return v.Note
	}
	return "Nothing is called like that."
}

func viewPath(path string) templ.SafeURL { return templ.URL(path) }

// RowNote is what a line says of an order besides what it is called.
func RowNote(r order.Row) string {
	parts := []string{StatusName(r.Status), Money(r.Total)}
	if r.CustomerName != "" {
		parts = append([]string{r.CustomerName}, parts...)
	}
	return strings.Join(parts, " · ")
}
