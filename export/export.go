// Package export writes the orders of a query to a file for people or other
// programs: CSV and XLSX with chosen columns, JSON and NDJSON in the shape that
// the API answers. It holds a few orders at a time, whatever their number, and
// no transaction: orders that change while it runs are written as they are
// when they are read, each once.
//
// Who may export what is for the caller to know; it must not know HTTP or any
// engine.
package export

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Format is a kind of file.
type Format string

// The formats.
const (
	CSV    Format = "csv"
	XLSX   Format = "xlsx"
	NDJSON Format = "ndjson" // one order a line
	JSON   Format = "json"   // one list
)

// Formats lists every format.
func Formats() []Format { return []Format{CSV, XLSX, NDJSON, JSON} }

// HasColumns reports whether a format has columns to choose; the others hold
// whole orders.
func (f Format) HasColumns() bool { return f == CSV || f == XLSX }

// ContentType is the format's media type.
func (f Format) ContentType() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8"
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case NDJSON:
		return "application/x-ndjson"
	}
	return "application/json"
}

// Spec is what somebody wants: it can be kept, to be run again on a schedule.
type Spec struct {
	// List is the state of the list as its address holds it, without "/orders?".
	List   string `json:"list"`
	Format Format `json:"format"`
	// Columns are the ids of the columns in their order; none: the usual ones.
	Columns []string `json:"columns,omitempty"`
}

// Check reports faults as order.FieldErrors at format and columns.
func (s Spec) Check() error {
	var faults order.FieldErrors
	if !slices.Contains(Formats(), s.Format) {
		names := make([]string, len(Formats()))
		for i, f := range Formats() {
			names[i] = string(f)
		}
		faults = append(faults, order.FieldError{Field: "format", Message: "Use one of " + strings.Join(names, ", ") + "."})
	} else if len(s.Columns) > 0 && !s.Format.HasColumns() {
		faults = append(faults, order.FieldError{Field: "columns", Message: "This format holds whole orders; columns can be chosen for csv and xlsx."})
	}
	if _, err := columnsOf(s.Columns); err != nil {
		faults = append(faults, order.FieldError{Field: "columns", Message: err.Error()})
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// Orders is the part of a store that an export reads.
type Orders interface {
	Each(ctx context.Context, q order.Query, fn func(order.Order) error) error
}

// Run is one export.
type Run struct {
	Orders  Orders
	Query   order.Query
	Format  Format
	Columns []string
	// Masked hides customers: nobody without customers.read gets more.
	Masked bool
	// Location is the zone of times in CSV and XLSX.
	Location *time.Location
	// People names users by id where a column shows one; others keep their id.
	People map[string]string
	// Progress is told now and then how many orders are written; nil for nobody.
	Progress func(n int)
}

// format is how orders become a file.
type format interface {
	// begin writes what stands before the first order.
	begin() error
	// encode appends the n-th order, counted from 0. It may be called by several
	// goroutines at a time.
	encode(b []byte, o order.Order, n int) ([]byte, error)
	// write takes what encode made of a batch, in order; n is the number of its
	// first order.
	write(b []byte, n int) error
	// end writes what stands behind the last of n orders.
	end(n int) error
}

// Write writes the selected orders to w and returns their number. With an
// error, what was written is not a whole file.
func (r Run) Write(ctx context.Context, w io.Writer) (int, error) {
	if err := (Spec{Format: r.Format, Columns: r.Columns}).Check(); err != nil {
		return 0, err
	}
	buffered := bufio.NewWriterSize(w, 64<<10)
	f, err := r.format(buffered)
	if err == nil {
		err = f.begin()
	}
	n := 0
	if err == nil {
		n, err = r.pump(ctx, f)
	}
	if err == nil {
		err = f.end(n)
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return n, fmt.Errorf("export: %w", err)
	}
	return n, nil
}

func (r Run) format(w io.Writer) (format, error) {
	columns, err := columnsOf(r.Columns)
	if err != nil {
		return nil, err
	}
	c := cells{columns: columns, people: r.People, zone: r.Location}
	if c.zone == nil {
		c.zone = time.UTC
	}
	switch r.Format {
	case CSV:
		return csvFile{w: w, cells: c}, nil
	case XLSX:
		return newXLSX(w, c), nil
	default:
		return jsonFile{w: w, list: r.Format == JSON, masked: r.Masked}, nil
	}
}
