package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest/orderfile"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

// The kinds of jobs that this package starts.
const (
	kindImport = "import"
	kindDryRun = "dry-run" // an import that stores nothing
)

func isImport(j store.Job) bool { return j.Kind == kindImport || j.Kind == kindDryRun }

const rejectsFile = "rejects.csv"

// startImport begins the job and leads to its page.
func (s *Server) startImport(c echo.Context, u upload, m orderfile.Mapping, dryRun bool) error {
	ch, err := s.target(c, u)
	if err != nil {
		return err
	}
	j := store.Job{ID: rand.Text(), Kind: kindImport, By: u.By, Channel: u.Channel, Title: "Import of " + u.Name}
	if dryRun {
		j.Kind = kindDryRun
	}
	work := &importing{s: s, job: j, file: u, options: s.fileOptions(u, ch, m)}
	if err := s.jobs.Start(c.Request().Context(), j, work.run); err != nil {
		return err
	}
	return seeOther(c, "/jobs/"+j.ID)
}

// importing is one import under way.
type importing struct {
	s       *Server
	job     store.Job
	file    upload
	options orderfile.Options
	work    *Work
	tally   channel.Tally
	rejects *orderfile.RejectWriter
	out     *os.File
}

func (i *importing) run(ctx context.Context, w *Work) error {
	i.work = w
	f, err := i.s.uploads.open(i.file.ID)
	if err != nil {
		return &jobError{"The uploaded file is gone. Upload it again.", err}
	}
	defer f.Close()
	run := channel.Run{ID: i.job.ID, Channel: i.job.Channel, Kind: channel.Import, By: string(i.job.By), Started: i.s.Now()}
	if err := i.record(ctx, run); err != nil {
		return err
	}
	i.options.Progress = func(done, of int) {
		w.Update(func(j *store.Job) { j.Done, j.Of, j.Tally = done, of, i.tally })
	}
	absorb := i.absorb
	if i.job.Kind == kindDryRun {
		absorb = i.compare
	}
	sum, err := orderfile.Import(ctx, f, i.options, absorb, i.reject)
	err = errors.Join(fileFault(err), i.closeRejects())
	run.Finished, run.Tally = i.s.Now(), channel.Tally{Fetched: sum.Orders, Created: sum.Created, Updated: sum.Updated, Unchanged: sum.Unchanged, Rejected: sum.Rejected}
	w.Update(func(j *store.Job) { j.Tally = run.Tally })
	if err == nil {
		w.Update(func(j *store.Job) { j.Done, j.Of = sum.Rows, sum.Rows })
	} else {
		run.Error = "the import did not reach the end of the file"
	}
	var faults order.FieldErrors
	if errors.As(err, &faults) {
		err = &jobError{faults[0].Message, err}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // also for a cancelled import
	defer cancel()
	return errors.Join(err, i.record(last, run))
}

// record keeps the run in the channel's history; a dry run leaves no trace.
func (i *importing) record(ctx context.Context, run channel.Run) error {
	if i.job.Kind == kindDryRun {
		return nil
	}
	return i.s.Store.Channels().SaveRun(ctx, run)
}

// absorb stores some orders.
func (i *importing) absorb(ctx context.Context, reports []order.Report, at time.Time) ([]orderfile.Result, error) {
	stored, err := i.s.Store.Orders().Absorb(ctx, reports, at)
	results := make([]orderfile.Result, len(stored))
	for n, a := range stored {
		results[n] = orderfile.Result{Outcome: a.Outcome, Err: a.Err}
		i.count(results[n])
	}
	return results, err
}

// compare finds out what absorb would do, and stores nothing.
func (i *importing) compare(ctx context.Context, reports []order.Report, at time.Time) ([]orderfile.Result, error) {
	results := make([]orderfile.Result, len(reports))
	for n, r := range reports {
		if results[n].Err = r.Validate(); results[n].Err == nil {
			var current *order.Order
			switch o, err := i.s.Store.Orders().ByRef(ctx, r.Ref); {
			case err == nil:
				current = &o
			case !errors.Is(err, store.ErrNotFound):
				return nil, err
			}
			_, results[n].Outcome = order.Absorb(current, r, at)
		}
		i.count(results[n])
	}
	return results, nil
}

func (i *importing) count(r orderfile.Result) {
	i.tally.Fetched++
	if r.Err == nil {
		i.tally.Add(r.Outcome)
	}
}

// reject writes a row with its reason into the file of rejects.
func (i *importing) reject(r orderfile.Reject) error {
	if i.rejects == nil {
		if err := i.openRejects(); err != nil {
			return err
		}
	}
	i.tally.Rejected++
	return i.rejects.Add(r)
}

func (i *importing) openRejects() (err error) {
	dir := "jobs/" + i.job.ID
	if err := i.s.uploads.root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	path := dir + "/" + rejectsFile
	if i.out, err = i.s.uploads.root.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	i.rejects = orderfile.NewRejectWriter(i.out)
	i.work.Update(func(j *store.Job) { j.Files = map[string]string{rejectsFile: path} })
	return nil
}

func (i *importing) closeRejects() error {
	if i.rejects == nil {
		return nil
	}
	if err := errors.Join(i.rejects.Flush(), i.out.Close()); err != nil {
		return fmt.Errorf("rejects: %w", err)
	}
	return nil
}
