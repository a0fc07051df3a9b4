package orderfile

import (
	"errors"
	"io"
)

// Look is a first look at a file: what a person checks before importing it.
type Look struct {
	Format  Format
	Columns []string
	Rows    [][]string // as in the file
	Mapping Mapping
	Missing []Field
	Sheet   string // of a workbook
	Size    int64  // unpacked
}

// Preview reads the header and the first n rows of a file. Of the options it
// looks at the bounds and the temporary directory only.
func Preview(r io.Reader, n int, o Options) (Look, error) {
	s, err := newSpool(r, o.TempDir, o.maxBytes())
	if err != nil {
		return Look{}, err
	}
	defer s.close()
	t, err := openTable(s, o.maxBytes())
	if err != nil {
		return Look{}, err
	}
	m := t.layout.mapping(t.header.cells)
	look := Look{Format: t.layout.format, Columns: t.header.cells, Mapping: m, Missing: m.Missing(), Sheet: t.sheet, Size: s.size}
	rows, err := t.body()
	if err != nil {
		return look, err
	}
	defer rows.close()
	for len(look.Rows) < n {
		rec, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return look, err
		}
		look.Rows = append(look.Rows, rec.cells)
	}
	return look, nil
}
