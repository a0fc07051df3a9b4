package bearer

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// What the tokens of logins say of themselves. A token with other words was
// made for another purpose, even if somebody signed it with our key.
const (
	issuer    = "palmonas-crm"
	audience  = "palmonas-api"
	tokenType = "at+jwt" // RFC 9068
)

// claims are what a login's token says: who, and nothing of what they may do.
type claims struct {
	Epoch int64 `json:"epoch"`
	jwt.RegisteredClaims
}

// Begin makes the token of a user who has just proved who they are.
func (k *Keeper) Begin(u account.User) (text string, expires time.Time, err error) {
	now := k.now().UTC().Truncate(time.Second) // a token's clock counts seconds
	expires = now.Add(k.lifetime)
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{Epoch: u.Epoch, RegisteredClaims: jwt.RegisteredClaims{
		Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: string(u.ID), ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(expires),
	}})
	t.Header["typ"], t.Header["kid"] = tokenType, k.kid
	if text, err = t.SignedString(k.key); err != nil {
		return "", time.Time{}, fmt.Errorf("bearer: sign: %w", err)
	}
	return text, expires, nil
}

// maxLoginText bounds what is parsed; ours are a third of it.
const maxLoginText = 1024

func (k *Keeper) checkLogin(ctx context.Context, text string) (Bearer, error) {
	if len(text) > maxLoginText {
		return Bearer{}, ErrInvalid
	}
	var c claims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(), jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithTimeFunc(k.now), jwt.WithStrictDecoding())
	if _, err := parser.ParseWithClaims(text, &c, k.choose); err != nil {
		return Bearer{}, ErrInvalid // which of the reasons is nobody's business
	}
	// A lifetime that was shortened in the settings counts for older tokens too.
	if c.ID == "" || c.Subject == "" || c.IssuedAt == nil || k.now().Sub(c.IssuedAt.Time) >= k.lifetime {
		return Bearer{}, ErrInvalid
	}
	switch _, err := k.ended.Records.Get(ctx, k.ended.Kind, c.ID); {
	case err == nil:
		return Bearer{}, ErrInvalid
	case !errors.Is(err, store.ErrNotFound):
		return Bearer{}, fmt.Errorf("bearer: ended logins: %w", err)
	}
	u, err := k.owner(ctx, account.ID(c.Subject), c.Epoch)
	if err != nil {
		return Bearer{}, err
	}
	return Bearer{User: u, Kind: Login, ID: c.ID, Expires: c.ExpiresAt.Time}, nil
}

// choose names the key of a token. The token may name it too, but it cannot
// bring one: headers that carry or point to keys are refused.
func (k *Keeper) choose(t *jwt.Token) (any, error) {
	for _, name := range []string{"jwk", "jku", "x5c", "x5u", "x5t", "crit"} {
		if _, has := t.Header[name]; has {
			return nil, ErrInvalid
		}
	}
	if t.Header["typ"] != tokenType || t.Header["kid"] != k.kid {
		return nil, ErrInvalid
	}
	return k.key, nil
}

// endLogin remembers the token as ended until it would have expired anyway,
// and forgets those that have.
func (k *Keeper) endLogin(ctx context.Context, b Bearer) error {
	err := k.ended.Create(ctx, store.Record{ID: b.ID, Owner: string(b.User.ID), At: b.Expires}, struct{}{})
	if err != nil && !errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("bearer: end login: %w", err)
	}
	if _, err := k.ended.Records.DeleteWhere(ctx, store.RecordQuery{Kind: k.ended.Kind, Until: k.now(), OldestFirst: true, Limit: 1000}); err != nil {
		return fmt.Errorf("bearer: forget expired logins: %w", err)
	}
	return nil
}
