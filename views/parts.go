package views

import (
	"github.com/a-h/templ"
)

// noticeRole makes bad news interrupt and good news wait.
func noticeRole(tone string) string {
	if tone == "danger" || tone == "warning" {
		return "alert"
	}
	return "status"
}

// mistaken are the attributes that tie an input to its message; the first
// faulty field also takes the focus.
func mistaken(id, message string, first bool) templ.Attributes {
	if message == "" {
		return nil
	}
	a := templ.Attributes{"aria-invalid": "true", "aria-describedby": id + "-err"}
	if first {
		a["autofocus"] = true
	}
	return a
}

// current marks the entry one is on.
func current(is bool) templ.Attributes {
	if is {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

// keysOff tells app.js that single keys shall do nothing.
func keysOff(keys string) templ.Attributes {
	if keys == "" {
		return nil
	}
	return templ.Attributes{"data-keys": keys}
}

func sortedAs(state string) templ.Attributes {
	if state == "" {
		return nil
	}
	return templ.Attributes{"aria-sort": state}
}

func classed(class string) templ.Attributes {
	if class == "" {
		return nil
	}
	return templ.Attributes{"class": class}
}
