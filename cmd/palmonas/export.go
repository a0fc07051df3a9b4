package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/export"
	"github.com/palmonas/palmonas-crm/order"
)

// runExport writes the orders of a query to a file or to standard output. Who
// may use the database's machine may see what is in it, so nothing is masked
// unless it is asked for.
func runExport(ctx context.Context, p program) error {
	var query, format, output, columns, sort string
	var masked bool
	rest, err := p.parse("export", "export [--query Q] [--format csv,json,ndjson,xlsx] [--output FILE] [--columns a,b,…] [--masked]", func(fs *flag.FlagSet) {
		fs.StringVar(&query, "query", "", "which orders, in the language of the list's search box, or as in its address (status=shipped&platform=amazon)")
		fs.StringVar(&format, "format", "", "csv, json, ndjson or xlsx (default by the file's name, else csv)")
		fs.StringVar(&output, "output", "-", "the file, - for standard output")
		fs.StringVar(&columns, "columns", "", "for csv and xlsx: "+columnNames())
		fs.StringVar(&sort, "sort", "", "in which order: ordered_at, -ordered_at (default), total, …")
		fs.BoolVar(&masked, "masked", false, "hide customers")
	})
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usageError("export takes no argument %q; name the file with --output", rest[0])
	}
	spec := export.Spec{Format: formatOf(format, output), Columns: list(columns)}
	if err := spec.Check(); err != nil {
		return flagFaults(err)
	}
	where := order.QueryText(query)
	if sort != "" {
		where.Set("sort", sort)
	}
	if _, err := order.ParseFilter(where); err != nil {
		return flagFaults(err)
	}
	return p.withApp(ctx, func(a *app) error {
		r := export.Run{Orders: a.store.Orders(), Format: spec.Format, Columns: spec.Columns, Masked: masked, Location: a.config.location}
		if err := a.ask(ctx, &r, where); err != nil {
			return flagFaults(err)
		}
		return p.export(ctx, a, r, output)
	})
}

func columnNames() string {
	var names []string
	for _, c := range export.Columns() {
		names = append(names, c.ID)
	}
	return strings.Join(names, ", ")
}

func list(text string) (all []string) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// formatOf is the format that was asked for, or that the file's name tells.
func formatOf(format, output string) export.Format {
	if format != "" {
		return export.Format(format)
	}
	for _, f := range export.Formats() {
		if strings.HasSuffix(strings.ToLower(output), "."+string(f)) {
			return f
		}
	}
	return export.CSV
}

// flagFaults names the flags that are wrong.
func flagFaults(err error) error {
	var faults order.FieldErrors
	if !errors.As(err, &faults) {
		return err
	}
	parts := make([]string, len(faults))
	for i, f := range faults {
		name := f.Field
		switch name {
		case "format", "columns", "sort":
		case "q":
			name = "query"
		default: // a parameter inside the query
			name = "query: " + name
		}
		parts[i] = "--" + name + ": " + strings.TrimSuffix(f.Message, ".")
	}
	return usageError("%s", strings.Join(parts, "; "))
}

// ask fills in the query and the names of people.
func (a *app) ask(ctx context.Context, r *export.Run, where url.Values) error {
	users, err := a.store.Users().List(ctx)
	if err != nil {
		return err
	}
	r.People = map[string]string{}
	for _, u := range users {
		r.People[string(u.ID)] = u.Name
	}
	f, err := order.ParseFilter(where)
	if err != nil {
		return err
	}
	r.Query, err = f.QueryWith(order.Reader{Loc: a.config.location, Now: time.Now(), People: func(text string) []string { return account.Named(users, text) }})
	return err
}

func (p program) export(ctx context.Context, a *app, r export.Run, output string) error {
	bar := newProgress(p.stderr, "exporting", 0)
	r.Progress = bar.update
	n, err := p.writeTo(output, func(w io.Writer) (int, error) { return r.Write(ctx, w) })
	bar.finish(n)
	entry := export.Entry(account.Entry{At: time.Now(), Via: "cli", Object: "orders"}, r, n, err == nil)
	noted, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if _, failed := a.store.Audit().Append(noted, entry); failed != nil {
		err = errors.Join(err, fmt.Errorf("the export was not noted in the audit: %w", failed))
	}
	if err == nil && output != "-" {
		fmt.Fprintf(p.stdout, "exported %d orders to %s\n", n, output)
	}
	return err
}

// writeTo writes a file that is there as a whole or, after an error, not at all.
func (p program) writeTo(output string, write func(io.Writer) (int, error)) (n int, err error) {
	if output == "-" {
		return write(p.stdout)
	}
	f, err := os.CreateTemp(filepath.Dir(output), ".palmonas-export-*") // readable by its owner only
	if err != nil {
		return 0, err
	}
	n, err = write(f)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), output)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	}
	return n, err
}
