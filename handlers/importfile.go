package handlers

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest/orderfile"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

const (
	previewRows = 12
	maxUnpacked = 1 << 30
)

// fileFormats are the formats that somebody may choose.
func fileFormats() []views.Choice {
	var out []views.Choice
	for _, f := range orderfile.Formats() {
		out = append(out, views.Choice{Value: string(f), Label: formatName(f)})
	}
	return out
}

func knownFormat(f string) bool {
	return f == string(orderfile.Auto) || slices.Contains(orderfile.Formats(), orderfile.Format(f))
}

// formatName words a format.
func formatName(f orderfile.Format) string {
	switch f {
	case orderfile.Generic:
		return "Table with a header"
	case orderfile.AmazonSale:
		return "Amazon sale report"
	case orderfile.AmazonAllOrders:
		return "Amazon all orders report"
	case orderfile.AmazonOrders:
		return "Amazon order report"
	case orderfile.Flipkart:
		return "Flipkart seller hub orders"
	case orderfile.Blinkit:
		return "Blinkit sales report"
	case orderfile.Shopify:
		return "Shopify orders export"
	case orderfile.BlinkitTable:
		return "Blinkit orders table"
	case orderfile.SwiggyTable:
		return "Swiggy orders table"
	}
	return string(f)
}

// fieldName words what a column can hold.
func fieldName(f orderfile.Field) string {
	switch f {
	case orderfile.OrderID:
		return "Order ID"
	case orderfile.PlatformID:
		return "Platform's own ID"
	case orderfile.OrderedAt:
		return "Order date"
	case orderfile.SKU, orderfile.AWB:
		return strings.ToUpper(string(f))
	case orderfile.LineID, orderfile.ProductID, orderfile.CustomerID:
		word, _, _ := strings.Cut(string(f), "_")
		return capital(word) + " ID"
	}
	return capital(strings.ReplaceAll(string(f), "_", " "))
}

func fileFields() []views.FieldChoice {
	var out []views.FieldChoice
	for _, f := range orderfile.Fields() {
		out = append(out, views.FieldChoice{Value: string(f), Label: fieldName(f), Required: slices.Contains(orderfile.Required(), f)})
	}
	return out
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// lookInto is what an uploaded file holds, and what its first rows become. A
// nil mapping is the one the program finds by itself. What is wrong with the
// file, the format or the mapping is order.FieldErrors; the view is then
// filled as far as the file could be read.
func (s *Server) lookInto(ctx context.Context, u upload, ch channel.Channel, m orderfile.Mapping) (views.PreviewView, error) {
	v := views.PreviewView{Clock: s.clock(), ID: u.ID, FileName: u.Name, Bytes: u.Bytes, Channel: ch.Name, Fields: fileFields()}
	f, err := s.uploads.open(u.ID)
	if err != nil {
		return v, err
	}
	defer f.Close()
	o := s.fileOptions(u, ch, m)
	look, err := orderfile.Preview(f, previewRows, o)
	if err != nil {
		return v, fileFault(err)
	}
	if !tableHead(look.Columns) {
		return v, fileFault(orderfile.ErrUnreadable)
	}
	if o.Format == orderfile.Auto {
		o.Format = look.Format
		if p := platformOf(look.Format); p != "" && p != ch.Platform {
			return v, order.FieldErrors{{Field: "channel", Message: fmt.Sprintf("This is a %s, but the channel is of another platform.", formatName(look.Format))}}
		}
	}
	v.Format, v.Fixed, v.Rows = formatName(o.Format), o.Format != orderfile.Generic, look.Rows
	if look.Sheet != "" {
		v.Detail = "sheet " + look.Sheet
	}
	for _, header := range look.Columns {
		field, guessed := fieldOf(header, look.Mapping), true
		if m != nil {
			field, guessed = fieldOf(header, m), false
		}
		v.Columns = append(v.Columns, views.ColumnView{Header: header, Field: string(field), Guessed: guessed && field != ""})
	}
	if m == nil && !v.Fixed && len(look.Missing) > 0 {
		return v, nil // the page says what is missing; nothing can be read yet
	}
	v.Orders, err = firstOrders(ctx, look, o)
	return v, fileFault(err)
}

func (s *Server) fileOptions(u upload, ch channel.Channel, m orderfile.Mapping) orderfile.Options {
	return orderfile.Options{Channel: ch.ID, Platform: ch.Platform, Format: orderfile.Format(u.Format), Mapping: m, Location: s.Location,
		ImportedAt: s.Now(), TempDir: s.uploads.dir(), MaxBytes: maxUnpacked}
}

// tableHead reports whether a header can be one of a table of orders: pages,
// pictures and prose also have a first line.
func tableHead(columns []string) bool {
	odd := func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar || r == '<' }
	return len(columns) >= len(orderfile.Required()) && !slices.ContainsFunc(columns, func(c string) bool { return strings.ContainsFunc(c, odd) })
}

// platformOf is the platform whose files have a format; empty for those that
// may come from any.
func platformOf(f orderfile.Format) order.Platform {
	switch f {
	case orderfile.AmazonSale, orderfile.AmazonAllOrders, orderfile.AmazonOrders:
		return order.Amazon
	case orderfile.Flipkart:
		return order.Flipkart
	case orderfile.Blinkit, orderfile.BlinkitTable:
		return order.Blinkit
	case orderfile.SwiggyTable:
		return order.Swiggy
	case orderfile.Shopify:
		return order.Organic
	}
	return ""
}

func fieldOf(header string, m orderfile.Mapping) orderfile.Field {
	for f, h := range m {
		if h == header {
			return f
		}
	}
	return ""
}

// firstOrders reads the first rows as if they were the whole file.
func firstOrders(ctx context.Context, look orderfile.Look, o orderfile.Options) ([]views.PreviewOrder, error) {
	var sample bytes.Buffer
	w := csv.NewWriter(&sample)
	if err := errors.Join(w.Write(look.Columns), w.WriteAll(look.Rows)); err != nil {
		return nil, err
	}
	var out []views.PreviewOrder
	_, err := orderfile.Read(ctx, &sample, o, func(reports []order.Report) error {
		for _, r := range reports {
			becomes, _ := order.Absorb(nil, r, o.ImportedAt)
			out = append(out, views.PreviewOrder{Row: becomes.Row()})
		}
		return nil
	}, func(r orderfile.Reject) error {
		out = append(out, views.PreviewOrder{Line: r.Line, Reject: r.Reason})
		return nil
	})
	return out, err
}

// fileFault words what is wrong with a file as a whole.
func fileFault(err error) error {
	var missing *orderfile.MissingError
	fault := func(field, message string) error {
		return order.FieldErrors{{Field: field, Message: message}}
	}
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing):
		names := make([]string, len(missing.Fields))
		for i, f := range missing.Fields {
			names[i] = fieldName(f)
		}
		return fault("columns", "Say which column holds: "+strings.Join(names, ", ")+".")
	case errors.Is(err, orderfile.ErrTooLarge):
		return fault("file", "Unpacked, the file is larger than "+views.Size(maxUnpacked)+".")
	case errors.Is(err, orderfile.ErrWrongPlatform):
		return fault("channel", "This file comes from another platform than the channel.")
	case errors.Is(err, orderfile.ErrUnreadable), errors.Is(err, io.ErrUnexpectedEOF):
		return fault("file", "This file cannot be read as a table of orders. Use CSV, TSV or XLSX with a header.")
	}
	return err
}
