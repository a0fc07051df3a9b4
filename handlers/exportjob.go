package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/export"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
)

const kindExport = "export"

// keepExport is how long the file of an export can be fetched.
const keepExport = 24 * time.Hour

// Files of exports begin with these; what holds no personal data says so.
const (
	exportPrefix = "orders-"
	maskedPrefix = exportPrefix + "masked-"
)

// exportMasked reports whether this person's files hide the customers. Reading
// them one by one is a lesser thing than taking them all along in a file, which
// takes the permission to reveal them too (contract: support exports no
// personal data).
func exportMasked(u account.User) bool { return masked(u) || !u.May(account.CustomersReveal) }

// startExport makes a file in the background and returns the job's id. of is
// the number of orders where it is known.
func (s *Server) startExport(ctx context.Context, by desk.Actor, u account.User, spec export.Spec, q order.Query, of int) (string, error) {
	e, err := s.newExport(ctx, by, u, spec, q)
	if err != nil {
		return "", err
	}
	e.job.Of = of
	return e.job.ID, s.jobs.Start(ctx, e.job, e.do)
}

// startTicked makes a file of single orders or, without any, of a whole list.
func (s *Server) startTicked(c echo.Context, texts []string, spec export.Spec, q order.Query) (string, error) {
	ctx, u := c.Request().Context(), userOf(c)
	if len(texts) == 0 {
		of, lower := s.countSoon(ctx, q.Where)
		if lower || of < 0 {
			of = 0
		}
		return s.startExport(ctx, s.who(c), u, spec, q, of)
	}
	ids, err := printedIDs(texts)
	if err != nil {
		return "", err
	}
	e, err := s.newExport(ctx, s.who(c), u, spec, order.Query{})
	if err != nil {
		return "", err
	}
	e.run.Orders, e.job.Of = ticked{s.Store.Orders(), ids}, len(ids)
	return e.job.ID, s.jobs.Start(ctx, e.job, e.do)
}

// ticked is single orders as what an export reads, in their order; those that
// are gone are left out.
type ticked struct {
	orders store.Orders
	ids    []order.ID
}

func (t ticked) Each(ctx context.Context, _ order.Query, fn func(order.Order) error) error {
	list, err := t.orders.Many(ctx, t.ids)
	if err != nil {
		return err
	}
	for _, o := range list {
		if err := fn(o); err != nil {
			return err
		}
	}
	return nil
}

// newExport is an export that has not begun. What the file may hold is what u
// may take away now.
func (s *Server) newExport(ctx context.Context, by desk.Actor, u account.User, spec export.Spec, q order.Query) (*exporting, error) {
	if err := spec.Check(); err != nil {
		return nil, err
	}
	people, err := s.peopleNames(ctx)
	if err != nil {
		return nil, err
	}
	j := store.Job{ID: rand.Text(), Kind: kindExport, By: by.By, Title: "Export as " + strings.ToUpper(string(spec.Format))}
	by.Ref = j.ID
	return &exporting{s: s, job: j, by: by, run: export.Run{Orders: s.Store.Orders(), Query: q, Format: spec.Format, Columns: spec.Columns,
		Masked: exportMasked(u), Location: s.Location, People: people}}, nil
}

// peopleNames names users by id.
func (s *Server) peopleNames(ctx context.Context) (map[string]string, error) {
	users, err := s.Store.Users().List(ctx)
	if err != nil {
		return nil, err
	}
	people := make(map[string]string, len(users))
	for _, p := range users {
		people[string(p.ID)] = p.Name
	}
	return people, nil
}

// exporting is one export under way.
type exporting struct {
	s   *Server
	job store.Job
	by  desk.Actor
	run export.Run
}

func (e *exporting) do(ctx context.Context, w *Work) error {
	root, dir := e.s.uploads.root, "jobs/"+e.job.ID
	if err := errors.Join(e.s.uploads.purge(), root.Mkdir(dir, 0o700)); err != nil {
		return err
	}
	prefix := exportPrefix
	if e.run.Masked {
		prefix = maskedPrefix
	}
	name := prefix + e.s.Now().In(e.s.Location).Format("20060102-1504") + "." + string(e.run.Format)
	f, err := root.OpenFile(dir+"/"+name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	e.run.Progress = func(n int) { w.Update(func(j *store.Job) { j.Done = n }) }
	n, err := e.run.Write(ctx, f)
	err = errors.Join(err, f.Close())
	e.s.orderDesk.Note(ctx, export.Entry(account.Entry{By: string(e.by.By), Via: e.by.Via, IP: e.by.IP, Ref: e.by.Ref, Object: "job:" + e.job.ID}, e.run, n, err == nil))
	if err != nil {
		return errors.Join(err, root.RemoveAll(dir)) // half a file looks like a whole one
	}
	w.Update(func(j *store.Job) { j.Done, j.Of, j.Files = n, n, map[string]string{name: dir + "/" + name} })
	return nil
}

// exportFile is the file of an export, its size and how long it stays; ok is
// false when it is gone or this person may not have it.
func (s *Server) exportFile(u account.User, j store.Job) (name string, size int64, until time.Time, ok bool) {
	until = j.Finished.Add(keepExport)
	for name, path := range j.Files {
		info, err := s.uploads.root.Stat(path)
		if err == nil && s.Now().Before(until) && mayFetch(u, name) {
			return name, info.Size(), until, true
		}
	}
	return "", 0, until, false
}

// mayFetch reports whether somebody may have a file by what it holds.
func mayFetch(u account.User, name string) bool {
	return strings.HasPrefix(name, maskedPrefix) || !exportMasked(u)
}

// purgeExports removes the files of exports whose time is over.
func (u *uploads) purgeExports() error {
	return fs.WalkDir(u.root.FS(), "jobs", func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // somebody else was quicker
		}
		if err != nil || d.IsDir() || !strings.HasPrefix(d.Name(), exportPrefix) {
			return err
		}
		info, err := d.Info()
		if err != nil || u.now().Sub(info.ModTime()) < keepExport {
			return nil //nolint:nilerr // gone meanwhile, or young
		}
		return u.root.Remove(path)
	})
}
