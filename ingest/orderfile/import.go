package orderfile

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// Result is what became of one report.
type Result struct {
	Outcome order.Outcome
	Err     error // order.ErrBadReport when this report alone was refused
}

// AbsorbFunc stores reports, with one result for each, in their order. Its
// error is for the batch as a whole.
type AbsorbFunc func(ctx context.Context, reports []order.Report, at time.Time) ([]Result, error)

// Import reads a file and stores its orders. A nil absorb is a dry run: all is
// read and checked and nothing stored. Importing the same file again changes
// nothing but rows that changed; an import that was cut short can be repeated.
func Import(ctx context.Context, r io.Reader, o Options, absorb AbsorbFunc, reject func(Reject) error) (Summary, error) {
	var tally Summary
	sum, err := Read(ctx, r, o, func(batch []order.Report) error {
		if absorb == nil {
			return nil
		}
		results, err := absorb(ctx, batch, o.ImportedAt)
		if err != nil {
			return fmt.Errorf("store %d orders: %w", len(batch), err)
		}
		if len(results) != len(batch) {
			return fmt.Errorf("store %d orders: %d results", len(batch), len(results))
		}
		for i, res := range results {
			switch {
			case res.Err != nil:
				tally.Rejected++
				tally.Orders--
				bad := Reject{Header: []string{"order"}, Cells: []string{batch[i].Ref.PlatformOrderID}, Reason: res.Err.Error()}
				if reject == nil {
					continue
				}
				if err := reject(bad); err != nil {
					return err
				}
			case res.Outcome == order.Created:
				tally.Created++
			case res.Outcome == order.Updated:
				tally.Updated++
			default:
				tally.Unchanged++
			}
		}
		return nil
	}, reject)
	sum.Created, sum.Updated, sum.Unchanged = tally.Created, tally.Updated, tally.Unchanged
	sum.Rejected, sum.Orders = sum.Rejected+tally.Rejected, sum.Orders+tally.Orders
	return sum, err
}

// RejectWriter writes rejected rows as CSV: their line, the reason, and their
// cells, made safe for spreadsheets. The file can be corrected and imported
// again. Use Flush at the end; nothing is written when there was no reject.
type RejectWriter struct {
	csv    *csv.Writer
	header bool
}

// NewRejectWriter writes to w.
func NewRejectWriter(w io.Writer) *RejectWriter { return &RejectWriter{csv: csv.NewWriter(w)} }

// Add writes one row.
func (w *RejectWriter) Add(r Reject) error {
	if !w.header {
		w.header = true
		if err := w.csv.Write(append([]string{"line", "reason"}, safe(r.Header)...)); err != nil {
			return fmt.Errorf("write rejects: %w", err)
		}
	}
	line := strconv.Itoa(r.Line)
	if err := w.csv.Write(append([]string{line}, safe(append([]string{r.Reason}, r.Cells...))...)); err != nil {
		return fmt.Errorf("write rejects: %w", err)
	}
	return nil
}

// Flush ends the file.
func (w *RejectWriter) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}

// safe guards cells that a spreadsheet would run as a formula with an
// apostrophe, which reading takes off again.
func safe(cells []string) []string {
	out := make([]string, len(cells))
	for i, c := range cells {
		if strings.IndexAny(c, "=+-@\t\r\n\x00＝＋－＠") == 0 {
			c = "'" + c
		}
		out[i] = c
	}
	return out
}
