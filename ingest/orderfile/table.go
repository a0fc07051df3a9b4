package orderfile

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// table is a spooled file of which the header is known.
type table struct {
	spool   *spool
	sheet   string // of a workbook
	sep     byte
	literal bool
	header  record
	layout  layout // the detected one
	limit   int64
}

// headerRows is how far down a header is looked for: exports put titles,
// notes and blank rows first.
const headerRows = 20

// openTable finds the sheet and row that look most like the header of an order
// file: one of a known layout, else the first row with an order id among its
// names, else the first row.
func openTable(s *spool, limit int64) (*table, error) {
	t := &table{spool: s, limit: limit}
	if !s.book {
		return t, t.openText()
	}
	if s.size > maxBook {
		return nil, ErrTooLarge
	}
	book, err := openBook(s.file, s.size, limit)
	if err != nil {
		return nil, err
	}
	defer book.Close()
	best := -1
	for _, sheet := range book.GetSheetList() {
		rows, err := newBookRecords(book, sheet)
		if err != nil {
			continue // a sheet of charts has no rows
		}
		header, score, err := findHeader(rows)
		rows.rows.Close()
		if err == nil && score > best {
			best, t.sheet, t.header = score, sheet, header
		}
	}
	if best < 0 {
		return nil, ErrUnreadable
	}
	t.layout = detect(t.header.cells)
	return t, nil
}

func (t *table) openText() error {
	in, err := t.spool.text()
	if err != nil {
		return err
	}
	first := &textRecords{in: in}
	var lines []string
	for len(lines) < headerRows {
		line, err := first.take()
		if err != nil {
			break
		}
		lines = append(lines, line)
	}
	if blank(lines) {
		return fmt.Errorf("%w: it begins with blank lines", ErrUnreadable)
	}
	t.sep = separator(lines)
	t.literal = t.sep == '\t'
	rows, err := t.rewind()
	if err != nil {
		return err
	}
	t.header, _, err = findHeader(rows)
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: no line could be a header", ErrUnreadable)
	}
	t.layout = detect(t.header.cells)
	// Amazon's flat files know no quoting; what spreadsheets save as tabbed
	// text does.
	t.literal = t.sep == '\t' && t.layout.literal
	return err
}

// findHeader returns the likeliest header among the first rows and how good it
// is: 2 a known layout, 1 it names an order id, 0 it is the first row.
func findHeader(rows records) (header record, score int, err error) {
	score = -1
	for range headerRows {
		rec, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return record{}, -1, err
		}
		if rec.fault != "" {
			continue
		}
		now := 0
		switch {
		case detect(rec.cells).format != Generic:
			now = 2
		case guess(rec.cells)[OrderID] != "" && len(rec.cells) > 1:
			now = 1
		}
		if now > score {
			header, score = rec, now
		}
		if score == 2 {
			break
		}
	}
	if score < 0 {
		return record{}, -1, io.EOF
	}
	header.cells = slices.Clone(header.cells)
	return header, score, nil
}

// rewind starts at the first row of the file.
func (t *table) rewind() (records, error) {
	if t.spool.book {
		book, err := openBook(t.spool.file, t.spool.size, t.limit)
		if err != nil {
			return nil, err
		}
		return newBookRecords(book, t.sheet)
	}
	in, err := t.spool.text()
	if err != nil {
		return nil, err
	}
	return &textRecords{in: in, sep: t.sep, literal: t.literal}, nil
}

// body starts at the row after the header.
func (t *table) body() (records, error) {
	rows, err := t.rewind()
	if err != nil {
		return nil, err
	}
	for {
		rec, err := rows.next()
		if err != nil {
			rows.close()
			return nil, err
		}
		if rec.line == t.header.line {
			return rows, nil
		}
	}
}
