// Package staff owns what happens to the accounts of people: who is added,
// changed, disabled, by whom, and what must never happen: nobody hands out more
// than they have themselves, and the last administrator stays. Pages, the API
// and commands all come through here, so that each change is audited and ends
// the sessions and tokens it must end.
//
// It must not know HTTP.
package staff

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// Errors a caller can tell apart.
var (
	// ErrLastAdmin says that nobody could manage users afterwards.
	ErrLastAdmin = errors.New("this is the last administrator who can sign in")
	// ErrAbove says that somebody would give, or change, more than they have.
	ErrAbove = errors.New("this needs permissions that you do not have yourself")
	// ErrStale says that the account changed since it was read.
	ErrStale = errors.New("the account has changed since you opened it")
)

// Office makes changes to accounts. It is safe for concurrent use, in several
// processes too.
type Office struct {
	Users store.Users
	// Known lists the channels that a user may be restricted to; needed for
	// Change.Channels.
	Known  func(context.Context) ([]channel.Channel, error)
	Leases store.Leases
	Audit  store.Audit
	// Records keeps one-time links and second factors, Keys seals the seeds of
	// the latter.
	Records store.Records
	Keys    *channel.Keyring
	Now     func() time.Time
	Log     *slog.Logger
}

// Actor is who makes a change, and from where.
type Actor struct {
	User account.User
	Via  string // page, api, cli
	IP   string
	Ref  string // request id
}

// Change is what somebody wants to change; nil leaves a field alone.
type Change struct {
	Name     *string
	Role     *account.Role
	Granted  *[]account.Permission
	Denied   *[]account.Permission
	Disabled *bool
	// Channels are the only ones whose orders the user sees; an empty list takes
	// the restriction away.
	Channels *[]string
}

// Change applies c to the user with this id, if version is the one it has
// (zero: any). What cannot be is order.FieldErrors, ErrAbove, ErrLastAdmin,
// ErrStale or store.ErrNotFound. A change that changes nothing is none.
func (o Office) Change(ctx context.Context, by Actor, id account.ID, version int64, c Change) (account.User, error) {
	faults, err := o.channelFaults(ctx, c)
	if err != nil {
		return account.User{}, err
	}
	if faults = append(c.faults(), faults...); len(faults) > 0 {
		return account.User{}, faults
	}
	release, err := o.alone(ctx)
	if err != nil {
		return account.User{}, err
	}
	defer release()
	before, err := o.Users.Get(ctx, id)
	if err != nil {
		return account.User{}, fmt.Errorf("staff: %w", err)
	}
	wanted := c.apply(before)
	if err := o.allowed(ctx, by.User, before, wanted); err != nil {
		return account.User{}, err
	}
	if same(before, wanted) && (version == 0 || version == before.Version) {
		return before, nil
	}
	at := o.Now()
	after, err := o.Users.Update(ctx, id, func(u *account.User) error {
		if version != 0 && version != u.Version {
			return ErrStale
		}
		was := *u
		*u = c.apply(was) // a sign-in or a new theme may have come between
		if u.UpdatedAt = at; !slices.Equal(u.Channels, was.Channels) {
			u.ScopedAt = at
		}
		return nil
	})
	if err != nil {
		return account.User{}, fmt.Errorf("staff: change user: %w", err)
	}
	o.note(ctx, by, "user.update", before, after)
	return after, nil
}

// apply is u with the change; rights that change end sessions and tokens.
func (c Change) apply(u account.User) account.User {
	was := u
	if c.Name != nil {
		u.Name = cleanName(*c.Name)
	}
	if c.Role != nil {
		u.Role = *c.Role
	}
	if c.Granted != nil {
		u.Granted = ordered(*c.Granted)
	}
	if c.Denied != nil {
		u.Denied = ordered(*c.Denied)
	}
	if c.Disabled != nil {
		u.Disabled = *c.Disabled
	}
	if c.Channels != nil {
		u.Channels = slices.Compact(slices.Sorted(slices.Values(*c.Channels)))
	}
	if u.Role != was.Role || u.Disabled != was.Disabled || !slices.Equal(u.Granted, was.Granted) || !slices.Equal(u.Denied, was.Denied) || !slices.Equal(u.Channels, was.Channels) {
		u.Epoch++
	}
	return u
}

func same(a, b account.User) bool {
	return a.Name == b.Name && a.Epoch == b.Epoch
}

// allowed keeps people from giving what they lack, from changing those above
// them, and from leaving nobody who could undo it.
func (o Office) allowed(ctx context.Context, by, before, after account.User) error {
	if by.ID != "" { // the command line is whoever owns the machine
		for _, p := range account.Permissions() {
			if (enabled(before).May(p) || enabled(after).May(p)) && !by.May(p) {
				return fmt.Errorf("%w: %s", ErrAbove, p)
			}
		}
	}
	if !administers(before) || administers(after) {
		return nil
	}
	all, err := o.Users.List(ctx)
	if err != nil {
		return fmt.Errorf("staff: %w", err)
	}
	if !slices.ContainsFunc(all, func(u account.User) bool { return u.ID != before.ID && administers(u) }) {
		return ErrLastAdmin
	}
	return nil
}

// enabled is the user as if not disabled: rights that sleep count too.
func enabled(u account.User) account.User { u.Disabled = false; return u }

func administers(u account.User) bool {
	return u.Role == account.Admin && u.May(account.UsersManage) && u.PasswordHash != ""
}

func ordered(list []account.Permission) []account.Permission {
	var out []account.Permission
	for _, p := range account.Permissions() {
		if slices.Contains(list, p) {
			out = append(out, p)
		}
	}
	return out
}

// alone makes changes of accounts wait for each other, in every process: two
// administrators who disable one another at the same moment must not both
// succeed. The store updates one user at a time only.
func (o Office) alone(ctx context.Context) (release func(), err error) {
	holder := string(account.NewID())
	for {
		l, ok, err := o.Leases.Acquire(ctx, "staff", holder, 10*time.Second)
		if err != nil {
			return nil, fmt.Errorf("staff: wait for others: %w", err)
		}
		if ok {
			return func() {
				// It ends by itself soon; nobody waits for the answer.
				_ = o.Leases.Release(context.WithoutCancel(ctx), l)
			}, nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return nil, fmt.Errorf("staff: wait for others: %w", ctx.Err())
		}
	}
}

// audited is what the audit keeps of an account: no name, no address.
type audited struct {
	Role     account.Role         `json:"role"`
	Granted  []account.Permission `json:"granted,omitempty"`
	Denied   []account.Permission `json:"denied,omitempty"`
	Channels []string             `json:"channels,omitempty"`
	Disabled bool                 `json:"disabled,omitempty"`
}

// note leaves an audit entry about a change that has happened: a store that
// does not take it cannot undo it, so the log tells.
func (o Office) note(ctx context.Context, by Actor, action string, before, after account.User) {
	text := func(u account.User) string {
		if u.ID == "" {
			return ""
		}
		b, err := json.Marshal(audited{u.Role, u.Granted, u.Denied, u.Channels, u.Disabled})
		if err != nil {
			return ""
		}
		return string(b)
	}
	switch {
	case before.ID == "", after.Disabled == before.Disabled:
	case after.Disabled:
		action = "user.disable"
	default:
		action = "user.enable"
	}
	var note string
	if before.ID != "" && before.Name != after.Name {
		note = "name changed"
	}
	e := account.Entry{At: o.Now(), By: string(by.User.ID), Via: by.Via, IP: by.IP, Ref: by.Ref,
		Action: action, Object: "user:" + string(after.ID), Note: note, Before: text(before), After: text(after)}
	o.append(ctx, e)
}

func (o Office) append(ctx context.Context, e account.Entry) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if _, err := o.Audit.Append(ctx, e); err != nil && o.Log != nil {
		o.Log.Error("audit entry lost", slog.String("action", e.Action), slog.String("object", e.Object), slog.String("user", e.By), slog.Any("err", err))
	}
}

func fault(field, message string) order.FieldError {
	return order.FieldError{Field: field, Message: message}
}
