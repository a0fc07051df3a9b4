package orderfile

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/palmonas/palmonas-crm/order"
)

// FuzzRecords compares the splitting of rows with encoding/csv wherever that
// accepts the text, and checks that no line is ever lost or read twice.
func FuzzRecords(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a,\"b\nc\"\n", "\"a\"\"b\",c\r\n", "\"open\n1,2\n", "a,\"x\"y\n", ",,\n\n,1\n", "\"\"\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Contains(s, "\r") || len(s) > 10_000 {
			return // encoding/csv keeps and drops carriage returns by rules of its own
		}
		var got [][]string
		rows := &textRecords{in: bufio.NewReader(strings.NewReader(s)), sep: ','}
		faults, line := 0, 0
		for {
			rec, err := rows.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if rec.line <= line {
				t.Fatalf("line %d after line %d", rec.line, line)
			}
			line = rec.line
			if rec.fault != "" {
				faults++
			}
			got = append(got, rec.cells)
		}
		r := csv.NewReader(strings.NewReader(s))
		r.FieldsPerRecord = -1
		want, err := r.ReadAll()
		if err != nil || faults > 0 {
			return
		}
		want = slices.DeleteFunc(want, blank)
		if !slices.EqualFunc(want, got, slices.Equal) {
			t.Fatalf("%q is split as %q, want %q", s, got, want)
		}
	})
}

// FuzzRead reads anything; each row is either in an order or rejected.
func FuzzRead(f *testing.F) {
	f.Add(sale)
	f.Add(flatHeader + "404-1\t\t2026-03-10T09:42:09+05:30\n")
	f.Add("order_id,order_date,amount\n1,1/2/2026,5\n")
	f.Add("\xff\xfea\x00,\x00")
	f.Add("PK\x03\x04")
	f.Add("order id;date\n\"x;1\n")
	f.Fuzz(func(t *testing.T, s string) {
		res := readAll(t, strings.NewReader(s), Options{Platform: order.Amazon, MaxBytes: 1 << 20})
		if res.err != nil {
			return
		}
		if res.sum.Rejected != len(res.rejects) || res.sum.Orders != len(res.reports) || len(res.rejects)+len(res.reports) > res.sum.Rows {
			t.Fatalf("%+v with %d reports, %d rejects", res.sum, len(res.reports), len(res.rejects))
		}
		seen := map[string]bool{}
		for _, r := range res.reports {
			if err := r.Validate(); err != nil || seen[r.Ref.PlatformOrderID] {
				t.Fatalf("%+v: %v, seen before: %v", r, err, seen[r.Ref.PlatformOrderID])
			}
			seen[r.Ref.PlatformOrderID] = true
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"05-13-22", "2026-03-10T09:42:09+05:30", "46091.5", "Aug 26, 2026"} {
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, s string, monthFirst bool) {
		if at, err := parseDate(s, monthFirst, ist(t)); err == nil && at.Location().String() != "UTC" {
			t.Fatalf("%q is %s", s, at)
		}
	})
}
