package bearer

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// ErrInvalid is the one answer to a token that is unknown, ended, expired,
// forged, or whose owner may not sign in any more.
var ErrInvalid = errors.New("the token is not valid")

// DefaultLifetime is that of a login's token.
const DefaultLifetime = 24 * time.Hour

// Config is what a Keeper is made from; Lifetime has a default.
type Config struct {
	Users   store.Users
	Records store.Records
	Now     func() time.Time
	// Secret signs the tokens of logins: at least 32 bytes.
	Secret   []byte
	Lifetime time.Duration
}

// Keeper makes, recognises and ends tokens. It is safe for concurrent use.
type Keeper struct {
	users    store.Users
	tokens   store.Shelf[tokenDoc]
	ended    store.Shelf[struct{}]
	now      func() time.Time
	key      []byte
	kid      string
	lifetime time.Duration
}

// MinSecret is the shortest secret in bytes: that of the hash it is used with.
const MinSecret = sha256.Size

// New makes a Keeper; a short secret is an error.
func New(c Config) (*Keeper, error) {
	if len(c.Secret) < MinSecret {
		return nil, fmt.Errorf("bearer: the signing secret has fewer than %d bytes", MinSecret)
	}
	if c.Lifetime <= 0 {
		c.Lifetime = DefaultLifetime
	}
	// A key of its own, so that the same secret may serve other ends.
	key, err := hkdf.Key(sha256.New, c.Secret, nil, "palmonas api tokens", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("bearer: %w", err)
	}
	sum := sha256.Sum256(key)
	return &Keeper{
		users: c.Users, now: c.Now, key: key, kid: hex.EncodeToString(sum[:4]), lifetime: c.Lifetime,
		tokens: store.Shelf[tokenDoc]{Records: c.Records, Kind: "token"},
		ended:  store.Shelf[struct{}]{Records: c.Records, Kind: "ended-login"},
	}, nil
}

// Kind tells the two sorts of tokens apart.
type Kind string

// The kinds of tokens.
const (
	Login    Kind = "login"
	Personal Kind = "personal"
)

// Bearer is who sent a token.
type Bearer struct {
	// User may do what the owner may do now and, for a personal token, its
	// scopes allow.
	User    account.User
	Kind    Kind
	ID      string // of the token
	Scopes  []account.Permission
	Expires time.Time
}

// Check recognises a token; ErrInvalid when it is not one to be let in. Any
// other error is the store's.
func (k *Keeper) Check(ctx context.Context, text string) (Bearer, error) {
	if strings.HasPrefix(text, account.TokenPrefix) {
		return k.checkPersonal(ctx, text)
	}
	return k.checkLogin(ctx, text)
}

// owner reads the user of a token as of now.
func (k *Keeper) owner(ctx context.Context, id account.ID, epoch int64) (account.User, error) {
	u, err := k.users.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return account.User{}, ErrInvalid
	case err != nil:
		return account.User{}, fmt.Errorf("bearer: %w", err)
	case u.Disabled || u.Epoch != epoch:
		return account.User{}, ErrInvalid
	}
	return u, nil
}

// End ends the token of a request for good, in every process at once.
func (k *Keeper) End(ctx context.Context, b Bearer) error {
	if b.Kind == Personal {
		return k.Revoke(ctx, b.User.ID, b.ID)
	}
	return k.endLogin(ctx, b)
}

// fault is one field error.
func fault(field, message string) order.FieldError {
	return order.FieldError{Field: field, Message: message}
}
