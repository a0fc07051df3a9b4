package handlers

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
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
	v.Upload.Allowed, v.Upload.Channels, v.Upload.MaxBytes = true, channels, maxUpload
	for _, f := range s.Files.Formats() {
		v.Upload.Formats = append(v.Upload.Formats, views.Choice{Value: f.Value, Label: f.Label})
	}
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

func (s *Server) options(c echo.Context, u upload, columns []string) (FileOptions, error) {
	ch, err := s.Store.Channels().Get(c.Request().Context(), u.Channel)
	if errors.Is(err, store.ErrNotFound) {
		return FileOptions{}, order.FieldErrors{{Field: "channel", Message: "Choose a channel."}}
	}
	known := u.Format == "auto" || slices.ContainsFunc(s.Files.Formats(), func(f FileFormat) bool { return f.Value == u.Format })
	if err == nil && !known {
		err = order.FieldErrors{{Field: "format", Message: "Choose a format."}}
	}
	return FileOptions{Channel: ch, Format: u.Format, Columns: columns}, err
}

func (s *Server) preview(c echo.Context, u upload, columns []string) (views.PreviewView, error) {
	o, err := s.options(c, u, columns)
	if err != nil {
		return views.PreviewView{}, err
	}
	f, err := s.uploads.open(u.ID)
	if err != nil {
		return views.PreviewView{}, err
	}
	defer f.Close()
	p, err := s.Files.Preview(c.Request().Context(), f, o)
	if err != nil {
		return views.PreviewView{}, err
	}
	v := views.PreviewView{Clock: s.clock(), ID: u.ID, FileName: u.Name, Bytes: u.Bytes, Channel: o.Channel.Name,
		Format: p.Format, Detail: p.Detail, Fixed: p.Fixed, Rows: p.Rows}
	for _, k := range p.Columns {
		v.Columns = append(v.Columns, views.ColumnView(k))
	}
	for _, k := range s.Files.Fields() {
		v.Fields = append(v.Fields, views.FieldChoice(k))
	}
	for _, k := range p.Orders {
		if masked(userOf(c)) {
			maskRow(&k.Row)
		}
		v.Orders = append(v.Orders, views.PreviewOrder(k))
	}
	return v, nil
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
	f, err := readForm(c, mappingFields()...)
	if err != nil {
		return err
	}
	columns := mapping(f)
	v, err := s.preview(c, u, columns)
	if errors.As(err, &v.Errors) {
		faults := v.Errors
		if v, err = s.preview(c, u, nil); err != nil {
			return faults
		}
		v.Errors = faults
		for i, field := range columns[:min(len(columns), len(v.Columns))] {
			v.Columns[i].Field, v.Columns[i].Guessed = field, false
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
		return s.startImport(c, u, columns, f.Get("action") == "dry-run")
	}
	v.Errors = order.FieldErrors{{Field: "action", Message: "Choose what to do with the file."}}
	return s.answerPreview(c, http.StatusUnprocessableEntity, v)
}

const maxColumns = 500

// mappingFields are the fields the preview's form may have.
func mappingFields() []string {
	names := []string{"action"}
	for i := range maxColumns {
		names = append(names, "column-"+strconv.Itoa(i))
	}
	return names
}

// mapping is the field of each column; nil when the form has none, since the
// format's columns are known.
func mapping(f url.Values) []string {
	n := 0
	for name := range f {
		if i, err := strconv.Atoi(strings.TrimPrefix(name, "column-")); err == nil {
			n = max(n, i+1)
		}
	}
	if n == 0 {
		return nil
	}
	columns := make([]string, n)
	for i := range columns {
		columns[i] = f.Get("column-" + strconv.Itoa(i))
	}
	return columns
}

func mayWatch(u account.User, j store.Job) bool { return j.By == u.ID || u.May(account.UsersManage) }
