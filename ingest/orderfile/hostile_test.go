package orderfile

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/palmonas/palmonas-crm/order"
)

// workbook writes an XLSX file whose only sheet has the given XML, in pieces:
// what the library would not write.
func workbook(tb testing.TB, parts map[string]string, pieces ...string) []byte {
	tb.Helper()
	const (
		office  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
		packs   = "http://schemas.openxmlformats.org/package/2006/relationships"
		content = "http://schemas.openxmlformats.org/package/2006/content-types"
		sheets  = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	)
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	put := func(name string, text ...string) {
		w, err := z.Create(name)
		for _, t := range text {
			if err == nil {
				_, err = io.WriteString(w, t)
			}
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	put("[Content_Types].xml", `<Types xmlns="`+content+`"><Default Extension="xml" ContentType="application/xml"/></Types>`)
	put("_rels/.rels", `<Relationships xmlns="`+packs+`"><Relationship Id="r1" Type="`+office+`/officeDocument" Target="xl/workbook.xml"/></Relationships>`)
	put("xl/workbook.xml", `<workbook xmlns="`+sheets+`" xmlns:r="`+office+`"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`)
	put("xl/_rels/workbook.xml.rels", `<Relationships xmlns="`+packs+`"><Relationship Id="r1" Type="`+office+`/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`)
	put("xl/worksheets/sheet1.xml", append(append([]string{`<worksheet xmlns="` + sheets + `"><sheetData>`,
		row("order id", "date", "amount"), row("B-1", "2026-11-01", "10")}, pieces...), `</sheetData></worksheet>`)...)
	for name, text := range parts {
		put(name, text)
	}
	if err := z.Close(); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

func row(cells ...string) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(`<c t="inlineStr"><is><t>` + c + `</t></is></c>`)
	}
	return "<row>" + b.String() + "</row>"
}

func TestN40WorkbookBombs(t *testing.T) {
	t.Parallel()
	mib := strings.Repeat("a", 1<<20)
	fat := row("B-2", "2026-11-02", strings.Repeat("x", 30_000))
	for name, c := range map[string]struct {
		file []byte
		want error
		rows int
	}{
		"as Excel writes":  {workbook(t, nil, strings.Repeat(fat, 300)), nil, 301},
		"one huge text":    {workbook(t, nil, "<row><c><v>", mib, mib, "</v></c></row>"), ErrTooLarge, 0},
		"one huge tag":     {workbook(t, nil, `<row a="`, mib, mib, `"></row>`), ErrTooLarge, 0},
		"one endless row":  {workbook(t, nil, "<row>", strings.Repeat("<c><v>1</v></c>", 400_000), "</row>"), ErrTooLarge, 0},
		"deep elements":    {workbook(t, nil, "<row>", strings.Repeat("<c>", 1000)), ErrTooLarge, 0},
		"huge other parts": {workbook(t, map[string]string{"xl/media/a.png": strings.Repeat(mib, 65)}), ErrTooLarge, 0},
		"a huge string":    {workbook(t, map[string]string{"xl/sharedStrings.xml": "<sst><si><t>" + mib + mib + "</t></si></sst>"}), ErrTooLarge, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := readAll(t, bytes.NewReader(c.file), Options{Platform: "organic"})
			if !errors.Is(res.err, c.want) || c.want == nil && res.err != nil {
				t.Fatalf("%v, want %v", res.err, c.want)
			}
			if res.sum.Rows != c.rows {
				t.Errorf("%d rows, want %d", res.sum.Rows, c.rows)
			}
		})
	}
}

func TestNotTables(t *testing.T) {
	t.Parallel()
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	w, err := z.Create("orders.csv")
	if err == nil {
		_, err = io.WriteString(w, "order id,date\nA-1,2026-11-01\n")
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"\ufeff\r\n<!DOCTYPE html><html><body>Sign in</body></html>": "a web page",
		"<HTML><table><tr><td>order id</td></tr></table></HTML>":     "a web page",
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and so on":                 "an old Excel workbook",
		"%PDF-1.7\n":     "a PDF document",
		archive.String(): "not an Excel workbook",
		"\n\n  \n":       "blank lines",
		"order id,date\n" + strings.Repeat("\n", maxBlankLines+1) + "A-1,2026-11-01\n": "blank lines",
	} {
		res := readAll(t, strings.NewReader(text), Options{Platform: "organic"})
		if !errors.Is(res.err, ErrUnreadable) || !strings.Contains(res.err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", text, res.err, want)
		}
	}
}

// A few hundred kilobytes of packed line ends would keep a reader busy for
// minutes.
func TestPackedBlankLines(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	_, err := io.WriteString(zw, "order id,date\nA-1,2026-11-01\n")
	blank := bytes.Repeat([]byte("\n"), 1<<20)
	for range 64 {
		if err == nil {
			_, err = zw.Write(blank)
		}
	}
	if err := errors.Join(err, zw.Close()); err != nil {
		t.Fatal(err)
	}
	if res := readAll(t, &buf, Options{Platform: "organic"}); !errors.Is(res.err, ErrUnreadable) {
		t.Errorf("%v, want ErrUnreadable", res.err)
	}
}

func TestLineEndsOfOldMacs(t *testing.T) {
	t.Parallel()
	res := readText(t, "order id,date,amount\rA-1,2026-11-01,10\rA-2,2026-11-02,20\r", Options{Platform: "organic"})
	if res.err != nil || len(res.reports) != 2 || res.byID("A-2").Facts.Total.Minor != 2000 {
		t.Errorf("%d orders, %+v, %v", len(res.reports), res.byID("A-2").Facts.Total, res.err)
	}
}

// 1,299.00 without quotes puts every later cell one column too far right.
func TestMoreCellsThanTheHeader(t *testing.T) {
	t.Parallel()
	res := readText(t, "order id,date,amount,city\nA-1,2026-11-01,1,299.00,Pune\nA-2,2026-11-02,20,Pune,, \nA-3,2026-11-02,20\n", Options{Platform: "organic"})
	if len(res.rejects) != 1 || res.rejects[0].Line != 2 || !strings.Contains(res.rejects[0].Reason, "not quoted") {
		t.Errorf("rejects %+v", res.rejects)
	}
	if len(res.reports) != 2 || res.err != nil {
		t.Errorf("%d orders, %v; empty cells at the end and cells cut off are no fault", len(res.reports), res.err)
	}
}

// Spreadsheets fold the full-width forms, and skip what stands before them.
func TestSafeCells(t *testing.T) {
	t.Parallel()
	in := []string{"=1", "+1", "-1", "@a", "\tx", "\rx", "\nx", "\x00x", "＝1", "＋1", "－1", "＠a", "", "a=1", "१"}
	want := []string{"'=1", "'+1", "'-1", "'@a", "'\tx", "'\rx", "'\nx", "'\x00x", "'＝1", "'＋1", "'－1", "'＠a", "", "a=1", "१"}
	if diff := cmp.Diff(want, safe(in)); diff != "" {
		t.Error(diff)
	}
}

// A file of orders is personal data: a process that is killed must not leave
// it in a temporary directory.
func TestSpoolHasNoName(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("open files cannot be removed")
	}
	for name, file := range map[string][]byte{"text": []byte("order id,date\nA-1,2026-11-01\n"), "workbook": workbook(t, nil)} {
		dir := t.TempDir()
		_, err := Read(context.Background(), bytes.NewReader(file), Options{Channel: "c", Platform: "organic", TempDir: dir, ImportedAt: importedAt},
			func([]order.Report) error {
				left, err := os.ReadDir(dir)
				if len(left) > 0 {
					t.Errorf("%s: %s is there while it is read", name, left[0].Name())
				}
				return err
			}, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
