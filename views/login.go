package views

import (
	"net/url"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
)

// LoginView is the sign-in form: POST /login with email, password and next.
type LoginView struct {
	Email string
	// Next is where to go after signing in; the handler accepts local paths
	// only.
	Next string
	// Message is shown above the form, such as "E-mail or password is wrong."
	// (422) or "Too many attempts. Try again in 5 minutes." (429).
	Message string
	// Errors are messages at fields.
	Errors order.FieldErrors
	// Notice is shown when nothing is wrong, such as "You have signed out."
	Notice string
	// Provider names that of single sign-on; empty: there is none. Leave offers
	// to sign out there too.
	Provider string
	Leave    bool
}

// abroad is the address of single sign-on.
func (v LoginView) abroad() templ.SafeURL {
	if v.Next == "" || v.Next == "/" {
		return "/login/sso"
	}
	return templ.SafeURL("/login/sso?" + url.Values{"next": {v.Next}}.Encode()) // an encoded path of ours
}

// emailState and passwordState put the focus where typing goes on.
func (v LoginView) emailState() templ.Attributes {
	if a := mistaken("email", v.Errors.For("email"), true); a != nil {
		return a
	}
	return focused(v.Email == "")
}

func (v LoginView) passwordState() templ.Attributes {
	if a := mistaken("password", v.Errors.For("password"), v.Errors.For("email") == ""); a != nil {
		return a
	}
	return focused(v.Email != "" && v.Errors.For("email") == "")
}

func focused(is bool) templ.Attributes {
	if is {
		return templ.Attributes{"autofocus": true}
	}
	return nil
}
