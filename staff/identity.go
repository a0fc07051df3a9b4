package staff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// An identity is who a user is to a provider of single sign-on: the issuer and
// its name for them, never the address, which may be given to somebody else
// one day.
const kindIdentity = "identity"

// Why somebody whom the provider knows is not let in.
var (
	ErrNoAccount  = errors.New("there is no account for this address that may sign in")
	ErrUnverified = errors.New("the provider has not checked the e-mail address")
	ErrTaken      = errors.New("the account belongs to another identity of the provider")
)

// Identity is who somebody is to a provider, as it says.
type Identity struct {
	Issuer, Subject string
	Email, Name     string
	Verified        bool // the provider has checked the address
}

// Arrivals says what becomes of people whom the provider knows and the desk
// does not.
type Arrivals struct {
	// Domains are those of the addresses for which an account is made, with the
	// role that may least; none: nobody is added.
	Domains []string
}

type identity struct {
	Issuer string    `json:"issuer"`
	Since  time.Time `json:"since"`
}

func (o Office) identities() store.Shelf[identity] {
	return store.Shelf[identity]{Records: o.Records, Kind: kindIdentity}
}

func hashed(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Recognise is the user who came back from the provider. The first time they
// are found by their address, which the provider must have checked, and are
// bound to what the provider calls them; from then on that alone counts.
// ErrNoAccount, ErrUnverified or ErrTaken.
func (o Office) Recognise(ctx context.Context, by Actor, who Identity, new Arrivals) (account.User, error) {
	k, err := o.identities().Get(ctx, hashed(who.Issuer, who.Subject))
	switch {
	case err == nil:
		return o.present(ctx, account.ID(k.Owner))
	case !errors.Is(err, store.ErrNotFound):
		return account.User{}, fmt.Errorf("staff: identity: %w", err)
	}
	email, err := account.NormaliseEmail(who.Email)
	if err != nil {
		return account.User{}, ErrNoAccount
	}
	if !who.Verified {
		return account.User{}, ErrUnverified
	}
	u, err := o.Users.ByEmail(ctx, email)
	if errors.Is(err, store.ErrNotFound) {
		u, err = o.arrive(ctx, by, email, who.Name, new)
	}
	if err != nil {
		return account.User{}, err
	}
	if u.Disabled {
		return account.User{}, ErrNoAccount
	}
	return u, o.bind(ctx, by, u, who)
}

func (o Office) present(ctx context.Context, id account.ID) (account.User, error) {
	u, err := o.Users.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && u.Disabled {
		return account.User{}, ErrNoAccount
	}
	return u, err
}

// arrive adds somebody new, if their domain is one of those that may come.
func (o Office) arrive(ctx context.Context, by Actor, email, name string, new Arrivals) (account.User, error) {
	_, domain, _ := strings.Cut(email, "@")
	if !slices.Contains(new.Domains, domain) {
		return account.User{}, ErrNoAccount
	}
	if nameFault(name) != "" {
		name, _, _ = strings.Cut(email, "@")
	}
	by.User = account.User{} // nobody yet: the setting lets them in
	u, _, err := o.Add(ctx, by, New{Email: email, Name: name, Role: account.ReadOnly, ByLink: true})
	if err != nil {
		return account.User{}, fmt.Errorf("staff: by single sign-on: %w", err)
	}
	return u, nil
}

// bind keeps which identity a user is. One of an issuer is all they have: the
// key is taken by whoever comes first.
func (o Office) bind(ctx context.Context, by Actor, u account.User, who Identity) error {
	at := o.Now()
	r := store.Record{ID: hashed(who.Issuer, who.Subject), Owner: string(u.ID), Key: hashed(who.Issuer, string(u.ID)), At: at}
	err := o.identities().Create(ctx, r, identity{Issuer: who.Issuer, Since: at})
	if errors.Is(err, store.ErrConflict) {
		// The same person in two windows, or somebody else.
		k, err := o.identities().Get(ctx, r.ID)
		if err == nil && k.Owner == r.Owner {
			return nil
		}
		return ErrTaken
	}
	if err != nil {
		return fmt.Errorf("staff: identity: %w", err)
	}
	by.User = u
	o.append(ctx, account.Entry{At: at, By: string(u.ID), Via: by.Via, IP: by.IP, Ref: by.Ref,
		Action: "user.identity", Object: "user:" + string(u.ID), Note: "bound to " + who.Issuer})
	return nil
}

// Bound tells since when a user signs in through a provider; zero: never.
func (o Office) Bound(ctx context.Context, id account.ID) (since time.Time, err error) {
	owner := string(id)
	all, err := o.identities().List(ctx, store.RecordQuery{Owner: &owner, Limit: 1})
	if err != nil || len(all) == 0 {
		return time.Time{}, err
	}
	return all[0].Value.Since, nil
}

// Unbind forgets a user's identities, so that the next sign-in finds them by
// their address again; sessions and tokens end with it. ErrAbove when by may less than the user.
func (o Office) Unbind(ctx context.Context, by Actor, id account.ID) error {
	u, err := o.Users.Get(ctx, id)
	if err != nil {
		return fmt.Errorf("staff: %w", err)
	}
	if err := o.allowed(ctx, by.User, u, u); err != nil {
		return err
	}
	owner := string(id)
	n, err := o.Records.DeleteWhere(ctx, store.RecordQuery{Kind: kindIdentity, Owner: &owner})
	if err != nil {
		return fmt.Errorf("staff: identity: %w", err)
	}
	if n == 0 {
		return nil
	}
	o.append(ctx, account.Entry{At: o.Now(), By: string(by.User.ID), Via: by.Via, IP: by.IP, Ref: by.Ref,
		Action: "user.identity", Object: "user:" + string(id), Note: "single sign-on unbound"})
	return o.outdate(ctx, id)
}
