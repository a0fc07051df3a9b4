package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/palmonas/palmonas-crm/customer"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/privacy"
	"github.com/palmonas/palmonas-crm/store"
)

func runPrivacy(ctx context.Context, p program) error {
	return p.subcommand(ctx, "privacy", map[string]func(context.Context, program) error{
		"export": privacyExport, "erase": privacyErase, "retain": privacyRetain,
	})
}

// whose reads who a command is about.
type whose struct{ phone, email, key string }

func (w *whose) define(fs *flag.FlagSet) {
	fs.StringVar(&w.phone, "phone", "", "their phone number")
	fs.StringVar(&w.email, "email", "", "their e-mail address")
	fs.StringVar(&w.key, "customer", "", "their key, as it stands in the address of their page")
}

// keys are every identity of the person.
func (w whose) keys(ctx context.Context, a *app) ([]string, error) {
	key := w.key
	if key == "" {
		key = order.CustomerKey(order.Customer{Phone: w.phone, Email: w.email})
	}
	if key == "" {
		return nil, usageError("say who with --phone, --email or --customer")
	}
	p, err := a.customers().Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return []string{key}, nil // archived orders may still hold data
	}
	return p.Keys, err
}

func (a *app) customers() customer.Book {
	return customer.Book{Orders: a.store.Orders(), Figures: a.store.Figures(), Records: a.store.Records(), Audit: a.store.Audit(), Now: time.Now}
}

func privacyExport(ctx context.Context, p program) error {
	var w whose
	var output string
	if err := p.flags("privacy export", "privacy export --phone N|--email E|--customer KEY [--output FILE]", func(fs *flag.FlagSet) {
		w.define(fs)
		fs.StringVar(&output, "output", "", "file to write; standard output without")
	}); err != nil {
		return err
	}
	return p.withApp(ctx, func(a *app) error {
		keys, err := w.keys(ctx, a)
		if err != nil {
			return err
		}
		out := p.stdout
		if output != "" {
			f, err := os.OpenFile(output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return err
			}
			defer f.Close() //nolint:errcheck // Sync tells
			defer f.Sync()  //nolint:errcheck // best effort
			out = f
		}
		n, err := privacy.Export(ctx, a.store, privacy.Ask{Keys: keys, By: "system", Via: "cli"}, out, time.Now())
		if err == nil {
			fmt.Fprintf(p.stderr, "orders=%d\n", n)
		}
		return err
	})
}

func privacyErase(ctx context.Context, p program) error {
	var w whose
	var dry bool
	var reason string
	if err := p.flags("privacy erase", "privacy erase --phone N|--email E|--customer KEY --reason TEXT [--dry-run]", func(fs *flag.FlagSet) {
		w.define(fs)
		fs.StringVar(&reason, "reason", "", "why, without personal data; it stands in the audit")
		fs.BoolVar(&dry, "dry-run", false, "only count")
	}); err != nil {
		return err
	}
	if reason == "" && !dry {
		return usageError("--reason is missing")
	}
	return p.withApp(ctx, func(a *app) error {
		keys, err := w.keys(ctx, a)
		if err != nil {
			return err
		}
		done, err := privacy.ErasePerson(ctx, a.store, privacy.Ask{Keys: keys, By: "system", Via: "cli", Reason: reason}, dry, a.erasures().add, time.Now())
		fmt.Fprintf(p.stdout, "orders=%d records=%d dry_run=%v\n", done.Orders, done.Records, dry)
		return err
	})
}

func privacyRetain(ctx context.Context, p program) error {
	var dry bool
	if err := p.flags("privacy retain", "privacy retain [--dry-run]", func(fs *flag.FlagSet) {
		fs.BoolVar(&dry, "dry-run", false, "only count")
	}); err != nil {
		return err
	}
	return p.withApp(ctx, func(a *app) error {
		done, err := privacy.Retain(ctx, a.store, dry, time.Now())
		fmt.Fprintf(p.stdout, "orders=%d records=%d dry_run=%v\n", done.Orders, done.Records, dry)
		return err
	})
}

// retentionJob erases the customers of orders that ended long ago.
func (a *app) retentionJob() ingest.Job {
	return ingest.Job{Name: "retention", Every: 6 * time.Hour, Deadline: time.Hour, Run: func(ctx context.Context) {
		done, err := privacy.Retain(ctx, a.store, false, time.Now())
		if err != nil && ctx.Err() == nil {
			a.log.Error("retention", "err", err)
		}
		if done.Orders > 0 {
			a.log.Info("customers erased by retention", "orders", done.Orders)
		}
	}}
}

// erasures is what was erased at somebody's wish, in a file beside the
// database: a backup that is older than a wish is restored without it, and the
// wish still holds. It holds channels and platform ids, nothing personal.
type erasures struct{ path string }

func (a *app) erasures() erasures { return erasures{filepath.Join(a.config.dataDir, "erasures.jsonl")} }

func (e erasures) add(r privacy.Request) error {
	f, err := os.OpenFile(e.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	err = json.NewEncoder(f).Encode(r)
	return errors.Join(err, f.Sync(), f.Close())
}

// again erases everything of the file once more.
func (e erasures) again(ctx context.Context, s store.Store) (orders int, err error) {
	f, err := os.Open(e.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // only read
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var r privacy.Request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			continue // the last line may be cut by a crash; nothing was erased for it yet
		}
		r.Via = "restore"
		done, err := privacy.Erase(ctx, s, r, time.Now())
		if err != nil {
			return orders, err
		}
		orders += done.Orders
	}
	return orders, lines.Err()
}
