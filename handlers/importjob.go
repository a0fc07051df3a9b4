package handlers

import (
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/channel"
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
func (s *Server) startImport(c echo.Context, u upload, columns []string, dryRun bool) error {
	o, err := s.options(c, u, columns)
	if err != nil {
		return err
	}
	j := store.Job{ID: rand.Text(), Kind: kindImport, By: u.By, Channel: u.Channel, Title: "Import of " + u.Name}
	if dryRun {
		j.Kind = kindDryRun
	}
	work := &importing{s: s, job: j, file: u, options: o, dryRun: dryRun}
	if err := s.jobs.Start(c.Request().Context(), j, work.run); err != nil {
		return err
	}
	return seeOther(c, "/jobs/"+j.ID)
}

// importing is one import under way; it takes the file's orders as they are
// read.
type importing struct {
	s       *Server
	job     store.Job
	file    upload
	options FileOptions
	dryRun  bool

	ctx     context.Context // of the job; a sink has no other way to get it
	work    *Work
	tally   channel.Tally
	headers []string
	rejects *csv.Writer
	out     *os.File
}

func (i *importing) run(ctx context.Context, w *Work) (err error) {
	i.ctx, i.work = ctx, w
	f, err := i.s.uploads.open(i.file.ID)
	if err != nil {
		return &jobError{"The uploaded file is gone. Upload it again.", err}
	}
	defer f.Close()
	run := channel.Run{ID: i.job.ID, Channel: i.job.Channel, Kind: channel.Import, By: string(i.job.By), Started: i.s.Now()}
	if err := i.record(ctx, run); err != nil {
		return err
	}
	err = i.s.Files.Read(ctx, f, i.options, i)
	err = errors.Join(err, i.closeRejects())
	var faults order.FieldErrors
	if errors.As(err, &faults) {
		err = &jobError{faults[0].Message, err}
	}
	run.Finished, run.Tally = i.s.Now(), i.tally
	if err != nil {
		run.Error = "the import did not reach the end of the file"
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // also for a cancelled import
	defer cancel()
	return errors.Join(err, i.record(last, run))
}

// record keeps the run in the channel's history; a dry run leaves no trace.
func (i *importing) record(ctx context.Context, run channel.Run) error {
	if i.dryRun {
		return nil
	}
	return i.s.Store.Channels().SaveRun(ctx, run)
}

// Head keeps the headers for the file of rejects.
func (i *importing) Head(headers []string) error {
	i.headers = headers
	return nil
}

// Orders stores some orders, or finds out what storing them would do.
func (i *importing) Orders(reports []order.Report, rows int) error {
	i.tally.Fetched += len(reports)
	var err error
	if i.dryRun {
		err = i.compare(reports)
	} else {
		err = i.absorb(reports)
	}
	i.work.Update(func(j *store.Job) { j.Done, j.Tally = rows, i.tally })
	return err
}

func (i *importing) absorb(reports []order.Report) error {
	results, err := i.s.Store.Orders().Absorb(i.ctx, reports, i.s.Now())
	if err != nil {
		return err
	}
	for n, r := range results {
		if r.Err != nil {
			if err := i.Reject(FileReject{Cells: []string{reports[n].Ref.PlatformOrderID}, Reason: r.Err.Error()}); err != nil {
				return err
			}
			continue
		}
		i.tally.Add(r.Outcome)
	}
	return nil
}

// compare is absorb without storing.
func (i *importing) compare(reports []order.Report) error {
	for _, r := range reports {
		if err := r.Validate(); err != nil {
			if err := i.Reject(FileReject{Cells: []string{r.Ref.PlatformOrderID}, Reason: err.Error()}); err != nil {
				return err
			}
			continue
		}
		var current *order.Order
		switch o, err := i.s.Store.Orders().ByRef(i.ctx, r.Ref); {
		case err == nil:
			current = &o
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		_, outcome := order.Absorb(current, r, i.s.Now())
		i.tally.Add(outcome)
	}
	return nil
}

// Reject writes a row with its reason into the file of rejects.
func (i *importing) Reject(r FileReject) error {
	if err := i.openRejects(); err != nil {
		return err
	}
	i.tally.Rejected++
	row := []string{strconv.Itoa(r.Line), r.Reason}
	for _, cell := range r.Cells {
		row = append(row, safeCell(cell))
	}
	return i.rejects.Write(row)
}

func (i *importing) openRejects() (err error) {
	if i.rejects != nil {
		return nil
	}
	dir := "jobs/" + i.job.ID
	if err := i.s.uploads.root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	path := dir + "/" + rejectsFile
	if i.out, err = i.s.uploads.root.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	i.rejects = csv.NewWriter(i.out)
	head := []string{"line", "reason"}
	for _, h := range i.headers {
		head = append(head, safeCell(h))
	}
	i.work.Update(func(j *store.Job) { j.Files = map[string]string{rejectsFile: path} })
	return i.rejects.Write(head)
}

func (i *importing) closeRejects() error {
	if i.rejects == nil {
		return nil
	}
	i.rejects.Flush()
	if err := errors.Join(i.rejects.Error(), i.out.Close()); err != nil {
		return fmt.Errorf("rejects: %w", err)
	}
	return nil
}

// safeCell keeps a spreadsheet from running what a cell says: a cell that
// would begin a formula gets a quote in front, unless it is a plain number.
func safeCell(s string) string {
	if s == "" {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	switch []rune(s)[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n', 0, '＝', '＋', '－', '＠':
		return "'" + s
	}
	return s
}
