package handlers

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest/orderfile"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
)

const shownJobs = 50

func (s *Server) importsPage(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	return s.answerImports(c, http.StatusOK, views.UploadView{})
}

// answerImports is the page of imports, with the upload form as it was sent.
func (s *Server) answerImports(c echo.Context, status int, form views.UploadView) error {
	ctx, u := c.Request().Context(), userOf(c)
	channels, err := s.channelChoices(ctx)
	if err != nil {
		return err
	}
	all, err := s.jobs.List(ctx, shownJobs)
	if err != nil {
		return err
	}
	v := views.ImportsView{Clock: s.clock(), Upload: form}
	v.Upload.Allowed, v.Upload.Channels, v.Upload.MaxBytes, v.Upload.Formats = true, channels, maxUpload, fileFormats()
	for _, j := range all {
		if !mayWatch(u, j) || !isImport(j) {
			continue
		}
		jv, err := s.jobView(c, j)
		if err != nil {
			return err
		}
		v.Jobs = append(v.Jobs, jv)
	}
	p := s.page(c, "Imports", "/imports")
	p.Path = "/imports"
	return html(c, status, views.Imports(p, v))
}

// uploadImport keeps a file and leads to its preview.
func (s *Server) uploadImport(c echo.Context) error {
	got, err := s.receive(c)
	if err == nil {
		err = s.readable(c, got)
		if err == nil {
			return seeOther(c, "/imports/"+got.ID)
		}
		err = errors.Join(err, s.uploads.remove(got.ID))
	}
	form := views.UploadView{Channel: got.Channel, Format: got.Format}
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		form.Errors = order.FieldErrors{{Field: "file", Message: "The file is larger than " + views.Size(maxUpload) + ". Compress it, or import it with palmonas import."}}
		c.Response().Header().Set("Connection", "close") // the rest of the file is not read
		return s.answerImports(c, http.StatusRequestEntityTooLarge, form)
	case errors.As(err, &form.Errors):
		return s.answerImports(c, http.StatusUnprocessableEntity, form)
	}
	return err
}

// receive reads the parts as they come; the file goes straight to disk.
func (s *Server) receive(c echo.Context) (upload, error) {
	meta := upload{By: userOf(c).ID, Format: "auto"}
	mr, err := c.Request().MultipartReader()
	if err != nil {
		return meta, errMediaType
	}
	seen := map[string]bool{}
	for {
		part, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = s.takePart(part, seen, &meta)
		}
		if err != nil {
			if meta.ID != "" {
				err = errors.Join(err, s.uploads.remove(meta.ID))
			}
			return meta, unreadable(err)
		}
	}
	if meta.ID == "" || meta.Bytes == 0 {
		err := error(order.FieldErrors{{Field: "file", Message: "Choose a file that is not empty."}})
		if meta.ID != "" {
			err = errors.Join(err, s.uploads.remove(meta.ID))
		}
		return meta, err
	}
	return meta, s.uploads.describe(meta)
}

// unreadable keeps the errors that say something to people, and sums up the
// rest.
func unreadable(err error) error {
	var tooBig *http.MaxBytesError
	var faults order.FieldErrors
	if errors.As(err, &tooBig) || errors.As(err, &faults) {
		return err
	}
	return errors.Join(errUnreadable, err)
}

func (s *Server) takePart(part *multipart.Part, seen map[string]bool, meta *upload) error {
	name := part.FormName()
	switch {
	case !slices.Contains([]string{"channel", "format", "file"}, name):
		return order.FieldErrors{{Field: printable(name), Message: "There is no such field."}}
	case seen[name]:
		return order.FieldErrors{{Field: name, Message: "This was given more than once."}}
	}
	seen[name] = true
	if name == "file" {
		kept, err := s.uploads.save(part)
		meta.ID, meta.Bytes, meta.Name, meta.At = kept.ID, kept.Bytes, shownName(part.FileName()), kept.At
		return err
	}
	b, err := io.ReadAll(io.LimitReader(part, 200))
	if err != nil {
		return err
	}
	if name == "channel" {
		meta.Channel = string(b)
	} else {
		meta.Format = string(b)
	}
	return nil
}

// readable checks the fields and looks into the file.
func (s *Server) readable(c echo.Context, u upload) error {
	_, err := s.preview(c, u, nil)
	return err
}

// target is the channel an upload is for.
func (s *Server) target(c echo.Context, u upload) (channel.Channel, error) {
	if !knownFormat(u.Format) {
		return channel.Channel{}, order.FieldErrors{{Field: "format", Message: "Choose a format."}}
	}
	ch, err := s.Store.Channels().Get(c.Request().Context(), u.Channel)
	if errors.Is(err, store.ErrNotFound) {
		return ch, order.FieldErrors{{Field: "channel", Message: "Choose a channel."}}
	}
	return ch, err
}

func (s *Server) preview(c echo.Context, u upload, m orderfile.Mapping) (views.PreviewView, error) {
	ch, err := s.target(c, u)
	if err != nil {
		return views.PreviewView{}, err
	}
	v, err := s.lookInto(c.Request().Context(), u, ch, m)
	if masked(userOf(c)) {
		for i := range v.Orders {
			maskRow(&v.Orders[i].Row)
		}
	}
	return v, err
}

func (s *Server) previewImport(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	u, err := s.uploads.find(c.Param("id"), userOf(c).ID)
	if err != nil {
		return err
	}
	v, err := s.preview(c, u, nil)
	if err != nil {
		return err
	}
	return s.answerPreview(c, http.StatusOK, v)
}

func (s *Server) answerPreview(c echo.Context, status int, v views.PreviewView) error {
	p := s.page(c, "Import "+v.FileName, "/imports")
	p.Path = "/imports/" + v.ID
	return html(c, status, views.Preview(p, v))
}

// runImport maps the columns again, tries the file, or imports it.
func (s *Server) runImport(c echo.Context) error {
	u, err := s.uploads.find(c.Param("id"), userOf(c).ID)
	if err != nil {
		return err
	}
	v, err := s.preview(c, u, nil)
	if err != nil {
		return err
	}
	f, err := readForm(c, mappingFields(len(v.Columns))...)
	if err != nil {
		return err
	}
	m, faults := mapping(f, v)
	if len(faults) == 0 {
		v, err = s.preview(c, u, m)
	} else {
		err = faults
	}
	if errors.As(err, &v.Errors) {
		for i := range v.Columns {
			v.Columns[i].Field, v.Columns[i].Guessed = f.Get(columnName(i)), false
		}
		return s.answerPreview(c, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	switch f.Get("action") {
	case "remap":
		return s.answerPreview(c, http.StatusOK, v)
	case "dry-run", "import":
		return s.startImport(c, u, m, f.Get("action") == "dry-run")
	}
	v.Errors = order.FieldErrors{{Field: "", Message: "Choose what to do with the file."}}
	return s.answerPreview(c, http.StatusUnprocessableEntity, v)
}

func columnName(i int) string { return "column-" + strconv.Itoa(i) }

// mappingFields are the fields the preview's form may have.
func mappingFields(columns int) []string {
	names := []string{"action"}
	for i := range columns {
		names = append(names, columnName(i))
	}
	return names
}

// mapping is what the form says of the columns; nil for a format whose columns
// are known. A field that no column was chosen for is taken from none.
func mapping(f url.Values, v views.PreviewView) (orderfile.Mapping, order.FieldErrors) {
	if v.Fixed {
		return nil, nil
	}
	m, faults := orderfile.Mapping{}, order.FieldErrors{}
	for _, field := range orderfile.Fields() {
		m[field] = ""
	}
	for i, column := range v.Columns {
		field := orderfile.Field(f.Get(columnName(i)))
		switch old, known := m[field]; {
		case field == "":
		case !known:
			faults = append(faults, order.FieldError{Field: columnName(i), Message: "There is no such field."})
		case old != "":
			faults = append(faults, order.FieldError{Field: columnName(i), Message: "Another column has this meaning already."})
		default:
			m[field] = column.Header
		}
	}
	return m, faults
}

func mayWatch(u account.User, j store.Job) bool {
	return j.By == u.ID && !j.Started.Before(u.ScopedAt) || u.May(account.UsersManage)
}
