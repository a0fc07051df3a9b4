package export

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/order/orderjson"
	"github.com/palmonas/palmonas-crm/order/ordertest"
)

// fixed is a list of orders that is not in any store.
type fixed []order.Order

func (f fixed) Each(ctx context.Context, _ order.Query, fn func(order.Order) error) error {
	for _, o := range f {
		if err := errors.Join(ctx.Err(), fn(o)); err != nil {
			return err
		}
	}
	return nil
}

func some(n int) fixed {
	list := make(fixed, n)
	for i := range list {
		at := ordertest.Noon().Add(-time.Duration(i) * time.Hour)
		o, _ := order.Absorb(nil, ordertest.Report("website", fmt.Sprintf("W%04d", i), at), at)
		o.ID = order.NewID(at, uint32(i))
		list[i] = o
	}
	return list
}

func india(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func write(t testing.TB, r Run) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := r.Write(t.Context(), &b)
	if err != nil {
		t.Fatal(err)
	}
	if list, ok := r.Orders.(fixed); ok && n != len(list) {
		t.Errorf("%d orders written of %d", n, len(list))
	}
	return b.Bytes()
}

// TestEveryFormatHoldsEveryOrder: in the order of the query, each once, also
// over the edges of batches.
func TestEveryFormatHoldsEveryOrder(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, batch, 3*batch + 7} {
		list := some(n)
		want := make([]string, n)
		for i, o := range list {
			want[i] = o.ID.String()
		}
		read := map[Format]func([]byte) []string{CSV: csvIDs(t), XLSX: xlsxIDs(t), NDJSON: ndjsonIDs(t), JSON: jsonIDs(t)}
		for _, f := range Formats() {
			r := Run{Orders: list, Format: f, Location: india(t)}
			if f.HasColumns() {
				r.Columns = []string{"id", "total"}
			}
			if diff := cmp.Diff(want, read[f](write(t, r))); diff != "" {
				t.Errorf("%s of %d: %s", f, n, diff)
			}
		}
	}
}

func csvIDs(t *testing.T) func([]byte) []string {
	return func(b []byte) []string {
		rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		if err != nil || rows[0][0] != "id" {
			t.Fatalf("%v %v", rows, err)
		}
		return firsts(rows[1:])
	}
}

func xlsxIDs(t *testing.T) func([]byte) []string {
	return func(b []byte) []string { return firsts(sheets(t, b)[0][1:]) }
}

func sheets(t *testing.T, b []byte) (all [][][]string) {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for _, name := range book.GetSheetList() {
		rows, err := book.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rows)
	}
	return all
}

func ndjsonIDs(t *testing.T) func([]byte) []string {
	return func(b []byte) []string {
		ids := []string{}
		for dec := json.NewDecoder(bytes.NewReader(b)); ; {
			var o orderjson.Order
			if err := dec.Decode(&o); errors.Is(err, io.EOF) {
				return ids
			} else if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, o.ID)
		}
	}
}

func jsonIDs(t *testing.T) func([]byte) []string {
	return func(b []byte) []string {
		var list []orderjson.Order
		if err := json.Unmarshal(b, &list); err != nil {
			t.Fatal(err)
		}
		ids := []string{}
		for _, o := range list {
			ids = append(ids, o.ID)
		}
		return ids
	}
}

func firsts(rows [][]string) []string {
	ids := []string{}
	for _, r := range rows {
		ids = append(ids, r[0])
	}
	return ids
}

// TestHostileCells: no cell is a formula, no row breaks, nothing is lost but
// what a format cannot hold.
func TestN39FormulaCells(t *testing.T) {
	t.Parallel()
	names := []string{"=1+1", "+91", "-2", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠a", "a\"b,c", "two\nlines", "<b>&amp;", "é 😀", "plain", " spaces ", "\x01bell"}
	list := some(len(names))
	for i := range list {
		list[i].Facts.Customer.Name = names[i]
	}
	columns := []string{"id", "customer_name", "status"}
	b := write(t, Run{Orders: list, Format: CSV, Columns: columns})
	if bytes.Count(b, []byte("\r\n")) < len(names)+1 {
		t.Error("lines do not end in CR LF")
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		want := name
		if i < 10 {
			want = "'" + strings.ReplaceAll(name, "\r", "") // encoding/csv keeps CR for the ends of lines
		}
		if got := rows[i+1][1]; got != want {
			t.Errorf("csv: %q became %q", name, got)
		}
	}
	book := write(t, Run{Orders: list, Format: XLSX, Columns: columns})
	for i, row := range sheets(t, book)[0][1:] {
		want := strings.NewReplacer("\x01", "", "\r", "").Replace(names[i])
		if row[1] != want || row[2] == "" {
			t.Errorf("xlsx: %q became %q", names[i], row[1])
		}
	}
	x, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for i := range names {
		if f, err := x.GetCellFormula("Orders", fmt.Sprintf("B%d", i+2)); err != nil || f != "" {
			t.Errorf("a formula %q, %v", f, err)
		}
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	list := some(1)
	o := &list[0]
	o.Desk.Assignee, o.Desk.Tags = "u1", []string{"vip", "gift"}
	o.Facts.Items = []order.Item{{SKU: "A", Title: "Ring", Quantity: 1}, {SKU: "B", Title: "Chain", Quantity: 2}}
	o.Facts.Total = order.INR(129900)
	columns := []string{"ordered_at", "skus", "items", "units", "total", "currency", "tags", "assignee"}
	rows, err := csv.NewReader(bytes.NewReader(write(t, Run{Orders: list, Format: CSV, Columns: columns, Location: india(t), People: map[string]string{"u1": "Nisha Kulkarni"}}))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{columns, {"2026-11-22T12:00:00+05:30", "A; B × 2", "Ring; Chain × 2", "3", "1299.00", "INR", "vip, gift", "Nisha Kulkarni"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	book := sheets(t, write(t, Run{Orders: list, Format: XLSX, Columns: columns, Location: india(t)}))
	if got := book[0][1]; got[0] != "2026-11-22 12:00:00" || got[4] != "1299" && got[4] != "1299.00" {
		t.Errorf("xlsx row %v", got)
	}
	every := make([]string, 0, len(Columns()))
	for _, c := range Columns() {
		if c.Label == "" {
			t.Errorf("column %s has no label", c.ID)
		}
		every = append(every, c.ID)
	}
	write(t, Run{Orders: some(3), Format: CSV, Columns: every})
}

// TestMasked: an order that is masked holds nothing of the customer in any
// format or column.
func TestMasked(t *testing.T) {
	t.Parallel()
	list := some(1)
	o := &list[0]
	o.AddNote("call Kamala", "u", o.CreatedAt)
	if err := o.PutOnHold("Kamala is away", time.Time{}, "u", o.CreatedAt); err != nil {
		t.Fatal(err)
	}
	o.Facts.Customer = order.Customer{ID: "c-77", Name: "Kamala Nair", Email: "kamala@example.com", Phone: "+919812345678",
		Address: order.Address{Line1: "7 Temple Road", City: "Kochi", State: "Kerala", Pincode: "682001", Country: "IN"}}
	for _, f := range Formats() {
		r := Run{Orders: list, Format: f, Masked: true}
		if f.HasColumns() {
			for _, c := range Columns() {
				r.Columns = append(r.Columns, c.ID)
			}
		}
		b := string(write(t, r))
		if f == XLSX {
			b = fmt.Sprint(sheets(t, []byte(b)))
		}
		for _, secret := range []string{"Kamala", "Nair", "kamala", "98123", "Temple", "Kochi", "682001", o.CustomerKey()} {
			if strings.Contains(b, secret) {
				t.Errorf("%s holds %q", f, secret)
			}
		}
		if !strings.Contains(b, "Kerala") {
			t.Errorf("%s hides more than it must", f)
		}
	}
}

func TestSheetsGoOn(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	f := newXLSX(&b, cells{columns: allColumns()[:1], zone: time.UTC})
	f.rows = 2 * batch
	r := Run{Orders: some(5 * batch), Format: XLSX}
	if err := f.begin(); err != nil {
		t.Fatal(err)
	}
	n, err := r.pump(t.Context(), f)
	if err = errors.Join(err, f.end(n)); err != nil {
		t.Fatal(err)
	}
	total := 0
	for i, rows := range sheets(t, b.Bytes()) {
		if rows[0][0] != "id" {
			t.Errorf("sheet %d has no row of names", i)
		}
		total += len(rows) - 1
	}
	if total != 5*batch || f.sheets != 3 || sheetRows%batch != 0 || sheetRows >= 1<<20 {
		t.Errorf("%d rows on %d sheets", total, f.sheets)
	}
}

func TestSpec(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]Spec{
		"format": {Format: "pdf"}, "columns": {Format: CSV, Columns: []string{"secret"}},
		"columns twice": {Format: XLSX, Columns: []string{"id", "id"}}, "columns of json": {Format: JSON, Columns: []string{"id"}},
	} {
		var faults order.FieldErrors
		field, _, _ := strings.Cut(name, " ")
		if err := s.Check(); !errors.As(err, &faults) || faults.For(field) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (Spec{Format: CSV, Columns: UsualColumns()}).Check(); err != nil {
		t.Error(err)
	}
}

type brokenWriter struct{ left int }

func (w *brokenWriter) Write(b []byte) (int, error) {
	if w.left -= len(b); w.left < 0 {
		return 0, errors.New("disk full")
	}
	return len(b), nil
}

func TestTrouble(t *testing.T) {
	t.Parallel()
	for _, f := range Formats() {
		if _, err := (Run{Orders: some(20 * batch), Format: f}).Write(t.Context(), &brokenWriter{left: 100}); err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%s on a full disk: %v", f, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		r := Run{Orders: some(20 * batch), Format: f, Progress: func(int) { cancel() }}
		if n, err := r.Write(ctx, io.Discard); !errors.Is(err, context.Canceled) || n == 20*batch {
			t.Errorf("%s cancelled: %d, %v", f, n, err)
		}
	}
}

func TestEntry(t *testing.T) {
	t.Parallel()
	r := Run{Format: NDJSON, Query: order.Query{Where: order.And{order.Term{Field: order.Words, Text: []string{"kamala"}}, order.Not{X: order.Term{Field: order.FieldTag, Text: []string{"x"}}}}}}
	e := Entry(account.Entry{By: "u1"}, r, 7, true)
	if e.Action != "export.run" || e.By != "u1" || e.After != `{"format":"ndjson","askedAbout":["words","tag"],"masked":false,"orders":7,"whole":true}` {
		t.Errorf("%+v", e)
	}
}
