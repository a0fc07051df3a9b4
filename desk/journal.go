package desk

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/palmonas/palmonas-crm/order"
)

// Started is what a bulk job keeps of how it began: what to do, and the exact
// list of orders.
type Started struct {
	Action Action `json:"action"`
	Orders []ID   `json:"orders"`
	// Of is the job that this one retries or takes back.
	Of   string `json:"of,omitempty"`
	Undo bool   `json:"undo,omitempty"`
}

// ID is an order's id in the text that people see.
type ID order.ID

// MarshalText writes the id as addresses hold it.
func (id ID) MarshalText() ([]byte, error) { return []byte(order.ID(id).String()), nil }

// UnmarshalText reads it back; order.ErrBadID.
func (id *ID) UnmarshalText(b []byte) error {
	parsed, err := order.ParseID(string(b))
	*id = ID(parsed)
	return err
}

// TextIDs is a list of ids in text form.
func TextIDs(ids []order.ID) []ID {
	out := make([]ID, len(ids))
	for i, id := range ids {
		out[i] = ID(id)
	}
	return out
}

// OrderIDs is TextIDs back.
func OrderIDs(ids []ID) []order.ID {
	out := make([]order.ID, len(ids))
	for i, id := range ids {
		out[i] = order.ID(id)
	}
	return out
}

// line is one outcome in a journal.
type line struct {
	ID ID `json:"id"`
	Outcome
}

// WriteOutcomes appends outcomes to a journal, one line of JSON each.
func WriteOutcomes(w io.Writer, list []Outcome) error {
	var b []byte
	for _, o := range list {
		l, err := json.Marshal(line{ID(o.ID), o})
		if err != nil {
			return err
		}
		b = append(append(b, l...), '\n')
	}
	_, err := w.Write(b)
	return err
}

// ReadOutcomes calls fn for each outcome of a journal. A last line that was cut
// off, as a crash leaves it, is left out.
func ReadOutcomes(r io.Reader, fn func(Outcome) error) error {
	in := bufio.NewReader(r)
	for n := 1; ; n++ {
		text, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			return fmt.Errorf("journal line %d: %w", n, err)
		}
		l.Outcome.ID = order.ID(l.ID)
		if err := fn(l.Outcome); err != nil {
			return err
		}
	}
}
