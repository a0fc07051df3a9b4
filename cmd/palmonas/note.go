package main

import (
	"context"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// note tells the audit what a command has changed. Nobody is signed in on the
// command line, so the entry names the way instead of a person.
func note(ctx context.Context, s store.Store, action, object string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if _, err := s.Audit().Append(ctx, account.Entry{At: time.Now(), Via: "cli", Action: action, Object: object}); err != nil {
		return fmt.Errorf("it is done, but not noted in the audit: %w", err)
	}
	return nil
}
