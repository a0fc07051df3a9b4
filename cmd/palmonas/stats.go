package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/store"
)

func runStats(ctx context.Context, p program) error {
	return p.subcommand(ctx, "stats", map[string]func(context.Context, program) error{"verify": statsVerify, "rebuild": statsRebuild})
}

// maxDifferences is how many differences are printed; the others are counted.
const maxDifferences = 100

// statsVerify works off what changed since figures were counted last, and then
// compares every figure with its orders.
func statsVerify(ctx context.Context, p program) error {
	if err := p.flags("stats verify", "stats verify", func(*flag.FlagSet) {}); err != nil {
		return err
	}
	return p.withStore(ctx, func(s store.Store) error {
		f := s.Figures()
		if err := recountAll(ctx, f); err != nil {
			return err
		}
		n := 0
		err := f.Verify(ctx, func(d report.Difference) error {
			if n++; n <= maxDifferences {
				fmt.Fprintln(p.stdout, wordDifference(d))
			}
			return nil
		})
		switch {
		case err != nil:
			return err
		case n > 0:
			return fmt.Errorf("figures and orders differ in %d places; run palmonas stats rebuild", n)
		}
		fmt.Fprintln(p.stdout, "every figure is what the orders amount to")
		return nil
	})
}

// recountStep is how many days are counted between two looks at the context.
const recountStep = 16

func recountAll(ctx context.Context, f store.Figures) error {
	for {
		n, err := f.Recount(ctx, recountStep)
		if err != nil {
			return err
		}
		if n < recountStep { // a desk at work never comes to an end
			return nil
		}
	}
}

func wordDifference(d report.Difference) string {
	where := "over all days"
	if d.Day != 0 {
		where = d.Day.String()
	}
	return fmt.Sprintf("%s: %s: kept %s; orders say %s", where, d.What, d.Kept, d.Want)
}

func statsRebuild(ctx context.Context, p program) error {
	if err := p.flags("stats rebuild", "stats rebuild", func(*flag.FlagSet) {}); err != nil {
		return err
	}
	return p.withStore(ctx, func(s store.Store) error {
		bar, days := newProgress(p.stderr, "counting days", 0), 0
		err := s.Figures().Rebuild(ctx, func(done, of int) {
			bar.of = of
			bar.update(done)
			days = done
		})
		if err != nil {
			return err
		}
		bar.finish(days)
		fmt.Fprintf(p.stdout, "%d days counted\n", days)
		return nil
	})
}
