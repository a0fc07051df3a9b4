package handlers

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

// upload sends a file as the form does.
func (b *browser) upload(name string, body []byte, fields map[string]string) answer {
	b.a.t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		b.a.t.Fatal(err)
	}
	if _, err := part.Write(body); err != nil {
		b.a.t.Fatal(err)
	}
	for k, v := range fields {
		if err := w.WriteField(k, v); err != nil {
			b.a.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.a.t.Fatal(err)
	}
	r := b.request(http.MethodPost, "/imports", &buf)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(r)
}

func website() map[string]string { return map[string]string{"channel": "website", "format": "auto"} }

const sheet = `Order No,Placed,Buyer,SKU,Qty,Price,Status,Notes
W-1,2026-10-01 10:00,Asha Rao,RING-1,1,1299.00,delivered,
W-2,2026-10-02 11:30,Ravi Nair,CHAIN-2,2,2500.00,shipped,call
W-3,not a date,Zoya Khan,STUD-3,1,900.00,shipped,=cmd()
`

func columns(fields ...string) url.Values {
	v := url.Values{}
	for i, f := range fields {
		v.Set(columnName(i), f)
	}
	return v
}

func TestImportFromUploadToRejects(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	at := b.upload("november.csv", []byte(sheet), website()).want(t, http.StatusSeeOther).header.Get("Location")
	page := b.get(at).want(t, http.StatusOK).wantText(t, "november.csv", "Shop website", "Table with a header", "Ravi Nair")
	if n := page.doc(t).Find("select[name^=column-]").Length(); n != 8 {
		t.Fatalf("%d columns to map, want 8", n)
	}
	chosen := columns("order_id", "ordered_at", "customer_name", "sku", "quantity", "unit_price", "status", "")
	remap := columns("order_id", "ordered_at", "customer_name", "sku", "quantity", "unit_price", "status", "")
	remap.Set("action", "remap")
	b.post(at, remap).want(t, http.StatusOK).wantText(t, "W-1", "W-2")

	chosen.Set("action", "dry-run")
	job := b.post(at, chosen).want(t, http.StatusSeeOther).header.Get("Location")
	j := finished(t, a.srv.jobs, strings.TrimPrefix(job, "/jobs/"))
	if j.Tally.Created != 2 || j.Tally.Rejected != 1 || j.State != "done" {
		t.Errorf("dry run: %+v", j)
	}
	if n, err := a.store.Orders().Count(t.Context(), nil, 10); err != nil || n != 0 {
		t.Fatalf("the dry run stored %d orders (%v)", n, err)
	}
	b.get(job).want(t, http.StatusOK).wantText(t, "Dry run")

	chosen.Set("action", "import")
	job = b.post(at, chosen).want(t, http.StatusSeeOther).header.Get("Location")
	j = finished(t, a.srv.jobs, strings.TrimPrefix(job, "/jobs/"))
	if j.Tally.Created != 2 || j.Tally.Rejected != 1 || j.Done != 3 {
		t.Errorf("import: %+v", j)
	}
	o, err := a.store.Orders().ByRef(t.Context(), order.Ref{Channel: "website", PlatformOrderID: "W-2"})
	if err != nil || o.Status != order.Shipped || o.Facts.Units() != 2 {
		t.Errorf("order %+v, %v", o, err)
	}
	rejects := b.get(job).want(t, http.StatusOK).doc(t).Find(`a[href$="/files/rejects.csv"]`)
	file := b.get(rejects.AttrOr("href", "")).want(t, http.StatusOK).wantText(t, "W-3", "'=cmd()")
	if d := file.header.Get("Content-Disposition"); d != `attachment; filename=rejects.csv` {
		t.Errorf("Content-Disposition %q", d)
	}
	if ct := file.header.Get("Content-Type"); ct != "text/csv; charset=utf-8" {
		t.Errorf("Content-Type %q", ct)
	}
	runs, err := a.store.Channels().Runs(t.Context(), "website", 10)
	if err != nil || len(runs) != 1 || runs[0].Created != 2 || runs[0].By != "u-support" || runs[0].Finished.IsZero() {
		t.Errorf("runs %+v, %v", runs, err)
	}
	// Once more changes nothing.
	job = b.post(at, chosen).want(t, http.StatusSeeOther).header.Get("Location")
	if j = finished(t, a.srv.jobs, strings.TrimPrefix(job, "/jobs/")); j.Tally.Unchanged != 2 || j.Tally.Created != 0 {
		t.Errorf("again: %+v", j.Tally)
	}
	b.get("/imports").want(t, http.StatusOK).wantText(t, "Import of november.csv")
}

func TestN41FilesThatAreNoTables(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	for name, c := range map[string]struct {
		file   string
		body   []byte
		fields map[string]string
		status int
		field  string
	}{
		"empty":           {"a.csv", nil, website(), http.StatusUnprocessableEntity, "file"},
		"HTML":            {"a.csv", []byte("<!doctype html><html><body>sign in</body></html>"), website(), http.StatusUnprocessableEntity, "file"},
		"zip":             {"a.csv", []byte("PK\x03\x04 something else entirely"), website(), http.StatusUnprocessableEntity, "file"},
		"picture":         {"a.csv", append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{0, 1, 2, 200}, 500)...), website(), http.StatusUnprocessableEntity, "file"},
		"unknown channel": {"a.csv", []byte(sheet), map[string]string{"channel": "nowhere", "format": "auto"}, http.StatusUnprocessableEntity, "channel"},
		"no channel":      {"a.csv", []byte(sheet), map[string]string{}, http.StatusUnprocessableEntity, "channel"},
		"unknown format":  {"a.csv", []byte(sheet), map[string]string{"channel": "website", "format": "x"}, http.StatusUnprocessableEntity, "format"},
		"more fields":     {"a.csv", []byte(sheet), map[string]string{"channel": "website", "by": "u-admin"}, http.StatusUnprocessableEntity, ""},
		"too large":       {"a.csv", bytes.Repeat([]byte("a,b\n"), maxUpload/4+1), website(), http.StatusRequestEntityTooLarge, "file"},
	} {
		t.Run(name, func(t *testing.T) {
			x := b.upload(c.file, c.body, c.fields).want(t, c.status)
			if c.field != "" && x.doc(t).Find("#"+c.field+"-err").Text() == "" {
				t.Errorf("nothing is said at %s", c.field)
			}
		})
	}
	left, err := os.ReadDir(a.srv.uploads.dir())
	if err != nil || len(left) != 0 {
		t.Errorf("%d files left behind (%v)", len(left), err)
	}
	r := b.request(http.MethodPost, "/imports", strings.NewReader("channel=website"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	b.do(r).want(t, http.StatusUnsupportedMediaType)
}

func TestN42FileNamesAreOnlyShown(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"../../etc/passwd": "passwd", `..\..\x.csv`: "x.csv", "a\r\nb.csv": "ab.csv", "": "file", "/": "file",
		strings.Repeat("n", 4096): strings.Repeat("n", 100), "ऑर्डर.csv": "ऑर्डर.csv", "a\x00\u202eb.csv": "ab.csv",
	} {
		if got := shownName(name); got != want {
			t.Errorf("shownName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestN28OthersUploads(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.user("other", account.Support)
	at := a.as("support").upload("a.csv", []byte(sheet), website()).want(t, http.StatusSeeOther).header.Get("Location")
	other := a.as("other")
	other.get(at).want(t, http.StatusNotFound)
	other.post(at, url.Values{"action": {"import"}}).want(t, http.StatusNotFound)
	for _, id := range []string{"..%2f..%2fpalmonas.db", "x", strings.Repeat("A", 26)} {
		other.get("/imports/"+id).want(t, http.StatusNotFound)
	}
}

func TestOldFilesAreForgotten(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	at := b.upload("a.csv", []byte(sheet), website()).want(t, http.StatusSeeOther).header.Get("Location")
	form := columns("order_id", "ordered_at", "", "", "", "", "", "")
	form.Set("action", "import")
	job := b.post(at, form).want(t, http.StatusSeeOther).header.Get("Location")
	finished(t, a.srv.jobs, strings.TrimPrefix(job, "/jobs/"))
	b.get(job+"/files/rejects.csv").want(t, http.StatusOK)
	a.clock.add(keepUpload + time.Minute)
	if err := a.srv.uploads.purge(); err != nil {
		t.Fatal(err)
	}
	b = a.as("support")
	b.get(at).want(t, http.StatusNotFound)
	b.get(job+"/files/rejects.csv").want(t, http.StatusOK)
	a.clock.add(keepFiles)
	if err := a.srv.uploads.purge(); err != nil {
		t.Fatal(err)
	}
	a.as("support").get(job+"/files/rejects.csv").want(t, http.StatusNotFound)
}

func TestMappingFaults(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.as("support")
	at := b.upload("a.csv", []byte(sheet), website()).want(t, http.StatusSeeOther).header.Get("Location")
	for name, c := range map[string]struct {
		form  url.Values
		field string
	}{
		"nothing mapped": {columns("", "", "", "", "", "", "", ""), "columns"},
		"no order date":  {columns("order_id", "", "", "", "", "", "", ""), "columns"},
		"twice the same": {columns("order_id", "ordered_at", "sku", "sku", "", "", "", ""), "column-3"},
		"unknown field":  {columns("order_id", "ordered_at", "role", "", "", "", "", ""), "column-2"},
	} {
		t.Run(name, func(t *testing.T) {
			c.form.Set("action", "import")
			d := b.post(at, c.form).want(t, http.StatusUnprocessableEntity).doc(t)
			if d.Find("#"+c.field+"-err").Text() == "" {
				t.Errorf("nothing is said at %s", c.field)
			}
			if got := d.Find(`select[name=column-0] option[selected]`).AttrOr("value", ""); got != c.form.Get("column-0") {
				t.Errorf("the choice of the first column became %q", got)
			}
		})
	}
	more := columns("order_id", "ordered_at")
	more.Set("column-99", "sku")
	b.post(at, more).want(t, http.StatusUnprocessableEntity)
	if n, err := a.store.Jobs().List(t.Context(), 10); err != nil || len(n) != 0 {
		t.Errorf("%d jobs were started (%v)", len(n), err)
	}
}

func TestLargeCompressedUpload(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, "order_id,ordered_at,sku,quantity,unit_price,status\n")
	for i := range 2000 {
		_, _ = fmt.Fprintf(z, "G-%05d,2026-09-%02dT10:00:00Z,RING-1,1,1299.00,delivered\n", i, i%28+1)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	b := a.as("admin")
	at := b.upload("big.csv.gz", packed.Bytes(), website()).want(t, http.StatusSeeOther).header.Get("Location")
	form := columns("order_id", "ordered_at", "sku", "quantity", "unit_price", "status")
	form.Set("action", "import")
	job := b.post(at, form).want(t, http.StatusSeeOther).header.Get("Location")
	if j := finished(t, a.srv.jobs, strings.TrimPrefix(job, "/jobs/")); j.Tally.Created != 2000 || j.Done != 2000 || j.Of != 2000 {
		t.Errorf("import: %+v", j)
	}
}
