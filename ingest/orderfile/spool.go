package orderfile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
)

// Errors about a file as a whole.
var (
	ErrTooLarge   = errors.New("the file is too large")
	ErrUnreadable = errors.New("the file cannot be read as a table")
)

// spool is a file unpacked on disk, so that it can be read twice whatever it
// came from. It holds no more of it in memory than a buffer.
type spool struct {
	file    *os.File
	charset encoding.Encoding // nil for UTF-8
	book    bool              // an XLSX workbook
	size    int64
}

// newSpool copies r into a temporary file, unpacked if it is gzip, and finds
// out what it is made of. Packed size and unpacked size are both bounded by
// limit.
func newSpool(r io.Reader, dir string, limit int64) (_ *spool, err error) {
	file, err := os.CreateTemp(dir, "palmonas-import-*")
	if err != nil {
		return nil, fmt.Errorf("spool file: %w", err)
	}
	s := &spool{file: file}
	// Without a name it is gone with the process, however that ends. Where open
	// files cannot be removed, close does it.
	_ = os.Remove(file.Name())
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	in := bufio.NewReaderSize(r, 64<<10)
	if head, _ := in.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		unzip, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		in = bufio.NewReaderSize(unzip, 64<<10)
	}
	head, _ := in.Peek(512)
	s.charset, s.book = charsetOf(head), bytes.HasPrefix(head, []byte("PK\x03\x04"))
	if what := notTable(head); what != "" {
		return nil, fmt.Errorf("%w: it is %s", ErrUnreadable, what)
	}
	check := &utf8Check{valid: true}
	if s.size, err = io.Copy(io.MultiWriter(file, check), io.LimitReader(in, limit+1)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	switch {
	case s.size > limit:
		return nil, fmt.Errorf("%w: more than %d MiB unpacked", ErrTooLarge, limit>>20)
	case s.size == 0:
		return nil, fmt.Errorf("%w: it is empty", ErrUnreadable)
	case s.charset == nil && !check.done():
		s.charset = charmap.Windows1252
	}
	return s, nil
}

// notTable names what sellers hand in for a table by mistake, going by how it
// begins, and is empty for anything else.
func notTable(head []byte) string {
	text := strings.ToLower(string(bytes.TrimLeft(head, "\ufeff \t\r\n")))
	switch {
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"):
		return "a web page; sign in to the platform again and download the file anew"
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return "an old Excel workbook; save it as .xlsx or CSV"
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return "a PDF document"
	}
	return ""
}

// charsetOf recognises UTF-16 by its mark, or by the zero bytes beside the
// ASCII letters of a header.
func charsetOf(head []byte) encoding.Encoding {
	odd, even := 0, 0
	for i, b := range head {
		if b == 0 {
			if i%2 == 1 {
				odd++
			} else {
				even++
			}
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), odd > len(head)/4 && even == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}), even > len(head)/4 && odd == 0:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	}
	return nil
}

// utf8Check tells whether all that was written is UTF-8, whatever the pieces.
type utf8Check struct {
	valid bool
	rest  []byte // an unfinished rune
}

func (c *utf8Check) Write(p []byte) (int, error) {
	n := len(p)
	if !c.valid {
		return n, nil
	}
	if len(c.rest) > 0 {
		p = append(c.rest, p...)
	}
	cut := len(p)
	for i := 1; i <= min(utf8.UTFMax-1, len(p)); i++ {
		if b := p[len(p)-i]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(p[len(p)-i:]) {
				cut = len(p) - i
			}
			break
		}
	}
	c.valid = utf8.Valid(p[:cut])
	c.rest = bytes.Clone(p[cut:])
	return n, nil
}

func (c *utf8Check) done() bool { return c.valid && len(c.rest) == 0 }

// text reads the file from its start as UTF-8 without a byte order mark.
func (s *spool) text() (*bufio.Reader, error) {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("spool file: %w", err)
	}
	var r io.Reader = s.file
	if s.charset != nil {
		r = transform.NewReader(r, s.charset.NewDecoder())
	}
	in := bufio.NewReaderSize(r, 64<<10)
	if mark, _ := in.Peek(3); string(mark) == "\ufeff" {
		if _, err := in.Discard(3); err != nil {
			return nil, fmt.Errorf("spool file: %w", err)
		}
	}
	// Spreadsheets on old Macs ended lines with a carriage return alone.
	if head, _ := in.Peek(in.Size()); !bytes.Contains(head, []byte("\n")) && bytes.Contains(head, []byte("\r")) {
		in = bufio.NewReaderSize(transform.NewReader(in, runes.Map(func(r rune) rune {
			if r == '\r' {
				return '\n'
			}
			return r
		})), 64<<10)
	}
	return in, nil
}

func (s *spool) close() {
	s.file.Close()
	_ = os.Remove(s.file.Name()) // newSpool did, where that is possible
}
