package views

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/account"
)

// PageView is what every full page needs besides its own content.
type PageView struct {
	// Title is the page's own, such as "Orders"; the product's name is added.
	Title string
	// Active is the path of the navigation entry to mark, such as "/orders".
	Active string
	// User is the signed-in person; nil on pages outside a session (sign-in,
	// errors). Navigation shows what this person may open.
	User *account.User
	// Assets is the prefix of static files (static.Assets.Prefix).
	Assets string
	// Views are the saved views below Orders in the navigation.
	Views []ViewLink
	// Bell is what stands beside the product's name, such as the way to what is
	// new; nil leaves the place empty.
	Bell templ.Component
	// Keys is "off" when single keys shall do nothing.
	Keys string
	// Theme is "light", "dark" or empty for the system's; Density is "compact"
	// or empty. Take them from the user, or from a cookie before sign-in.
	Theme, Density string
	// Path is the address of this page with its query. The forms of the user
	// menu send it as "next" to come back here.
	Path string
	// Events is the address of the page's one event stream, normally
	// "/events"; empty for pages without one. See app.js for the events:
	// "order" with data {"id","created"}.
	Events string
	// CSRF is put into every form as the field _csrf and sent by htmx as the
	// header X-CSRF-Token; empty when requests are checked by their origin.
	CSRF string
	// Flash is one sentence about what was just done, shown once as a toast.
	Flash string
	// Docs loads the style of pages about the API.
	Docs bool
	// Lean leaves out what the list of orders does not need, nor an order that
	// is opened over it.
	Lean bool
	// Figures loads the style and script of charts.
	Figures bool
	// Dev adds the link to the style guide.
	Dev bool
}

// ViewLink is a saved view in the navigation.
type ViewLink struct {
	ID, Name string
	// Query is the list's address without "/orders?".
	Query string
	// Count is the number of orders in it, at least that many when it is
	// AtMost; -1: not known yet.
	Count, AtMost int
	// Here marks the list that is shown.
	Here bool
}

// number is the count in the little room there is for it.
func (l ViewLink) number() string {
	switch {
	case l.Count <= 0:
		return ""
	case l.Count >= l.AtMost:
		return Number(l.AtMost) + "+"
	}
	return Number(l.Count)
}

// Choice is one entry of a select or a group of check boxes.
type Choice struct{ Value, Label string }

// navEntry is one place in the navigation and the permission that opens it.
type navEntry struct {
	path, label string
	needs       account.Permission
}

// navigation lists only pages that exist.
func navigation() []navEntry {
	return []navEntry{
		{"/", "Dashboard", account.AnalyticsRead},
		{"/orders", "Orders", account.OrdersRead},
		{"/customers", "Customers", account.CustomersRead},
		{"/analytics", "Analytics", account.AnalyticsRead},
		{"/channels", "Channels", account.ChannelsRead},
		{"/imports", "Imports", account.OrdersCreate},
		{"/users", "Users", account.UsersManage},
		{"/audit", "Audit", account.AuditRead},
		{"/settings", "Settings", account.SettingsManage},
	}
}

func (p PageView) nav() []navEntry {
	if p.User == nil {
		return nil
	}
	var open []navEntry
	for _, e := range navigation() {
		if p.User.May(e.needs) {
			open = append(open, e)
		}
	}
	return open
}

// Places are the entries of the navigation that this person may open.
func (p PageView) Places() []Choice {
	var all []Choice
	for _, e := range p.nav() {
		all = append(all, Choice{Value: e.path, Label: e.label})
	}
	return all
}

// here reports whether a navigation entry is the page one is on; a saved view
// is more precise than the list it is of.
func (p PageView) here(path string) bool {
	if path == "/orders" && slices.ContainsFunc(p.Views, func(l ViewLink) bool { return l.Here }) {
		return false
	}
	return path == p.Active
}

func (p PageView) asset(name string) string { return p.Assets + "/" + name }

func (p PageView) title() string {
	if p.Title == "" {
		return "Palmonas"
	}
	return p.Title + " · Palmonas"
}

func roleName(r account.Role) string {
	switch r {
	case account.Admin:
		return "Administrator"
	case account.Support:
		return "Support"
	case account.ReadOnly:
		return "Read only"
	}
	return string(r)
}

// initials are the first letters of the first and the last word of a name.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	if len(words) == 1 {
		return string(unicode.ToUpper(first))
	}
	last, _ := utf8.DecodeRuneInString(words[len(words)-1])
	return string(unicode.ToUpper(first)) + string(unicode.ToUpper(last))
}

// headers makes htmx send the token with every request of the page.
func headers(token string) templ.Attributes {
	if token == "" {
		return nil
	}
	b, err := json.Marshal(map[string]string{"X-CSRF-Token": token})
	if err != nil {
		return nil
	}
	return templ.Attributes{"hx-headers:inherited": string(b)}
}
