// Package access draws the pages about people: users and what they may do,
// their own account, and every way in besides the usual sign-in.
package access

import (
	"strings"
	"time"

	"github.com/a-h/templ"
	"rsc.io/qr"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// What a single permission's choice may be beside the role's own.
const (
	Grant = "grant"
	Deny  = "deny"
)

// UserRow is one line of the list of users.
type UserRow struct {
	account.User
	Factor bool // has a second factor
}

func (r UserRow) state() (tone, word string) {
	switch {
	case r.Disabled:
		return "neutral", "Disabled"
	case r.PasswordHash == "":
		return "warning", "Invited"
	}
	return "success", "Active"
}

// extras tells what differs from the role.
func (r UserRow) extras() string {
	var words []string
	if n := len(r.Granted); n > 0 {
		words = append(words, views.Count(n, "granted", "granted"))
	}
	if n := len(r.Denied); n > 0 {
		words = append(words, views.Count(n, "denied", "denied"))
	}
	if n := len(r.Channels); n > 0 {
		words = append(words, "only "+views.Count(n, "channel", "channels"))
	}
	return strings.Join(words, ", ")
}

// UsersView is the list of users.
type UsersView struct {
	views.Clock
	Users []UserRow
	Self  account.ID
	Rules RulesView
}

// RulesView is what is demanded of everybody.
type RulesView struct {
	Factor, Allowed bool
}

// NewUserView is the form that adds somebody.
type NewUserView struct {
	Email, Name string
	Role        account.Role
	Errors      order.FieldErrors
}

// LinkView shows a one-time link.
type LinkView struct {
	views.Clock
	User    account.User
	Address string
	Until   time.Time
}

// FactorState is what is known of somebody's second factor; Since is zero
// without one.
type FactorState struct {
	Since time.Time
	Left  int
}

// SessionRow is one open session.
type SessionRow struct {
	ID, IP, Agent string
	Since         time.Time
	This          bool // the one that asks
}

// TokenRow is one personal access token.
type TokenRow struct {
	ID, Name                   string
	Scopes                     []account.Permission
	Created, Expires, LastUsed time.Time
}

// UserView is the page of one user.
type UserView struct {
	views.Clock
	User     account.User
	Self     bool
	Version  int64
	Name     string
	Role     account.Role
	Grants   map[account.Permission]string
	Channels []ChannelChoice // all there are
	Errors   order.FieldErrors
	Sessions []SessionRow
	Tokens   []TokenRow
	Factor   FactorState
	Bound    time.Time // to a provider of single sign-on, or zero
}

// ChannelChoice is a channel that somebody may be restricted to.
type ChannelChoice struct {
	ID, Name, Platform string
	Chosen             bool
}

// AccountView is one's own account.
type AccountView struct {
	views.Clock
	User           account.User
	PasswordErrors order.FieldErrors
	Factor         FactorState
	Provider       string    // of single sign-on, or empty
	Bound          time.Time // to it, or zero
	Sessions       []SessionRow
	Tokens         []TokenRow
	Scopes         []account.Permission // what a token may be allowed
	NewToken       string               // shown once
	TokenName      string
	TokenDays      string
	TokenScopes    []account.Permission
	TokenErrors    order.FieldErrors
}

func (v AccountView) days() string {
	if v.TokenDays == "" {
		return "90"
	}
	return v.TokenDays
}

// KeptField is a field of a form that waits for a proof.
type KeptField struct{ Name, Value string }

// ConfirmView asks somebody to prove that it is them, over the form that they
// have sent.
type ConfirmView struct {
	Action         string // where the form goes
	Kept           []KeptField
	Email          string
	Password, Code bool   // what may prove it
	Provider       string // instead of both, or empty
	Errors         order.FieldErrors
}

// FactorView sets a second factor up.
type FactorView struct {
	views.Clock
	State         FactorState
	Address, Seed string
	Errors        order.FieldErrors
	Demanded      bool
}

// grouped is a seed in groups of four, to type it.
func (v FactorView) grouped() string {
	var b strings.Builder
	for i, c := range v.Seed {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// square is a QR code as one path in a square of this many units, the quiet
// zone around it included.
func (v FactorView) square() (path string, size int) {
	const quiet = 4
	code, err := qr.Encode(v.Address, qr.M)
	if err != nil {
		return "", 0 // too long for a QR code: the seed stands beside it
	}
	var b strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				b.WriteString("M" + itoa(x+quiet) + " " + itoa(y+quiet) + "h1v1h-1z")
			}
		}
	}
	return b.String(), code.Size + 2*quiet
}

// CodeView asks for the code of a second factor.
type CodeView struct{ Error string }

// WelcomeView lets somebody choose a password.
type WelcomeView struct {
	Email, Name string
	New         bool
	Errors      order.FieldErrors
}

// SetupView makes the first administrator.
type SetupView struct {
	Email, Name string
	Errors      order.FieldErrors
}

// mistaken marks a field that has a message; the first one gets the focus.
func mistaken(id string, e order.FieldErrors) templ.Attributes {
	first := len(e) > 0 && e[0].Field == id
	return views.Mistaken(id, e.For(id), first)
}
