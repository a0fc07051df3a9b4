package orderfile

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Options say how to read a file.
type Options struct {
	Channel  string
	Platform order.Platform
	// Format is Auto or empty to detect it. A detected format of another
	// platform is ErrWrongPlatform; naming the format overrides that.
	Format Format
	// Mapping replaces the columns of a Generic file, and adds to or replaces
	// those of another format.
	Mapping Mapping
	// Location is where dates without a zone are meant. Default UTC.
	Location   *time.Location
	ImportedAt time.Time
	// TempDir holds the unpacked file while it is read. Default the system's.
	TempDir string
	// MaxBytes bounds the file, packed and unpacked. Default 2 GiB.
	MaxBytes int64
	// Batch is how many orders are handed on at once. Default 500.
	Batch int
	// Progress, if given, is told the rows read so far and in all, now and then.
	Progress func(done, of int)
}

// ErrWrongPlatform says that the file comes from another platform than the
// channel it was meant for.
var ErrWrongPlatform = errors.New("the file is of another platform")

// MissingError names the fields that no column of the file was found for.
type MissingError struct{ Fields []Field }

func (e *MissingError) Error() string {
	names := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		names[i] = string(f)
	}
	return fmt.Sprintf("no column for %s: map the columns by hand", strings.Join(names, " and "))
}

func (o Options) maxBytes() int64 {
	if o.MaxBytes > 0 {
		return o.MaxBytes
	}
	return 2 << 30
}

// plan is how a table will be read.
type plan struct {
	options Options
	layout  layout
	mapping Mapping
}

// plan settles format and mapping.
func (o Options) plan(t *table) (plan, error) {
	l := t.layout
	if o.Format != "" && o.Format != Auto {
		var ok bool
		if l, ok = layoutOf(o.Format); !ok {
			return plan{}, fmt.Errorf("unknown format %q", o.Format)
		}
	} else if l.platform != "" && o.Platform != "" && l.platform != o.Platform {
		return plan{}, fmt.Errorf("%w: it looks like %s (%s), the channel is %s", ErrWrongPlatform, l.format, l.platform, o.Platform)
	}
	if o.Platform == "" {
		o.Platform = l.platform
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.Batch <= 0 {
		o.Batch = 500
	}
	m := l.mapping(t.header.cells)
	for f, column := range o.Mapping {
		if headerKey(column) == "" {
			delete(m, f)
		} else if _, ok := (Mapping{f: column}).columns(t.header.cells)[f]; !ok {
			return plan{}, fmt.Errorf("there is no column %q for %s", column, f)
		} else {
			m[f] = column
		}
	}
	if missing := m.Missing(); len(missing) > 0 {
		return plan{}, &MissingError{Fields: missing}
	}
	return plan{options: o, layout: l, mapping: m}, nil
}
