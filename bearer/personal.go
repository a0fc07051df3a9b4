package bearer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// Limits of personal access tokens.
const (
	MaxAge    = 366 * 24 * time.Hour
	MaxTokens = 50 // of one person
	maxName   = 80 // characters
	// usedEvery is how often the last use is written: a write per request would
	// cost more than the request.
	usedEvery = time.Minute
)

// Token is a personal access token as its owner sees it later: everything but
// the token.
type Token struct {
	ID       string
	Owner    account.ID
	Name     string
	Scopes   []account.Permission
	Created  time.Time
	Expires  time.Time
	LastUsed time.Time // to the minute; zero when it never was
}

// tokenDoc is the record of a token; its key is the token's hash.
type tokenDoc struct {
	Name     string               `json:"name"`
	Scopes   []account.Permission `json:"scopes"`
	Epoch    int64                `json:"epoch"` // of the owner when it was made
	Expires  time.Time            `json:"expires"`
	LastUsed time.Time            `json:"lastUsed,omitzero"`
}

func asToken(k store.Kept[tokenDoc]) Token {
	return Token{ID: k.ID, Owner: account.ID(k.Owner), Name: k.Value.Name, Scopes: k.Value.Scopes,
		Created: k.At, Expires: k.Value.Expires, LastUsed: k.Value.LastUsed}
}

// Create makes a token for its owner and returns its text, which nobody can
// find out later. What is wrong with the wishes is order.FieldErrors at name,
// scopes and expiresAt.
func (k *Keeper) Create(ctx context.Context, owner account.User, name string, scopes []account.Permission, expires time.Time) (string, Token, error) {
	now := k.now().UTC().Truncate(time.Millisecond)
	name = strings.TrimSpace(name)
	if faults := tokenFaults(owner, name, scopes, expires, now); len(faults) > 0 {
		return "", Token{}, faults
	}
	id := string(owner.ID)
	n, err := k.tokens.Records.Count(ctx, store.RecordQuery{Kind: k.tokens.Kind, Owner: &id})
	if err != nil {
		return "", Token{}, fmt.Errorf("bearer: count tokens: %w", err)
	}
	if n >= MaxTokens {
		return "", Token{}, order.FieldErrors{fault("name", fmt.Sprintf("You have %d tokens. Revoke one first.", n))}
	}
	text := account.NewToken()
	r := store.Record{ID: string(account.NewID()), Owner: id, Key: account.TokenHash(text), At: now}
	doc := tokenDoc{Name: name, Scopes: inOrder(scopes), Epoch: owner.Epoch, Expires: expires.UTC().Truncate(time.Millisecond)}
	if err := k.tokens.Create(ctx, r, doc); err != nil {
		return "", Token{}, fmt.Errorf("bearer: create token: %w", err)
	}
	return text, asToken(store.Kept[tokenDoc]{Record: r, Value: doc}), nil
}

func tokenFaults(owner account.User, name string, scopes []account.Permission, expires, now time.Time) (faults order.FieldErrors) {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		faults = append(faults, fault("name", "Name it, so that you know later what it is for."))
	case n > maxName, !utf8.ValidString(name), strings.ContainsFunc(name, unicode.IsControl):
		faults = append(faults, fault("name", fmt.Sprintf("Use at most %d characters on one line.", maxName)))
	}
	if len(scopes) == 0 {
		faults = append(faults, fault("scopes", "Choose at least one permission."))
	}
	for _, p := range scopes {
		switch {
		case !slices.Contains(account.Permissions(), p):
			faults = append(faults, fault("scopes", fmt.Sprintf("There is no permission %.40q.", p)))
		case !owner.May(p):
			faults = append(faults, fault("scopes", fmt.Sprintf("You do not have the permission %s yourself.", p)))
		}
	}
	switch {
	case !expires.After(now):
		faults = append(faults, fault("expiresAt", "Choose a time in the future."))
	case expires.Sub(now) > MaxAge:
		faults = append(faults, fault("expiresAt", "A token lives a year at most."))
	}
	return faults
}

// inOrder are the distinct scopes in the order of account.Permissions.
func inOrder(scopes []account.Permission) []account.Permission {
	var out []account.Permission
	for _, p := range account.Permissions() {
		if slices.Contains(scopes, p) {
			out = append(out, p)
		}
	}
	return out
}

func (k *Keeper) checkPersonal(ctx context.Context, text string) (Bearer, error) {
	if !account.LooksLikeToken(text) {
		return Bearer{}, ErrInvalid
	}
	kept, err := k.tokens.ByKey(ctx, account.TokenHash(text))
	if errors.Is(err, store.ErrNotFound) {
		return Bearer{}, ErrInvalid
	}
	if err != nil {
		return Bearer{}, fmt.Errorf("bearer: find token: %w", err)
	}
	now := k.now()
	if !now.Before(kept.Value.Expires) {
		return Bearer{}, ErrInvalid
	}
	u, err := k.owner(ctx, account.ID(kept.Owner), kept.Value.Epoch)
	if err != nil {
		return Bearer{}, err
	}
	if now.Sub(kept.Value.LastUsed) >= usedEvery {
		if err := k.used(ctx, kept.ID, now); err != nil {
			return Bearer{}, err
		}
	}
	return Bearer{User: u.Narrowed(kept.Value.Scopes), Kind: Personal, ID: kept.ID, Scopes: kept.Value.Scopes, Expires: kept.Value.Expires}, nil
}

// used notes a use. A token that was revoked at this very moment is not valid.
func (k *Keeper) used(ctx context.Context, id string, now time.Time) error {
	_, err := k.tokens.Update(ctx, id, func(t *store.Kept[tokenDoc]) error {
		if now.After(t.Value.LastUsed) {
			t.Value.LastUsed = now.UTC().Truncate(time.Minute)
		}
		return nil
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return ErrInvalid
	case err != nil:
		return fmt.Errorf("bearer: note use: %w", err)
	}
	return nil
}

// List returns somebody's tokens, the newest first.
func (k *Keeper) List(ctx context.Context, owner account.ID) ([]Token, error) {
	id := string(owner)
	kept, err := k.tokens.List(ctx, store.RecordQuery{Owner: &id})
	if err != nil {
		return nil, fmt.Errorf("bearer: list tokens: %w", err)
	}
	all := make([]Token, len(kept))
	for i, t := range kept {
		all[i] = asToken(t)
	}
	return all, nil
}

// Revoke ends one of the owner's tokens; store.ErrNotFound when they have none
// with this id.
func (k *Keeper) Revoke(ctx context.Context, owner account.ID, id string) error {
	kept, err := k.tokens.Get(ctx, id)
	if err == nil && kept.Owner != string(owner) {
		err = store.ErrNotFound
	}
	if err == nil {
		err = k.tokens.Delete(ctx, id)
	}
	if err != nil {
		return fmt.Errorf("bearer: revoke token: %w", err)
	}
	return nil
}
