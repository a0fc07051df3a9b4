package views

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
)

// name is a user's name, or a word for nobody.
func (v OrderView) name(id string) string {
	if n := v.Names[id]; n != "" {
		return n
	}
	if id == "" {
		return "the system"
	}
	return "a former user"
}

// actor says who or what made a change.
func (v OrderView) actor(e order.Event) string {
	if e.By != "" {
		return "by " + v.name(e.By)
	}
	switch e.Source {
	case order.FromPlatform:
		return "from " + platformName(v.Order.Platform)
	case order.FromWebhook:
		return "from " + platformName(v.Order.Platform) + ", by webhook"
	}
	return "by " + sourceName(e.Source)
}

// gap reports whether the platform's own time is worth saying beside ours.
func gap(e order.Event) bool {
	return !e.SourceAt.IsZero() && e.At.Sub(e.SourceAt).Abs() >= time.Minute
}

func eventTone(e order.Event) string {
	switch e.Kind {
	case order.EventStatus, order.EventCreated:
		return statusTone(e.Status)
	case order.EventSetAside, order.EventPush:
		return "warning"
	}
	return "neutral"
}

// fieldWords lists field names as a sentence does.
func fieldWords(fields []string) string {
	switch n := len(fields); n {
	case 0:
		return "details"
	case 1:
		return fields[0]
	default:
		return strings.Join(fields[:n-1], ", ") + " and " + fields[n-1]
	}
}

// hides tells whether the customer is masked here.
func (v OrderView) hides() bool { return v.Masked && !v.Revealed }

// customer is who the order goes to, masked when it must be.
func (v OrderView) customer() order.Customer {
	c := v.Order.ShipTo()
	c.ID = ""
	if !v.hides() {
		return c
	}
	c.Name, c.Email, c.Phone = MaskName(c.Name), MaskEmail(c.Email), MaskPhone(c.Phone)
	if c.Address.Line1 != "" {
		c.Address.Line1 = "•••••"
	}
	c.Address.Line2 = ""
	c.Address.Pincode = MaskPincode(c.Address.Pincode)
	return c
}

// addressLines sets an address as it stands on a parcel.
func addressLines(a order.Address) []string {
	country := a.Country
	if country == "IN" {
		country = ""
	}
	var lines []string
	for _, line := range []string{a.Line1, a.Line2, joined(" ", a.City, a.Pincode), joined(", ", a.State, country)} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// joined puts sep between the parts that are not empty.
func joined(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}

// discount is an amount taken off: positive in the domain, shown with a minus.
func discount(m order.Money) string {
	if m.Minor > 0 {
		m.Minor = -m.Minor
	}
	return Money(m)
}

func itemTitle(it order.Item) string {
	for _, s := range []string{it.Title, it.SKU, it.ProductID} {
		if s != "" {
			return s
		}
	}
	return "Unnamed item"
}

func telURL(phone string) templ.SafeURL {
	return templ.SafeURL("tel:" + url.PathEscape(strings.ReplaceAll(phone, " ", "")))
}

func mailURL(address string) templ.SafeURL { return templ.SafeURL("mailto:" + url.PathEscape(address)) }

// web reports whether an address given by a platform is a web page.
func web(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func (v StatusFormView) action() templ.SafeURL { return orderURL(v.ID) + "/status" }

func (v NoteFormView) action() templ.SafeURL { return orderURL(v.ID) + "/notes" }

// picked marks what was sent, or the first step on a fresh form: it is the
// ordinary one.
func (v StatusFormView) picked(i int) bool {
	if v.Chosen != "" {
		return v.Next[i] == v.Chosen
	}
	return i == 0 && v.Next[i] != order.Cancelled
}
