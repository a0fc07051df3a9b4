package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Table is a small table that is no list of orders, such as one of figures. It
// is written whole from memory.
type Table struct {
	// Title names the sheet of a workbook: at most 31 letters of which none is
	// one of []:*?/\.
	Title   string
	Columns []string
	Rows    [][]Cell // each as long as Columns
}

// Cell is one value of a table.
type Cell struct {
	// Text is the value as a file of texts holds it. Spreadsheets count with a
	// Number; any other text is kept from being taken for a formula.
	Text   string
	Number bool
	// JSON is what the value becomes in JSON.
	JSON any
}

// TableFormats lists the formats of tables.
func TableFormats() []Format { return []Format{CSV, XLSX, JSON} }

// Write writes the table. With an error, what was written is not a whole file.
func (t Table) Write(w io.Writer, f Format) error {
	switch f {
	case CSV:
		return t.csv(w)
	case XLSX:
		return t.xlsx(w)
	case JSON:
		return t.json(w)
	}
	return fmt.Errorf("export: a table cannot be written as %q", f)
}

func (t Table) csv(w io.Writer) error {
	b, err := csvRow(nil, t.Columns)
	if err != nil {
		return err
	}
	for _, row := range t.Rows {
		texts := make([]string, len(row))
		for i, c := range row {
			if texts[i] = c.Text; !c.Number {
				texts[i] = SafeText(c.Text)
			}
		}
		if b, err = csvRow(b, texts); err != nil {
			return err
		}
	}
	_, err = w.Write(b)
	return err
}

func (t Table) xlsx(w io.Writer) error {
	f := newWorkbook(w, t.Title, t.Columns)
	if err := f.begin(); err != nil {
		return err
	}
	for n, row := range t.Rows {
		number := strconv.Itoa(n%f.rows + 2)
		b := append(append([]byte(`<row r="`), number...), `">`...)
		for i, c := range row {
			switch {
			case c.Text == "":
			case c.Number:
				b = f.value(b, i, number, "", c.Text)
			default:
				b = f.text(b, i, number, c.Text, 0)
			}
		}
		if err := f.write(append(b, "</row>"...), n); err != nil {
			return err
		}
	}
	return f.end(len(t.Rows))
}

// json writes a list of objects whose members stand in the order of the
// columns.
func (t Table) json(w io.Writer) error {
	var b bytes.Buffer
	b.WriteByte('[')
	for n, row := range t.Rows {
		if n > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n{")
		for i, c := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			name, err := json.Marshal(t.Columns[i])
			value, other := json.Marshal(c.JSON)
			if err = errors.Join(err, other); err != nil {
				return fmt.Errorf("export: column %s: %w", t.Columns[i], err)
			}
			b.Write(append(append(name, ':'), value...))
		}
		b.WriteByte('}')
	}
	b.WriteString("\n]\n")
	_, err := w.Write(b.Bytes())
	return err
}
