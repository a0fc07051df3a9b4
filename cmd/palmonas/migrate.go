package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/palmonas/palmonas-crm/store"
)

// runMigrate brings the database up to date, which opening it does, or says
// what there would be to do.
func runMigrate(ctx context.Context, p program) error {
	var status bool
	if err := p.flags("migrate", "migrate [--status]", func(fs *flag.FlagSet) {
		fs.BoolVar(&status, "status", false, "only say what there is to do")
	}); err != nil {
		return err
	}
	c, err := loadConfig(p.env)
	if err != nil {
		return err
	}
	todo, err := pendingSteps(ctx, c)
	if err != nil {
		return err
	}
	if !status && len(todo) > 0 {
		if err := p.withNewStore(ctx, func(store.Store) error { return nil }); err != nil {
			return err
		}
	}
	for _, step := range todo {
		word := "applied"
		if status {
			word = "to do"
		}
		fmt.Fprintf(p.stdout, "%s: %04d %s\n", word, step.Number, step.Name)
	}
	if !status || len(todo) == 0 {
		fmt.Fprintln(p.stdout, "the database is up to date")
	}
	return nil
}
