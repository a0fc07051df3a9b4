package orderfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// record is one row of a table as it stands in the file.
type record struct {
	line  int // of its start, from 1
	cells []string
	fault string // why it cannot be split into cells; cells then holds its text
}

// records reads a table row by row. Rows without any text are left out.
type records interface {
	// next returns io.EOF after the last row. The record is the caller's.
	next() (record, error)
	close() error
}

// Bounds of one row. A quote that is never closed would swallow the file.
const (
	maxLineBytes   = 1 << 20
	maxRecordLines = 200
	// maxBlankLines in a row are borne: spreadsheets save all of a sheet's
	// million rows. A small packed file can hold a thousand times as many.
	maxBlankLines = 2_000_000
)

var errBlank = fmt.Errorf("%w: nothing but blank lines", ErrUnreadable)

// textRecords splits delimited text. A quoted cell may hold line ends; a quote
// that is still open after maxRecordLines is a fault of its own line only.
// With literal quotes a quote is a character like any other, as in Amazon's
// flat files.
type textRecords struct {
	in      *bufio.Reader
	sep     byte
	literal bool
	line    int      // of the last line taken
	ahead   []string // lines read for a cell that did not close
	end     error
}

func (t *textRecords) close() error { return nil }

// take returns the next line without its end.
func (t *textRecords) take() (string, error) {
	if len(t.ahead) > 0 {
		s := t.ahead[0]
		t.ahead = t.ahead[1:]
		t.line++
		return s, nil
	}
	if t.end != nil {
		return "", t.end
	}
	var long []byte
	for {
		part, err := t.in.ReadSlice('\n')
		if len(long) <= maxLineBytes {
			long = append(long, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		t.end = err
		if err != nil && (!errors.Is(err, io.EOF) || len(long) == 0) {
			return "", err
		}
		t.line++
		return strings.TrimRight(string(long), "\r\n"), nil
	}
}

func (t *textRecords) next() (record, error) {
	for range maxBlankLines {
		text, err := t.take()
		if err != nil {
			return record{}, err
		}
		rec := record{line: t.line}
		switch {
		case len(text) > maxLineBytes:
			rec.cells, rec.fault = []string{text[:200]}, "the line is longer than a megabyte"
		case t.literal || !strings.Contains(text, `"`):
			rec.cells = strings.Split(text, string(t.sep))
		default:
			rec = t.quoted(text)
		}
		if rec.fault != "" || !blank(rec.cells) {
			return rec, nil
		}
	}
	return record{}, errBlank
}

// quoted splits a record whose first line has a quote in it.
func (t *textRecords) quoted(first string) record {
	rec := record{line: t.line}
	text := first
	var more []string
	for {
		cells, state := splitQuoted(text, t.sep)
		if state == quoteClosed {
			rec.cells = cells
			return rec
		}
		if state == quoteOpen && len(more) < maxRecordLines && len(text) < maxLineBytes {
			if next, err := t.take(); err == nil {
				more = append(more, next)
				text += "\n" + next
				continue
			}
		}
		// Hand the lines back: only the first is at fault.
		t.line -= len(more)
		t.ahead = append(more, t.ahead...)
		rec.cells, rec.fault = []string{first}, "a quote is opened and never closed"
		return rec
	}
}

// quoteState is how a text to be split ends.
type quoteState int

const (
	quoteClosed quoteState = iota
	quoteOpen              // inside a quoted cell
	quoteLost              // a cell over several lines ends amid text: its quote belongs to another row
)

// splitQuoted splits one record. A quote inside an unquoted cell, or text after
// a closing quote, is taken literally: sellers' files have both.
func splitQuoted(s string, sep byte) (cells []string, state quoteState) {
	for {
		if !strings.HasPrefix(s, `"`) {
			cell, rest, more := strings.Cut(s, string(sep))
			cells = append(cells, cell)
			if !more {
				return cells, quoteClosed
			}
			s = rest
			continue
		}
		var cell strings.Builder
		s = s[1:]
		for {
			i := strings.IndexByte(s, '"')
			if i < 0 {
				return nil, quoteOpen
			}
			cell.WriteString(s[:i])
			s = s[i+1:]
			if !strings.HasPrefix(s, `"`) {
				break
			}
			cell.WriteByte('"')
			s = s[1:]
		}
		tail, rest, more := strings.Cut(s, string(sep))
		if strings.TrimSpace(tail) != "" && strings.Contains(cell.String(), "\n") {
			return nil, quoteLost
		}
		cells = append(cells, cell.String()+tail)
		if !more {
			return cells, quoteClosed
		}
		s = rest
	}
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// separator finds what parts the cells of a table by its first lines: what
// makes the most cells of any of them.
func separator(lines []string) byte {
	best, most := byte(','), 1
	for _, sep := range []byte{'\t', ',', ';', '|'} {
		for _, line := range lines {
			if cells, _ := splitQuoted(line, sep); len(cells) > most {
				best, most = sep, len(cells)
			}
		}
	}
	return best
}
