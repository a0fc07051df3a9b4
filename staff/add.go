package staff

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// maxName is the longest name in characters.
const maxName = 100

// New is somebody to be added. An empty password lets one be made.
type New struct {
	Email, Name, Password string
	Role                  account.Role
	// ByLink leaves the account without a password: its owner chooses one with
	// a link (Office.Link).
	ByLink bool
}

// Add makes an account and returns it with its password, which is the given
// one or a random one to hand over. Faults are order.FieldErrors at email,
// name, role and password; ErrAbove when the role may more than who adds it.
func (o Office) Add(ctx context.Context, by Actor, n New) (account.User, string, error) {
	email, faults := n.check()
	if len(faults) > 0 {
		return account.User{}, "", faults
	}
	at, password := o.Now(), n.Password
	u := account.User{ID: account.NewID(), Email: email, Name: cleanName(n.Name), Role: n.Role,
		Epoch: 1, Version: 1, CreatedAt: at, UpdatedAt: at}
	if err := o.allowed(ctx, by.User, account.User{}, u); err != nil {
		return account.User{}, "", err
	}
	if password == "" && !n.ByLink {
		password = account.NewPassword()
	}
	if password != "" {
		var err error
		if u.PasswordHash, err = account.HashPassword(password); err != nil {
			return account.User{}, "", fmt.Errorf("staff: %w", err)
		}
	}
	switch err := o.Users.Create(ctx, u); {
	case errors.Is(err, store.ErrConflict):
		return account.User{}, "", order.FieldErrors{fault("email", "There is an account with this address already.")}
	case err != nil:
		return account.User{}, "", fmt.Errorf("staff: add user: %w", err)
	}
	u, err := o.Users.Get(ctx, u.ID)
	if err != nil {
		return account.User{}, "", fmt.Errorf("staff: %w", err)
	}
	o.note(ctx, by, "user.create", account.User{}, u)
	return u, password, nil
}

func (n New) check() (email string, faults order.FieldErrors) {
	email, err := account.NormaliseEmail(n.Email)
	if err != nil {
		faults = append(faults, fault("email", "Write an e-mail address."))
	}
	if message := nameFault(n.Name); message != "" {
		faults = append(faults, fault("name", message))
	}
	if !n.Role.Valid() {
		faults = append(faults, fault("role", roleWords()))
	}
	if n.Password != "" {
		if err := account.CheckPolicy(n.Password, email); err != nil {
			faults = append(faults, fault("password", sentence(err.Error())))
		}
	}
	return email, faults
}

func (c Change) faults() (faults order.FieldErrors) {
	if c.Name != nil {
		if message := nameFault(*c.Name); message != "" {
			faults = append(faults, fault("name", message))
		}
	}
	if c.Role != nil && !c.Role.Valid() {
		faults = append(faults, fault("role", roleWords()))
	}
	for _, list := range []struct {
		field string
		names *[]account.Permission
	}{{"granted", c.Granted}, {"denied", c.Denied}} {
		if list.names == nil {
			continue
		}
		for _, p := range *list.names {
			if !slices.Contains(account.Permissions(), p) {
				faults = append(faults, fault(list.field, fmt.Sprintf("There is no permission %.40q.", string(p))))
			}
		}
	}
	return faults
}

func cleanName(s string) string { return strings.Join(strings.Fields(s), " ") }

func nameFault(s string) string {
	name := cleanName(s)
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return "Write a name."
	case n > maxName:
		return fmt.Sprintf("Use at most %d characters.", maxName)
	case !utf8.ValidString(s), strings.ContainsFunc(name, unicode.IsControl):
		return "This holds characters that cannot be stored."
	}
	return ""
}

func roleWords() string {
	names := make([]string, len(account.Roles()))
	for i, r := range account.Roles() {
		names[i] = string(r)
	}
	return "Use one of " + strings.Join(names, ", ") + "."
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }
