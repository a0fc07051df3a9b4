package export

import (
	"bytes"
	"encoding/csv"
	"io"

	"github.com/palmonas/palmonas-crm/order"
)

// csvFile is RFC 4180: commas, CRLF, UTF-8, and a first row of names.
type csvFile struct {
	w     io.Writer
	cells cells
}

func (f csvFile) begin() error {
	b, err := csvRow(nil, f.cells.header())
	if err == nil {
		_, err = f.w.Write(b)
	}
	return err
}

func (f csvFile) encode(b []byte, o order.Order, _ int) ([]byte, error) {
	row := make([]string, len(f.cells.columns))
	for i, col := range f.cells.columns {
		row[i] = col.value(f.cells, o)
		if col.kind == text {
			row[i] = SafeText(row[i])
		}
	}
	return csvRow(b, row)
}

func csvRow(b []byte, row []string) ([]byte, error) {
	out := bytes.NewBuffer(b)
	w := csv.NewWriter(out)
	w.UseCRLF = true
	if err := w.Write(row); err != nil {
		return b, err
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

func (f csvFile) write(b []byte, _ int) error {
	_, err := f.w.Write(b)
	return err
}

func (f csvFile) end(int) error { return nil }
