package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/staff"
	"github.com/palmonas/palmonas-crm/store"
)

func runUser(ctx context.Context, p program) error {
	return p.subcommand(ctx, "user", map[string]func(context.Context, program) error{
		"add": userAdd, "list": userList, "passwd": userPasswd, "disable": userDisable, "enable": userEnable,
	})
}

func userAdd(ctx context.Context, p program) error {
	var email, name, role string
	var fromStdin bool
	if err := p.flags("user add", "user add --email E --name N --role R [--password-stdin]", func(fs *flag.FlagSet) {
		fs.StringVar(&email, "email", "", "e-mail address to sign in with")
		fs.StringVar(&name, "name", "", "full name")
		fs.StringVar(&role, "role", "", "admin, support or readonly")
		fs.BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input instead of making one")
	}); err != nil {
		return err
	}
	address, err := account.NormaliseEmail(email)
	if err != nil {
		return usageError("--email %q is not an e-mail address", email)
	}
	if name = strings.TrimSpace(name); name == "" {
		return usageError("--name is missing")
	}
	if !account.Role(role).Valid() {
		return usageError("--role %q: use admin, support or readonly", role)
	}
	password, shown, err := p.password(address, fromStdin)
	if err != nil {
		return err
	}
	return p.withNewStore(ctx, func(s store.Store) error {
		if err := createUser(ctx, s, address, name, account.Role(role), password, time.Now()); err != nil {
			if errors.Is(err, store.ErrConflict) {
				return fmt.Errorf("a user with %s exists already", address)
			}
			return err
		}
		fmt.Fprintf(p.stdout, "added %s as %s\n%s", address, role, shown)
		return nil
	})
}

// password returns the password to set and, when it was made here, the line
// that shows it once.
func (p program) password(email string, fromStdin bool) (password, shown string, err error) {
	if !fromStdin {
		password = account.NewPassword()
		return password, "password, shown this once: " + password + "\n", nil
	}
	line, err := bufio.NewReader(p.stdin).ReadString('\n')
	if password = strings.TrimRight(line, "\r\n"); password == "" {
		return "", "", fmt.Errorf("no password on standard input: %w", err)
	}
	return password, "", account.CheckPolicy(password, email)
}

func createUser(ctx context.Context, s store.Store, email, name string, role account.Role, password string, at time.Time) error {
	hash, err := account.HashPassword(password)
	if err != nil {
		return err
	}
	u := account.User{ID: account.NewID(), Email: email, Name: name, Role: role, PasswordHash: hash, Epoch: 1, Version: 1, CreatedAt: at, UpdatedAt: at}
	if err := s.Users().Create(ctx, u); err != nil {
		return err
	}
	return note(ctx, s, "user.create", "user:"+string(u.ID))
}

func userList(ctx context.Context, p program) error {
	if err := p.flags("user list", "user list", func(*flag.FlagSet) {}); err != nil {
		return err
	}
	return p.withStore(ctx, func(s store.Store) error {
		users, err := s.Users().List(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
		fmt.Fprintln(w, "EMAIL\tNAME\tROLE\tSTATE\tLAST LOGIN")
		for _, u := range users {
			state, last := "active", "never"
			if u.Disabled {
				state = "disabled"
			}
			if !u.LastLoginAt.IsZero() {
				last = u.LastLoginAt.UTC().Format(time.RFC3339)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", u.Email, u.Name, u.Role, state, last)
		}
		return w.Flush()
	})
}

func userPasswd(ctx context.Context, p program) error {
	var fromStdin bool
	rest, err := p.parse("user passwd", "user passwd EMAIL [--password-stdin]", func(fs *flag.FlagSet) {
		fs.BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input instead of making one")
	})
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usageError("usage: palmonas user passwd EMAIL [--password-stdin]")
	}
	password, shown, err := p.password(rest[0], fromStdin)
	if err != nil {
		return err
	}
	hash, err := account.HashPassword(password)
	if err != nil {
		return err
	}
	return p.changeUser(ctx, rest[0], "user.password", shown, func(u *account.User) { u.PasswordHash = hash })
}

func userDisable(ctx context.Context, p program) error { return p.switchUser(ctx, "disable", true) }

func userEnable(ctx context.Context, p program) error { return p.switchUser(ctx, "enable", false) }

// switchUser lets a user in or keeps them out, by the rules of the pages: the
// last administrator stays.
func (p program) switchUser(ctx context.Context, word string, disabled bool) error {
	rest, err := p.parse("user "+word, "user "+word+" EMAIL", func(*flag.FlagSet) {})
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usageError("usage: palmonas user %s EMAIL", word)
	}
	return p.withStore(ctx, func(s store.Store) error {
		u, err := userOf(ctx, s, rest[0])
		if err != nil {
			return err
		}
		if u.Disabled == disabled {
			fmt.Fprintf(p.stdout, "%s was %sd already\n", u.Email, word)
			return nil
		}
		office := staff.Office{Users: s.Users(), Leases: s.Leases(), Audit: s.Audit(), Now: time.Now, Log: slog.New(slog.NewTextHandler(p.stderr, nil))}
		_, err = office.Change(ctx, staff.Actor{Via: "cli"}, u.ID, 0, staff.Change{Disabled: &disabled})
		if errors.Is(err, staff.ErrLastAdmin) {
			return fmt.Errorf("%s is the last administrator: add another first (palmonas user add --role admin …)", u.Email)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "%sd %s; open sessions are ended\n", word, u.Email)
		return nil
	})
}

// userOf finds a user by address.
func userOf(ctx context.Context, s store.Store, email string) (account.User, error) {
	address, err := account.NormaliseEmail(email)
	if err != nil {
		return account.User{}, usageError("%q is not an e-mail address", email)
	}
	u, err := s.Users().ByEmail(ctx, address)
	if errors.Is(err, store.ErrNotFound) {
		return account.User{}, fmt.Errorf("no user with %s", address)
	}
	return u, err
}

// changeUser applies change to the user with this address and ends all the
// sessions of that user.
func (p program) changeUser(ctx context.Context, email, action, shown string, change func(*account.User)) error {
	return p.withStore(ctx, func(s store.Store) error {
		u, err := userOf(ctx, s, email)
		if err != nil {
			return err
		}
		if _, err := s.Users().Update(ctx, u.ID, func(u *account.User) error {
			change(u)
			u.Epoch++
			u.Version++
			u.UpdatedAt = time.Now()
			return nil
		}); err != nil {
			return err
		}
		if err := note(ctx, s, action, "user:"+string(u.ID)); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "changed %s; open sessions are ended\n%s", u.Email, shown)
		return nil
	})
}
