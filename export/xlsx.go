package export

import (
	"archive/zip"
	"compress/flate"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/palmonas/palmonas-crm/order"
)

// A workbook is a zip file of XML. It is written here rather than by a library
// because rows go straight into the compressed file: a library keeps the sheet
// somewhere until its end. Texts are inline strings, which no program takes for
// formulas.

const (
	// sheetRows is how many orders a sheet holds; more go on in the next. The
	// format's limit is 1,048,576 rows with the first, and a batch stays whole.
	sheetRows = 1_048_400
	// maxCell is how many characters a cell may hold.
	maxCell = 32_767
)

type xlsxFile struct {
	cells  cells
	title  string   // of the sheets
	header []string // the first row of each
	zip    *zip.Writer
	names  []string // of the columns: A, B, …
	sheets int
	sheet  io.Writer
	rows   int // of one sheet; tests make it smaller
}

func newXLSX(w io.Writer, c cells) *xlsxFile {
	f := newWorkbook(w, "Orders", c.header())
	f.cells = c
	return f
}

func newWorkbook(w io.Writer, title string, header []string) *xlsxFile {
	f := &xlsxFile{title: title, header: header, zip: zip.NewWriter(w), rows: sheetRows}
	f.zip.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.BestSpeed)
	})
	for i := range header {
		f.names = append(f.names, columnName(i))
	}
	return f
}

// columnName is A for 0, Z for 25, AA for 26.
func columnName(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return columnName(i/26-1) + columnName(i%26)
}

const xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"

func (f *xlsxFile) begin() error { return f.nextSheet() }

// nextSheet ends a sheet and begins another with the row of names.
func (f *xlsxFile) nextSheet() error {
	if err := f.endSheet(); err != nil {
		return err
	}
	f.sheets++
	var err error
	if f.sheet, err = f.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", f.sheets)); err != nil {
		return err
	}
	b := []byte(xmlHead + `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">` +
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData><row r="1">`)
	for i, name := range f.header {
		b = f.text(b, i, "1", name, 2)
	}
	_, err = f.sheet.Write(append(b, "</row>"...))
	return err
}

func (f *xlsxFile) endSheet() error {
	if f.sheet == nil {
		return nil
	}
	_, err := io.WriteString(f.sheet, "</sheetData></worksheet>")
	return err
}

func (f *xlsxFile) encode(b []byte, o order.Order, n int) ([]byte, error) {
	row := strconv.Itoa(n%f.rows + 2)
	b = append(append(append(b, `<row r="`...), row...), `">`...)
	for i, col := range f.cells.columns {
		v := col.value(f.cells, o)
		switch {
		case v == "":
		case col.kind == moment:
			t := col.at(o).In(f.cells.zone)
			// Sheets know no zones: they show what the clocks there showed, in
			// days since the end of 1899.
			_, offset := t.Zone()
			days := float64(t.Unix()+int64(offset))/86400 + 25569
			b = f.value(b, i, row, ` s="1"`, strconv.FormatFloat(days, 'f', 6, 64))
		case col.kind == number:
			b = f.value(b, i, row, "", v)
		default:
			b = f.text(b, i, row, v, 0)
		}
	}
	return append(b, "</row>"...), nil
}

func (f *xlsxFile) value(b []byte, column int, row, style, v string) []byte {
	b = append(append(append(b, `<c r="`...), f.names[column]...), row...)
	b = append(append(append(b, '"'), style...), `><v>`...)
	return append(append(b, v...), `</v></c>`...)
}

func (f *xlsxFile) text(b []byte, column int, row, v string, style int) []byte {
	b = append(append(append(b, `<c r="`...), f.names[column]...), row...)
	b = append(b, `" t="inlineStr"`...)
	if style > 0 {
		b = append(append(append(b, ` s="`...), strconv.Itoa(style)...), '"')
	}
	b = append(b, `><is><t xml:space="preserve">`...)
	return append(appendXML(b, v), `</t></is></c>`...)
}

// appendXML escapes a text, leaves out what XML cannot hold, and cuts it at
// what a cell can hold.
func appendXML(b []byte, s string) []byte {
	n := 0
	for _, r := range s {
		if n++; n > maxCell {
			break
		}
		switch {
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r < ' ' && r != '\t' && r != '\n', r == 0xFFFE, r == 0xFFFF:
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

func (f *xlsxFile) write(b []byte, n int) error {
	if n > 0 && n%f.rows == 0 {
		if err := f.nextSheet(); err != nil {
			return err
		}
	}
	_, err := f.sheet.Write(b)
	return err
}

// end writes the last sheet's end and the parts that name the sheets.
func (f *xlsxFile) end(int) error {
	if err := f.endSheet(); err != nil {
		return err
	}
	for _, part := range f.parts() {
		w, err := f.zip.Create(part[0])
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, xmlHead+part[1]); err != nil {
			return err
		}
	}
	return f.zip.Close()
}

// parts are the workbook's small files by path.
func (f *xlsxFile) parts() [][2]string {
	const (
		pkg   = "http://schemas.openxmlformats.org/package/2006/"
		doc   = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
		main  = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
		sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	)
	var types, sheets, links strings.Builder
	for i := range f.sheets {
		name := f.title
		if i > 0 {
			name = fmt.Sprintf("%s %d", f.title, i+1)
		}
		fmt.Fprintf(&types, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, i+1, sheet)
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, name, i+1, i+2)
		fmt.Fprintf(&links, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+2, doc, i+1)
	}
	return [][2]string{
		{"[Content_Types].xml", `<Types xmlns="` + pkg + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="` + sheet + `sheet.main+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="` + sheet + `styles+xml"/>` + types.String() + `</Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + pkg + `relationships"><Relationship Id="rId1" Type="` + doc + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + main + `" xmlns:r="` + doc + `"><sheets>` + sheets.String() + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + pkg + `relationships"><Relationship Id="rId1" Type="` + doc + `/styles" Target="styles.xml"/>` + links.String() + `</Relationships>`},
		{"xl/styles.xml", `<styleSheet xmlns="` + main + `"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/></numFmts>` +
			`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
			`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
			`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
			`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
			`<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
			`<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs></styleSheet>`},
	}
}
