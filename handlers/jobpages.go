package handlers

import (
	"bytes"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/export"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
)

// job is the job that the address names, if this user may see it.
func (s *Server) job(c echo.Context) (store.Job, <-chan struct{}, error) {
	j, changed, err := s.jobs.Get(c.Request().Context(), c.Param("id"))
	if err == nil && !mayWatch(userOf(c), j) {
		err = store.ErrNotFound
	}
	return j, changed, err
}

func (s *Server) jobView(c echo.Context, j store.Job) (views.JobView, error) {
	ctx := c.Request().Context()
	names, err := s.names(ctx, []string{string(j.By)})
	if err != nil {
		return views.JobView{}, err
	}
	v := views.JobView{Clock: s.clock(), ID: j.ID, Kind: j.Kind, Title: j.Title, Channel: j.Channel, By: names[string(j.By)],
		State: string(j.State), Done: j.Done, Of: j.Of, DryRun: j.Kind == kindDryRun, Error: j.Error,
		Started: j.Started, Finished: j.Finished, MayCancel: j.State == store.JobRunning, Tally: views.TallyView(j.Tally)}
	if v.DryRun {
		v.Kind = kindImport
	}
	if j.Kind == kindBulk {
		v.Back, v.Counts = views.Choice{Value: "/orders", Label: "Orders"}, bulkCounts(j)
	}
	if j.Kind == kindExport {
		s.exportView(c, j, &v)
	}
	if _, ok := j.Files[rejectsFile]; ok {
		v.Rejects = "/jobs/" + j.ID + "/files/" + rejectsFile
	}
	ch, err := s.Store.Channels().Get(ctx, j.Channel)
	switch {
	case err == nil:
		v.Channel = ch.Name
	case !errors.Is(err, store.ErrNotFound):
		return views.JobView{}, err
	}
	return v, nil
}

func (s *Server) jobPage(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	j, _, err := s.job(c)
	if err != nil {
		return err
	}
	v, err := s.jobView(c, j)
	if err == nil && j.State != store.JobRunning {
		err = s.jobResult(c, j, &v)
	}
	if err != nil {
		return err
	}
	if partial(c) {
		return html(c, http.StatusOK, views.JobCard(v))
	}
	active := "/orders"
	if isImport(j) {
		active = "/imports"
	}
	return html(c, http.StatusOK, views.Job(s.page(c, j.Title, active), v))
}

// jobResult fills in what a job that has ended left behind.
func (s *Server) jobResult(c echo.Context, j store.Job, v *views.JobView) error {
	if j.Kind == kindBulk {
		return s.bulkResult(c, j, v)
	}
	return nil
}

// jobEvents streams the progress of a job. The message "done" ends it; the
// page then asks for the whole card.
func (s *Server) jobEvents(c echo.Context) error {
	if _, _, err := s.job(c); err != nil {
		return err
	}
	sub, err := s.hub.Subscribe(userOf(c).ID, s.sessions.cookie(c.Request()))
	if err != nil {
		return err
	}
	defer sub.Close()
	out, err := openStream(c)
	for err == nil {
		j, changed, gone := s.job(c)
		if gone != nil {
			return nil // the stream has begun; the page asks again and learns why
		}
		if err = s.sendProgress(c, out, j); err != nil || j.State != store.JobRunning {
			return nil
		}
		pause := time.NewTimer(saveEvery)
		select {
		case <-pause.C:
		case <-sub.Done:
			return nil
		}
		beat := time.NewTimer(s.beat)
		select {
		case <-c.Request().Context().Done():
			return nil
		case <-sub.Done:
			return nil
		case <-changed: // nil for a job of another process: then the heartbeat it is
		case <-beat.C:
			if !s.still(c) {
				return nil
			}
		}
		beat.Stop()
	}
	return nil
}

func (s *Server) sendProgress(c echo.Context, out *stream, j store.Job) error {
	v, err := s.jobView(c, j)
	if err != nil {
		return err
	}
	what, name := views.JobProgress(v), ""
	if j.State != store.JobRunning {
		name = "event: done\n"
	}
	text, err := eventData(c, what)
	if err != nil {
		return err
	}
	return out.write(name + text)
}

// eventData is a component as the data of one message.
func eventData(c echo.Context, what templ.Component) (string, error) {
	var b bytes.Buffer
	if err := what.Render(c.Request().Context(), &b); err != nil {
		return "", err
	}
	return "data: " + strings.ReplaceAll(b.String(), "\n", "\ndata: ") + "\n\n", nil
}

// jobFile hands out what a job left behind, always as a download.
func (s *Server) jobFile(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	j, _, err := s.job(c)
	if err != nil {
		return err
	}
	name := c.Param("name")
	path, ok := j.Files[name]
	if !ok || masked(userOf(c)) && j.By != userOf(c).ID {
		return store.ErrNotFound
	}
	if current, _, _, there := s.exportFile(userOf(c), j); j.Kind == kindExport && (!there || current != name) {
		return store.ErrNotFound
	}
	f, err := s.uploads.root.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return store.ErrNotFound
	}
	if err != nil {
		return err
	}
	defer f.Close()
	h := c.Response().Header()
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	return c.Stream(http.StatusOK, fileType(name), f)
}

// fileType is the media type of a file by its name.
func fileType(name string) string {
	for _, f := range export.Formats() {
		if strings.HasSuffix(name, "."+string(f)) {
			return f.ContentType()
		}
	}
	return "application/octet-stream"
}

// cancelJob ends a running job; one that has ended meanwhile just is shown.
func (s *Server) cancelJob(c echo.Context) error {
	if _, err := readForm(c); err != nil && !errors.Is(err, errMediaType) {
		return err
	}
	j, _, err := s.job(c)
	if err != nil {
		return err
	}
	if err := s.jobs.Cancel(j.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return seeOther(c, "/jobs/"+j.ID)
}
