package handlers

import (
	"context"
	"io"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
)

// OrderFiles reads order files into reports. It stores nothing. Methods are
// safe for concurrent use.
//
// What is wrong with the file or the mapping as a whole comes back as
// order.FieldErrors, at the field file, format or columns; what is wrong with
// one row never does.
type OrderFiles interface {
	// Formats lists the known formats.
	Formats() []FileFormat
	// Fields lists what a column of a plain table can mean.
	Fields() []FileField
	// Preview reads the first rows.
	Preview(ctx context.Context, f io.ReadSeeker, o FileOptions) (FilePreview, error)
	// Read reads the whole file, in constant memory. An error of the sink ends
	// it and is returned untouched.
	Read(ctx context.Context, f io.ReadSeeker, o FileOptions, to FileSink) error
}

// FileFormat is one kind of file.
type FileFormat struct{ Value, Label string }

// FileField is one meaning of a column.
type FileField struct {
	Value, Label string
	Required     bool
}

// FileOptions say how to read a file.
type FileOptions struct {
	Channel channel.Channel
	Format  string // one of Formats, or auto
	// Columns is the field of each column, empty for none; nil: as found.
	Columns []string
}

// FilePreview is what the first rows look like and become.
type FilePreview struct {
	Format, Detail string // in words
	Fixed          bool   // the columns of this format are known
	Columns        []FileColumn
	Rows           [][]string
	Orders         []FileOrder
}

// FileColumn is one column and what it is taken for.
type FileColumn struct {
	Header, Field string
	Guessed       bool
}

// FileOrder is an order of the preview, or why there is none.
type FileOrder struct {
	Line   int
	Row    order.Row
	Reject string
}

// FileReject is a row that became no order.
type FileReject struct {
	Line   int
	Cells  []string
	Reason string
}

// FileSink takes what a file holds, as it is read.
type FileSink interface {
	// Head is called once, first, with the headers of the columns.
	Head(headers []string) error
	// Orders takes some reports, after so many rows of the file.
	Orders(reports []order.Report, rows int) error
	Reject(r FileReject) error
}
