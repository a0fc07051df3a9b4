package handlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/desk"
	"github.com/palmonas/palmonas-crm/mail"
	"github.com/palmonas/palmonas-crm/notice"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/scope"
	"github.com/palmonas/palmonas-crm/timetable"
	"github.com/palmonas/palmonas-crm/views"
)

const (
	// exportFolder is where scheduled exports lie inside the data directory, for
	// other programs to fetch.
	exportFolder = "exports"
	keepFolder   = 30 * 24 * time.Hour
	// maxAttached is the largest file that is sent by e-mail, in bytes; more is
	// refused by many servers.
	maxAttached = 10 << 20
	// jobLook is how often a scheduled export's job is looked at.
	jobLook = 100 * time.Millisecond
)

func (s *Server) timetable() timetable.Book {
	return timetable.Book{Records: s.Store.Records(), Now: s.Now, Zone: s.Location}
}

// RunSchedules makes the exports that are due, one after the other, and sends
// them where they go. One that fails is told to its owner and made again when
// it is due next. Who may not export any more gets none.
func (s *Server) RunSchedules(ctx context.Context) error {
	due, err := s.timetable().Due(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, k := range due {
		if ctx.Err() != nil {
			break
		}
		u, err := s.Store.Users().Get(ctx, account.ID(k.Owner))
		switch {
		case errors.Is(err, store.ErrNotFound):
			err = s.timetable().Delete(ctx, "", k.ID)
		case err == nil && u.May(account.OrdersExport):
			err = s.runSchedule(scope.With(ctx, scope.Of(u)), u, k.ID)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("scheduled export %s: %w", k.ID, err))
		}
	}
	return errors.Join(faults...)
}

func (s *Server) runSchedule(ctx context.Context, u account.User, id string) error {
	k, ok, err := s.timetable().Begin(ctx, id)
	if err != nil || !ok {
		return err
	}
	link := schedulesPath
	if k.Value.OfReport() {
		link, err = reportSchedulesPath, s.makeReport(ctx, u, k)
	} else {
		err = s.makeScheduled(ctx, u, k)
	}
	if ctx.Err() != nil || s.jobs.ctx.Err() != nil {
		return ctx.Err() // the program stops: the next one begins it once more
	}
	if err == nil {
		return s.timetable().End(ctx, k, "")
	}
	why := scheduleFault(err)
	s.Log.Warn("scheduled export failed", slog.String("schedule", k.ID), slog.String("user", string(u.ID)), slog.Any("err", err))
	told := s.Board().Give(ctx, u, k.ID+" "+k.Value.Last.Due.UTC().Format(time.RFC3339),
		notice.Notice{What: notice.Unsent, Text: "The scheduled export “" + k.Value.Name + "” failed. " + why, Link: link})
	return errors.Join(s.timetable().End(ctx, k, why), told)
}

// scheduleFault words for its owner why an export failed.
func scheduleFault(err error) string {
	var faults order.FieldErrors
	var said *jobError
	switch {
	case errors.As(err, &faults):
		return faults[0].Message
	case errors.As(err, &said):
		return said.message
	case errors.Is(err, mail.ErrOff):
		return "No mail server is set up."
	}
	return "Something went wrong. It is made again when it is due next."
}

// makeScheduled makes the file in a job of its owner, whose rights of now
// decide what it holds, and delivers it.
func (s *Server) makeScheduled(ctx context.Context, u account.User, k timetable.Kept) error {
	raw, err := url.ParseQuery(k.Value.Spec.List)
	if err != nil {
		return err
	}
	q, _, err := s.queryFor(ctx, u, raw)
	if err != nil {
		return err
	}
	e, err := s.newExport(ctx, desk.Actor{By: u.ID, Via: "job"}, u, k.Value.Spec, q)
	if err != nil {
		return err
	}
	e.job.Title += ": " + k.Value.Name
	if err := s.jobs.Start(ctx, e.job, e.do); err != nil {
		return err
	}
	j, err := s.awaitJob(ctx, e.job.ID)
	if err != nil {
		return err
	}
	if j.State != store.JobDone {
		return &jobError{j.Error, errors.New("the job did not end well")}
	}
	for name, path := range j.Files {
		if k.Value.To == timetable.Folder {
			return s.uploads.hand(path, s.folderName(k, e.run.Masked))
		}
		return s.mailExport(ctx, u, k, j, name, path)
	}
	return errors.New("no file was made")
}

// awaitJob waits for a job that runs here, and cancels it when ctx ends.
func (s *Server) awaitJob(ctx context.Context, id string) (store.Job, error) {
	tick := time.NewTicker(jobLook)
	defer tick.Stop()
	for {
		j, active, err := s.jobs.Get(ctx, id)
		if err == nil && active == nil {
			return j, nil
		}
		select {
		case <-ctx.Done():
			return j, errors.Join(ctx.Err(), s.jobs.Cancel(id))
		case <-tick.C:
		}
		if err != nil {
			return j, err
		}
	}
}

// folderName is the file of a due time, the same when it is made once more.
func (s *Server) folderName(k timetable.Kept, masked bool) string {
	name := fileWord(k.Value.Name) + "-" + k.Value.Last.Due.In(s.Location).Format("20060102-1504") + "-" + strings.ToLower(k.ID[:6])
	if masked {
		name = "masked-" + name
	}
	return name + "." + string(k.Value.Spec.Format)
}

// fileWord is a name as part of a file's.
func fileWord(name string) string {
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if len(parts) == 0 {
		return "orders"
	}
	return strings.Join(parts, "-")
}

// hand copies a job's file into the folder.
func (u *uploads) hand(path, name string) error {
	from, err := u.root.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	return u.put(from, name)
}

// put writes a file into the folder. It has its name once it is whole.
func (u *uploads) put(from io.Reader, name string) error {
	half := exportFolder + "/." + name + ".part"
	to, err := u.root.OpenFile(half, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		return errors.Join(err, u.root.Remove(half))
	}
	return u.root.Rename(half, exportFolder+"/"+name)
}

// mailExport sends a file to its owner, or where it is when it is too big.
func (s *Server) mailExport(ctx context.Context, u account.User, k timetable.Kept, j store.Job, name, path string) error {
	info, err := s.uploads.root.Stat(path)
	if err != nil {
		return err
	}
	link := s.PublicURL.JoinPath("jobs", j.ID).String()
	m := mail.Message{To: u.Email, Subject: k.Value.Name + ": " + views.Count(j.Done, "order", "orders"),
		Text: views.Count(j.Done, "order", "orders") + " of the list “" + k.Value.Name + "”, made " + s.Now().In(s.Location).Format("Mon 2 Jan 2006, 15:04") + ".\n\n"}
	if info.Size() <= maxAttached {
		data, err := s.uploads.root.ReadFile(path)
		if err != nil {
			return err
		}
		m.Files = []mail.File{{Name: name, Data: data}}
		m.Text += "The file is attached. "
	} else {
		m.Text += "The file is too big for an e-mail (" + views.Size(info.Size()) + "). Fetch it within a day:\n" + link + "\n\n"
	}
	m.Text += "Change or end these e-mails:\n" + s.PublicURL.JoinPath(schedulesPath).String() + "\n"
	err = s.post().Send(ctx, m)
	if err != nil && !errors.Is(err, mail.ErrOff) {
		return &jobError{"The mail server did not take it: " + mail.Reason(err), err}
	}
	return err
}
