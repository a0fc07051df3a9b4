package staff

import (
	"context"
	"errors"
	"fmt"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// NeedsSetup reports whether nobody is there yet.
func (o Office) NeedsSetup(ctx context.Context) (bool, error) {
	all, err := o.Users.List(ctx)
	if err != nil {
		return false, fmt.Errorf("staff: %w", err)
	}
	return len(all) == 0, nil
}

// SetupLink makes the secret with which the first administrator adds themselves
// within SetupLifetime. Whoever started the program reads it in the log.
func (o Office) SetupLink(ctx context.Context) (string, error) {
	secret, _, err := o.newLink(ctx, "", SetupLifetime, 0)
	return secret, err
}

// CheckSetup is ErrLink unless the secret is valid and nobody is there yet.
func (o Office) CheckSetup(ctx context.Context, secret string) error {
	k, err := o.links().ByKey(ctx, linkKey(secret))
	if errors.Is(err, store.ErrNotFound) || err == nil && (k.Owner != "" || !o.Now().Before(k.At)) {
		return ErrLink
	}
	if err != nil {
		return fmt.Errorf("staff: setup: %w", err)
	}
	needed, err := o.NeedsSetup(ctx)
	if err == nil && !needed {
		return ErrLink
	}
	return err
}

// Setup adds the first administrator; all setup links end with it. ErrLink, or
// order.FieldErrors as Add. Of several at once, one succeeds.
func (o Office) Setup(ctx context.Context, by Actor, secret string, n New) (account.User, error) {
	n.Role = account.Admin
	if n.Password == "" {
		return account.User{}, order.FieldErrors{fault("password", "Choose a password.")}
	}
	release, err := o.alone(ctx)
	if err != nil {
		return account.User{}, err
	}
	defer release()
	if err := o.CheckSetup(ctx, secret); err != nil {
		return account.User{}, err
	}
	by.User = account.User{}
	u, _, err := o.Add(ctx, by, n)
	if err != nil {
		return account.User{}, err
	}
	nobody := ""
	if _, err := o.Records.DeleteWhere(ctx, store.RecordQuery{Kind: KindLink, Owner: &nobody}); err != nil {
		return account.User{}, fmt.Errorf("staff: setup: %w", err)
	}
	return u, nil
}
