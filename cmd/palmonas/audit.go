package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

func runAudit(ctx context.Context, p program) error {
	return p.subcommand(ctx, "audit", map[string]func(context.Context, program) error{"verify": auditVerify})
}

// auditVerify walks the chain from its first entry. The hash of the last one is
// printed so that it can be kept elsewhere: whoever can write to the database
// can also write a new chain, but not into that place.
func auditVerify(ctx context.Context, p program) error {
	if err := p.flags("audit verify", "audit verify", func(*flag.FlagSet) {}); err != nil {
		return err
	}
	return p.withStore(ctx, func(s store.Store) error {
		var seq int64
		head := ""
		err := s.Audit().Each(ctx, 0, func(e account.Entry) error {
			if err := e.Follows(seq, head); err != nil {
				return err
			}
			seq, head = e.Seq, e.Hash
			return nil
		})
		if err != nil {
			return err
		}
		if seq == 0 {
			fmt.Fprintln(p.stdout, "the audit is empty")
			return nil
		}
		fmt.Fprintf(p.stdout, "the audit is whole: %d entries, head %s\n", seq, head)
		return nil
	})
}
