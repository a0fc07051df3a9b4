package orderfile

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Bounds of what the workbook library holds in memory at once. It streams the
// rows of sheets, but a text, a row and every other part of the file as a
// whole; a packed file of a few hundred kilobytes can hold gigabytes of each.
const (
	maxBookText  = 1 << 20  // bytes of one text or tag; Excel stops at 32,767 characters
	maxBookRow   = 4 << 20  // bytes of XML of one row
	maxBookDepth = 64       // elements within elements
	maxBookParts = 64 << 20 // styles, pictures and the like together
	maxBookFiles = 10_000
)

// guardBook refuses a workbook that would not fit into memory, before the
// library opens it. unpacked bounds the whole.
func guardBook(in io.ReaderAt, size, unpacked int64) error {
	z, err := zip.NewReader(in, size)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if len(z.File) > maxBookFiles {
		return fmt.Errorf("%w: %d parts", ErrTooLarge, len(z.File))
	}
	parts, workbook := int64(maxBookParts), false
	for _, f := range z.File {
		// As the library compares names.
		part := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
		workbook = workbook || path.Base(part) == "workbook.xml"
		left, look := &parts, func(p []byte) error { return nil }
		if strings.HasPrefix(part, "xl/worksheets/sheet") || part == "xl/sharedstrings.xml" {
			left, look = &unpacked, new(sheetGuard).look
		}
		if err := eachPiece(f, left, look); err != nil {
			return err
		}
	}
	if !workbook {
		return fmt.Errorf("%w: it is a zip archive, not an Excel workbook", ErrUnreadable)
	}
	return nil
}

// eachPiece unpacks a part piece by piece and counts it off left: what an
// archive says of its sizes need not be true.
func eachPiece(f *zip.File, left *int64, look func([]byte) error) error {
	in, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	defer in.Close()
	buf := bufio.NewReaderSize(in, 64<<10)
	for {
		_, err := buf.Peek(1)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		p, _ := buf.Peek(buf.Buffered())
		if *left -= int64(len(p)); *left < 0 {
			return fmt.Errorf("%w: the workbook unpacks to too much", ErrTooLarge)
		}
		if err := look(p); err != nil {
			return err
		}
		if _, err := buf.Discard(len(p)); err != nil {
			return fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
	}
}

// sheetGuard measures the XML of a sheet as it passes.
type sheetGuard struct {
	inTag bool
	run   int // bytes of the text or tag so far
	row   int // bytes since the row, or the shared string, began
	depth int
	name  [4]byte // how the tag begins
	last  byte
}

func (g *sheetGuard) look(p []byte) error {
	for _, b := range p {
		g.run++
		g.row++
		switch {
		case b == '<' && !g.inTag:
			g.inTag, g.run, g.name = true, 0, [4]byte{}
		case b == '>' && g.inTag:
			g.close()
		case g.inTag && g.run <= len(g.name):
			g.name[g.run-1] = b
		}
		g.last = b
		if g.run > maxBookText || g.row > maxBookRow || g.depth > maxBookDepth {
			return fmt.Errorf("%w: a row or cell of the workbook is far beyond what Excel writes", ErrTooLarge)
		}
	}
	return nil
}

// close ends a tag. Outside of rows and shared strings nothing is held.
func (g *sheetGuard) close() {
	switch {
	case g.name[0] == '/':
		g.depth--
	case g.name[0] != '?' && g.name[0] != '!' && g.last != '/':
		g.depth++
	}
	name, _, _ := strings.Cut(string(g.name[:]), " ")
	switch strings.TrimRight(name, "\x00>/") {
	case "row", "/row", "si", "/si":
		g.row = 0
	}
	g.inTag, g.run = false, 0
}
