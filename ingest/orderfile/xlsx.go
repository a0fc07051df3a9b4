package orderfile

import (
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// Bounds of a workbook: sheets beyond bookMemory are unpacked to disk and
// streamed; the packed file itself is held in memory by the library.
const (
	maxBook    = 64 << 20
	bookMemory = 4 << 20
	maxColumns = 500
)

// bookRecords streams one sheet. Cells are raw: numbers as stored, days as
// serial numbers, so that nothing depends on how a cell was formatted.
type bookRecords struct {
	book *excelize.File
	rows *excelize.Rows
	line int
	gap  int // blank rows since the last one with text
}

func openBook(in io.ReaderAt, size, unpacked int64) (*excelize.File, error) {
	if err := guardBook(in, size, unpacked); err != nil {
		return nil, err
	}
	book, err := excelize.OpenReader(io.NewSectionReader(in, 0, size), excelize.Options{RawCellValue: true, UnzipSizeLimit: unpacked, UnzipXMLSizeLimit: bookMemory})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return book, nil
}

func newBookRecords(book *excelize.File, sheet string) (*bookRecords, error) {
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil, fmt.Errorf("%w: sheet %q: %w", ErrUnreadable, sheet, err)
	}
	return &bookRecords{book: book, rows: rows}, nil
}

func (b *bookRecords) next() (record, error) {
	for b.rows.Next() {
		b.line++
		cells, err := b.rows.Columns()
		switch {
		case err != nil:
			return record{}, fmt.Errorf("%w: row %d: %w", ErrUnreadable, b.line, err)
		case len(cells) > maxColumns:
			return record{line: b.line, cells: cells[:10], fault: fmt.Sprintf("the row has more than %d columns", maxColumns)}, nil
		case !blank(cells):
			b.gap = 0
			return record{line: b.line, cells: cells}, nil
		}
		if b.gap++; b.gap > maxBlankLines {
			return record{}, errBlank
		}
	}
	if err := b.rows.Error(); err != nil {
		return record{}, fmt.Errorf("%w: after row %d: %w", ErrUnreadable, b.line, err)
	}
	return record{}, io.EOF
}

func (b *bookRecords) close() error {
	return errors.Join(b.rows.Close(), b.book.Close())
}
