package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest/orderfile"
	"github.com/palmonas/palmonas-crm/order"
)

func runImport(ctx context.Context, p program) error {
	var id, format, rejects string
	var dryRun bool
	mapping := orderfile.Mapping{}
	rest, err := p.parse("import", "import --channel ID [--format auto] [--dry-run] [--rejects PATH] FILE", func(fs *flag.FlagSet) {
		fs.StringVar(&id, "channel", "", "the channel the orders belong to")
		fs.StringVar(&format, "format", "auto", "auto or the name of a known format")
		fs.BoolVar(&dryRun, "dry-run", false, "read and check everything, store nothing")
		fs.Func("map", "FIELD=COLUMN for a table of your own, again for each field: "+fieldNames(), func(text string) error {
			return mapField(mapping, text)
		})
		fs.StringVar(&rejects, "rejects", "", "where rejected rows go (default FILE.rejects.csv)")
	})
	if err != nil {
		return err
	}
	if len(rest) != 1 || id == "" {
		return usageError("usage: palmonas import --channel ID [--format auto] [--dry-run] [--rejects PATH] FILE (- for standard input)")
	}
	if f := orderfile.Format(format); f != orderfile.Auto && !slices.Contains(orderfile.Formats(), f) {
		return usageError("--format %q is unknown; use auto or one of %s", format, formatNames())
	}
	if rejects == "" {
		rejects = rest[0] + ".rejects.csv"
		if rest[0] == "-" {
			rejects = "import.rejects.csv"
		}
	}
	in, err := p.open(rest[0])
	if err != nil {
		return err
	}
	defer in.Close()
	return p.withApp(ctx, func(a *app) error {
		c, err := a.channel(ctx, id)
		if err != nil {
			return err
		}
		return p.importInto(ctx, a, c, in, fileImport{format: orderfile.Format(format), mapping: mapping, dryRun: dryRun, rejects: rejects})
	})
}

func (p program) open(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(p.stdin), nil
	}
	return os.Open(path)
}

func formatNames() string {
	var names []string
	for _, f := range orderfile.Formats() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

func fieldNames() string {
	var names []string
	for _, f := range orderfile.Fields() {
		names = append(names, string(f))
	}
	return strings.Join(names, ", ")
}

func mapField(m orderfile.Mapping, text string) error {
	field, column, ok := strings.Cut(text, "=")
	if !ok || !slices.Contains(orderfile.Fields(), orderfile.Field(field)) {
		return fmt.Errorf("%q: use FIELD=COLUMN with one of %s", text, fieldNames())
	}
	m[orderfile.Field(field)] = column
	return nil
}

type fileImport struct {
	format  orderfile.Format
	mapping orderfile.Mapping
	dryRun  bool
	rejects string
}

func (p program) importInto(ctx context.Context, a *app, c channel.Channel, in io.Reader, f fileImport) error {
	bar := newProgress(p.stderr, "importing", 0)
	rejects := &rejectFile{path: f.rejects}
	now := time.Now()
	o := orderfile.Options{Channel: c.ID, Platform: c.Platform, Format: f.format, Mapping: f.mapping, Location: a.config.location, ImportedAt: now,
		Progress: func(done, of int) {
			bar.of = of
			bar.update(done)
		}}
	absorb := a.absorb
	if f.dryRun {
		absorb = nil
	}
	sum, err := orderfile.Import(ctx, in, o, absorb, rejects.add)
	err = errors.Join(err, rejects.close())
	var missing *orderfile.MissingError
	if errors.As(err, &missing) {
		return fmt.Errorf("%w with --map FIELD=COLUMN", err)
	}
	if err != nil && sum.Rows == 0 {
		return err
	}
	bar.finish(sum.Rows)
	if err == nil && !f.dryRun {
		run := channel.Run{ID: fmt.Sprintf("import-%d", now.UnixNano()), Channel: c.ID, Kind: channel.Import, Started: now, Finished: time.Now(),
			Tally: channel.Tally{Fetched: sum.Orders, Created: sum.Created, Updated: sum.Updated, Unchanged: sum.Unchanged, Rejected: sum.Rejected}}
		err = a.store.Channels().SaveRun(ctx, run)
	}
	fmt.Fprintf(p.stdout, "format=%s rows=%d orders=%d created=%d updated=%d unchanged=%d rejected=%d seconds=%.1f\n",
		sum.Format, sum.Rows, sum.Orders, sum.Created, sum.Updated, sum.Unchanged, sum.Rejected, time.Since(now).Seconds())
	if err == nil && sum.Rejected > 0 {
		return &exitError{code: exitRejected, text: fmt.Sprintf("%d rows were rejected; they are in %s with the reasons", sum.Rejected, f.rejects)}
	}
	return err
}

func (a *app) absorb(ctx context.Context, reports []order.Report, at time.Time) ([]orderfile.Result, error) {
	stored, err := a.store.Orders().Absorb(ctx, reports, at)
	results := make([]orderfile.Result, len(stored))
	for i, s := range stored {
		results[i] = orderfile.Result{Outcome: s.Outcome, Err: s.Err}
	}
	return results, err
}

// rejectFile is made with the first reject, so that a clean import leaves no
// empty file behind.
type rejectFile struct {
	path string
	f    *os.File
	w    *orderfile.RejectWriter
}

func (r *rejectFile) add(x orderfile.Reject) error {
	if r.f == nil {
		f, err := os.OpenFile(r.path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		r.f, r.w = f, orderfile.NewRejectWriter(f)
	}
	return r.w.Add(x)
}

func (r *rejectFile) close() error {
	if r.f == nil {
		return nil
	}
	return errors.Join(r.w.Flush(), r.f.Close())
}
