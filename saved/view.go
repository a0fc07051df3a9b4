package saved

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// View is a list of orders under a name.
type View struct {
	Name string `json:"name"`
	// Query is the list's canonical address without "/orders?", and without a
	// page: empty for all orders.
	Query string `json:"query"`
	// Columns are what the list shows besides the order; none: the usual ones.
	Columns []Column `json:"columns,omitempty"`
	By      string   `json:"by,omitempty"` // user id of who made it; empty for the ready-made
	// Place is where it stands among the views of its owner, from 0.
	Place int `json:"place"`
}

// Kept is a view as it is stored. Its Owner is empty when it is everybody's.
type Kept = store.Kept[View]

// Shared reports whether everybody has the view.
func Shared(k Kept) bool { return k.Owner == "" }

// MayChange reports whether somebody may rename, share, move or delete a view:
// their own, one that they shared, and, for who manages settings, everybody's.
func MayChange(u account.User, k Kept) bool {
	switch {
	case !Shared(k):
		return k.Owner == string(u.ID)
	case u.May(account.SettingsManage):
		return true
	}
	return k.Value.By == string(u.ID) && MayShare(u)
}

// MayMove reports whether somebody may move a view among its owner's: moving
// one moves the others too.
func MayMove(u account.User, k Kept) bool {
	if Shared(k) {
		return u.May(account.SettingsManage)
	}
	return k.Owner == string(u.ID)
}

// MayShare reports whether somebody may give views to everybody.
func MayShare(u account.User) bool { return u.May(account.OrdersEdit) || u.May(account.SettingsManage) }

// Sees reports whether somebody has the view in their navigation.
func Sees(u account.User, k Kept) bool { return Shared(k) || k.Owner == string(u.ID) }

const maxName = 60

// Clean brings a view to its canonical form. The error is order.FieldErrors at
// name, query and columns.
func Clean(v View) (View, error) {
	var faults order.FieldErrors
	fault := func(field, format string, a ...any) {
		faults = append(faults, order.FieldError{Field: field, Message: fmt.Sprintf(format, a...)})
	}
	v.Name = strings.Join(strings.Fields(v.Name), " ")
	switch n := utf8.RuneCountInString(v.Name); {
	case n == 0:
		fault("name", "Give the view a name.")
	case n > maxName || !utf8.ValidString(v.Name):
		fault("name", "Use at most %d characters.", maxName)
	}
	f, err := Filter(v)
	if err != nil {
		fault("query", "This list cannot be saved: %v.", err)
	}
	v.Query = Address(f)
	for _, c := range v.Columns {
		if !slices.Contains(Columns(), c) {
			fault("columns", "There is no column %q.", c)
		}
	}
	if len(faults) > 0 {
		return v, faults
	}
	v.Columns = inOrder(v.Columns)
	return v, nil
}

// Filter is the list that a view stands for.
func Filter(v View) (order.Filter, error) {
	values, err := url.ParseQuery(v.Query)
	if err != nil {
		return order.Filter{}, fmt.Errorf("its address is unreadable: %w", err)
	}
	return order.ParseFilter(values)
}

// Address is the query of a list's address as views keep it: without page and
// page size, which are nobody's idea of what a list is about.
func Address(f order.Filter) string {
	f.Limit, f.Page, f.After, f.Before = 0, 0, "", ""
	return f.Values().Encode()
}

// key keeps names apart within an owner's views.
func key(owner, name string) string { return owner + "\x00" + strings.ToLower(name) }

// inSidebar sorts as people see views: everybody's first, each owner's by
// place.
func inSidebar(list []Kept) {
	slices.SortStableFunc(list, func(a, b Kept) int {
		return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Value.Place, b.Value.Place), cmp.Compare(a.ID, b.ID))
	})
}
