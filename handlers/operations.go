package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/privacy"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/upkeep"
	"github.com/palmonas/palmonas-crm/views/setting"
)

// OpsDeps is what the operations page tells about.
type OpsDeps struct {
	// Erasures is told before a person is erased, so that it can be done again
	// after an older backup is restored; nil: it cannot.
	Erasures func(privacy.Request) error
	Commit   string
	Started  time.Time
	Engine   string        // in words
	Database string        // file of the embedded database; empty with another
	Backups  upkeep.Keeper // without Copy the database has tools of its own
	Jobs     func() []ingest.JobState
}

func (s *Server) operationsRoutes() []route {
	manage := may(account.SettingsManage)
	return []route{
		{http.MethodGet, "/settings/operations", manage, s.operationsPage, limits{}},
		{http.MethodPost, "/settings/operations/backup", manage, s.backupNow, limits{}},
		{http.MethodPost, "/settings/operations/plan", manage, s.saveBackupPlan, limits{}},
	}
}

func (s *Server) operationsPage(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	v, err := s.operationsView(c)
	if err != nil {
		return err
	}
	return html(c, http.StatusOK, setting.Operations(s.page(c, "Operations", "/settings"), v))
}

func (s *Server) operationsView(c echo.Context) (setting.OperationsView, error) {
	ctx := c.Request().Context()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	v := setting.OperationsView{Clock: s.clock(), Version: s.Version, Commit: s.Commit, Go: runtime.Version(), Started: s.Started, Engine: s.Engine,
		Goroutines: runtime.NumGoroutine(), Memory: int64(mem.Sys), CanCopy: s.Backups.Copy != nil} //nolint:gosec // far below
	if s.Database != "" {
		v.Database, v.Log = sizeOf(s.Database), sizeOf(s.Database+"-wal")
	}
	if s.Jobs != nil {
		for _, j := range s.Jobs() {
			v.Jobs = append(v.Jobs, setting.JobRow{Name: j.Name, Every: j.Every, Last: j.Last, Next: j.Next})
		}
	}
	if err := s.backlogs(ctx, &v); err != nil {
		return v, err
	}
	if !v.CanCopy {
		return v, nil
	}
	plan, err := s.Backups.Plan(ctx)
	if err != nil {
		return v, err
	}
	v.Plan = setting.PlanForm{On: !plan.Off, Hour: strconv.Itoa(plan.Hour), Keep: strconv.Itoa(plan.Keep)}
	all, err := s.Backups.Backups()
	for _, b := range all {
		v.Backups = append(v.Backups, setting.BackupRow{Name: b.Name, Bytes: b.Bytes, At: b.At})
	}
	return v, err
}

// backlogs are the queues that should be short.
func (s *Server) backlogs(ctx context.Context, v *setting.OperationsView) error {
	n, oldest, err := s.Store.Inbox().Backlog(ctx, "")
	if err != nil {
		return err
	}
	v.Inbox, v.InboxOldest = n, oldest
	channels, err := s.Store.Channels().List(ctx)
	if err != nil {
		return err
	}
	for _, ch := range channels {
		open, refused, err := s.Store.Orders().OpenWishes(ctx, ch.ID)
		if err != nil {
			return err
		}
		aside, err := s.Store.Channels().QuarantineCount(ctx, ch.ID)
		if err != nil {
			return err
		}
		v.Waiting, v.Refused, v.Aside = v.Waiting+open-refused, v.Refused+refused, v.Aside+aside
	}
	return nil
}

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// kindBackup is the job that copies the database at once.
const kindBackup = "backup"

func (s *Server) backupNow(c echo.Context) error {
	if _, err := readForm(c); err != nil && !errors.Is(err, errMediaType) {
		return err
	}
	if s.Backups.Copy == nil {
		return errGone
	}
	ctx, u := c.Request().Context(), userOf(c)
	j := store.Job{ID: string(account.NewID()), Kind: kindBackup, By: u.ID, Title: "Copy of the database"}
	err := s.jobs.Start(ctx, j, func(ctx context.Context, w *Work) error {
		b, err := s.Backups.Make(ctx)
		if err != nil {
			return &jobError{"The copy could not be made. Older copies are untouched.", err}
		}
		w.Update(func(j *store.Job) { j.Title = fmt.Sprintf("Copy of the database, %s", b.Name) })
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.audit(c, account.Entry{Action: "backup.make", Object: "job:" + j.ID}); err != nil {
		return err
	}
	s.Log.Info("backup asked for", slog.String("request", requestID(c)), slog.String("user", string(u.ID)))
	return seeOther(c, "/jobs/"+j.ID)
}

func (s *Server) saveBackupPlan(c echo.Context) error {
	f, err := readForm(c, "on", "hour", "keep")
	if err != nil {
		return err
	}
	if s.Backups.Copy == nil {
		return errGone
	}
	var faults order.FieldErrors
	hour, err := strconv.Atoi(f.Get("hour"))
	if err != nil || hour < 0 || hour > 23 {
		faults = append(faults, order.FieldError{Field: "hour", Message: "Hours go from 0 to 23."})
	}
	keep, err := strconv.Atoi(f.Get("keep"))
	if err != nil || keep < 1 || keep > 60 {
		faults = append(faults, order.FieldError{Field: "keep", Message: "Keep 1 to 60 copies."})
	}
	if len(faults) > 0 {
		v, err := s.operationsView(c)
		if err != nil {
			return err
		}
		v.Plan, v.Errors = setting.PlanForm{On: f.Get("on") == "yes", Hour: cut(f.Get("hour"), 9), Keep: cut(f.Get("keep"), 9)}, faults
		return html(c, http.StatusUnprocessableEntity, setting.Operations(s.page(c, "Operations", "/settings"), v))
	}
	if err := s.Backups.SetPlan(c.Request().Context(), upkeep.Plan{Off: f.Get("on") != "yes", Hour: hour, Keep: keep}); err != nil {
		return err
	}
	if err := s.audit(c, account.Entry{Action: "setting.backup", Object: "setting:backup", After: fmt.Sprintf(`{"on":%t,"hour":%d,"keep":%d}`, f.Get("on") == "yes", hour, keep)}); err != nil {
		return err
	}
	s.flash(c, doneSaved, 60)
	return seeOther(c, "/settings/operations")
}
