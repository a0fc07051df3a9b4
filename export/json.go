package export

import (
	"encoding/json"
	"io"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/orderjson"
)

// jsonFile is whole orders, one a line; as a list the lines are its members.
type jsonFile struct {
	w      io.Writer
	list   bool
	masked bool
}

func (f jsonFile) begin() error {
	if !f.list {
		return nil
	}
	return f.write([]byte("["), 0)
}

func (f jsonFile) encode(b []byte, o order.Order, n int) ([]byte, error) {
	j := orderjson.Of(o)
	if f.masked {
		j = orderjson.Masked(o)
	}
	text, err := json.Marshal(j)
	switch {
	case err != nil:
		return b, err
	case !f.list:
		return append(append(b, text...), '\n'), nil
	case n > 0:
		b = append(b, ',')
	}
	return append(append(b, '\n'), text...), nil
}

func (f jsonFile) write(b []byte, _ int) error {
	_, err := f.w.Write(b)
	return err
}

func (f jsonFile) end(n int) error {
	switch {
	case !f.list:
		return nil
	case n == 0:
		return f.write([]byte("]\n"), 0)
	}
	return f.write([]byte("\n]\n"), 0)
}
