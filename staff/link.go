package staff

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// KindLink is the kind of record that a one-time link is.
const KindLink = "link"

// How long links are valid.
const (
	LinkLifetime  = 24 * time.Hour
	SetupLifetime = 30 * time.Minute
)

// ErrLink says that a link is unknown, used, expired, or that its account
// changed since; nobody learns which.
var ErrLink = errors.New("this link is not valid any more")

// link lets somebody choose a password once; without an owner it makes the
// first administrator.
type link struct {
	Epoch int64 `json:"epoch"` // of the account when the link was made
}

func (o Office) links() store.Shelf[link] {
	return store.Shelf[link]{Records: o.Records, Kind: KindLink}
}

func linkKey(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// Link makes a one-time link with which a user chooses a password, and returns
// its secret part; earlier ones of the user stop working. ErrAbove when by may
// less than the user.
func (o Office) Link(ctx context.Context, by Actor, id account.ID) (secret string, until time.Time, err error) {
	u, err := o.Users.Get(ctx, id)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("staff: %w", err)
	}
	if err := o.allowed(ctx, by.User, u, u); err != nil {
		return "", time.Time{}, err
	}
	owner := string(id)
	if _, err := o.Records.DeleteWhere(ctx, store.RecordQuery{Kind: KindLink, Owner: &owner}); err != nil {
		return "", time.Time{}, fmt.Errorf("staff: old links: %w", err)
	}
	secret, until, err = o.newLink(ctx, owner, LinkLifetime, u.Epoch)
	if err != nil {
		return "", time.Time{}, err
	}
	o.record(ctx, by, "user.link", u.ID, "")
	return secret, until, nil
}

func (o Office) newLink(ctx context.Context, owner string, life time.Duration, epoch int64) (string, time.Time, error) {
	secret, until := rand.Text()+rand.Text(), o.Now().Add(life)
	err := o.links().Create(ctx, store.Record{ID: string(account.NewID()), Owner: owner, Key: linkKey(secret), At: until}, link{epoch})
	if err != nil {
		return "", time.Time{}, fmt.Errorf("staff: link: %w", err)
	}
	return secret, until, nil
}

// Linked is the user that a link belongs to, or ErrLink.
func (o Office) Linked(ctx context.Context, secret string) (account.User, error) {
	_, u, err := o.linked(ctx, secret)
	return u, err
}

func (o Office) linked(ctx context.Context, secret string) (store.Kept[link], account.User, error) {
	k, err := o.links().ByKey(ctx, linkKey(secret))
	if errors.Is(err, store.ErrNotFound) || err == nil && (k.Owner == "" || !o.Now().Before(k.At)) {
		return store.Kept[link]{}, account.User{}, ErrLink
	}
	if err != nil {
		return store.Kept[link]{}, account.User{}, fmt.Errorf("staff: link: %w", err)
	}
	u, err := o.Users.Get(ctx, account.ID(k.Owner))
	if errors.Is(err, store.ErrNotFound) || err == nil && (u.Disabled || u.Epoch != k.Value.Epoch) {
		return store.Kept[link]{}, account.User{}, ErrLink
	}
	if err != nil {
		return store.Kept[link]{}, account.User{}, fmt.Errorf("staff: link: %w", err)
	}
	return k, u, nil
}

// UseLink sets the password of the link's user and ends the link and all of the
// user's sessions. ErrLink, or order.FieldErrors at password.
func (o Office) UseLink(ctx context.Context, by Actor, secret, password string) (account.User, error) {
	k, u, err := o.linked(ctx, secret)
	if err != nil {
		return account.User{}, err
	}
	if err := account.CheckPolicy(password, u.Email); err != nil {
		return account.User{}, order.FieldErrors{fault("password", sentence(err.Error()))}
	}
	// Of two who use it at once, one deletes it.
	switch err := o.links().Delete(ctx, k.ID); {
	case errors.Is(err, store.ErrNotFound):
		return account.User{}, ErrLink
	case err != nil:
		return account.User{}, fmt.Errorf("staff: link: %w", err)
	}
	by.User = u
	return o.setPassword(ctx, by, u, password, "user.password-link")
}

// SetPassword sets somebody's own password, which ends all of their sessions.
// order.FieldErrors at password.
func (o Office) SetPassword(ctx context.Context, by Actor, password string) (account.User, error) {
	u := by.User
	if err := account.CheckPolicy(password, u.Email); err != nil {
		return account.User{}, order.FieldErrors{fault("password", sentence(err.Error()))}
	}
	return o.setPassword(ctx, by, u, password, "user.password")
}

func (o Office) setPassword(ctx context.Context, by Actor, was account.User, password, action string) (account.User, error) {
	hash, err := account.HashPassword(password)
	if err != nil {
		return account.User{}, fmt.Errorf("staff: %w", err)
	}
	at := o.Now()
	u, err := o.Users.Update(ctx, was.ID, func(u *account.User) error {
		if u.Epoch != was.Epoch || u.Disabled {
			return ErrStale
		}
		u.PasswordHash, u.UpdatedAt = hash, at
		u.Epoch++
		return nil
	})
	if err != nil {
		return account.User{}, fmt.Errorf("staff: password: %w", err)
	}
	o.record(ctx, by, action, u.ID, "")
	return u, nil
}

// record leaves an audit entry without a before and after.
func (o Office) record(ctx context.Context, by Actor, action string, id account.ID, note string) {
	o.append(ctx, account.Entry{At: o.Now(), By: string(by.User.ID), Via: by.Via, IP: by.IP, Ref: by.Ref,
		Action: action, Object: "user:" + string(id), Note: note})
}
