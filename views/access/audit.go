package access

import (
	"strings"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// AuditView is a part of the audit.
type AuditView struct {
	views.Clock
	Entries                      []account.Entry
	Users                        []account.User
	By, Action, Object, From, To string
	More                         string // address of the older entries
	Errors                       order.FieldErrors
}

func (v AuditView) who(id string) string {
	switch id {
	case "":
		return "Nobody signed in"
	case "system":
		return "The program"
	}
	for _, u := range v.Users {
		if string(u.ID) == id {
			return u.Name
		}
	}
	return id
}

// objectURL is the page of what an entry is about, if it has one.
func objectURL(object string) (templ.SafeURL, bool) {
	kind, id, _ := strings.Cut(object, ":")
	switch kind {
	case "order":
		return templ.URL("/orders/" + id), true
	case "user":
		return templ.URL("/users/" + id), true
	case "channel":
		return templ.URL("/channels/" + id), true
	case "job":
		return templ.URL("/jobs/" + id), true
	}
	return "", false
}

func (v AuditView) filtered() bool { return v.By+v.Action+v.Object+v.From+v.To != "" }
