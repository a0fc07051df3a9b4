package views

import (
	"net/url"
	"slices"

	"github.com/a-h/templ"
)

func (v ChannelFormView) action() templ.SafeURL {
	if v.New {
		return "/channels"
	}
	return channelURL(v.ID)
}

func newChannelURL(adapter string) templ.SafeURL {
	return templ.SafeURL("/channels/new?" + url.Values{"adapter": {adapter}}.Encode())
}

// optionsOpen keeps the options in sight while one of them is used or wrong.
func (v ChannelFormView) optionsOpen() bool {
	if v.Errors.For("more") != "" {
		return true
	}
	for _, f := range v.Options {
		if v.Errors.For(f.Name) != "" || f.Required && f.Value == "" {
			return true
		}
	}
	return false
}

func opened(is bool) templ.Attributes {
	if is {
		return templ.Attributes{"open": true}
	}
	return nil
}

// hinted ties an input to its hint and, if there is one, its message.
func hinted(id, hint, message string) templ.Attributes {
	a := mistaken(id, message, message != "")
	switch {
	case hint == "":
		return a
	case a == nil:
		return templ.Attributes{"aria-describedby": id + "-hint"}
	}
	a["aria-describedby"] = id + "-hint " + id + "-err"
	return a
}

// odd reports whether a value stands outside the choices; it is kept.
func (f SettingField) odd() bool { return f.Value != "" && !slices.Contains(f.Choices, f.Value) }

func (f SettingField) placeholder() string {
	if f.Set {
		return "unchanged"
	}
	return ""
}

func (v HooksView) rotateLabel() string {
	switch {
	case v.Given && v.Secrets == 0:
		return "Set the secret"
	case v.Given:
		return "Replace the secret"
	case v.Secrets == 0:
		return "Make a secret"
	}
	return "Make a new secret"
}

// good counts the records that would leave the quarantine.
func (v ReplayView) good() int {
	n := 0
	for _, it := range v.Items {
		if it.Good {
			n++
		}
	}
	return n
}
