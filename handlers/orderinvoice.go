package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/invoice"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views"
)

// An issued invoice is a record under the order's id, with its number as its
// key: the store thus keeps an order from having two, and a number from being
// given twice. A record of the series remembers where to go on, as a hint: the
// key decides.
const (
	kindInvoice = "invoice"
	kindSeries  = "invoice-series"
)

// issued is an invoice as it was made. Whom it is for is read from the order,
// so that personal data lies in one place.
type issued struct {
	Number  string
	At      time.Time
	By      string
	Invoice invoice.Invoice
}

func (s *Server) invoices() store.Shelf[issued] {
	return store.Shelf[issued]{Records: s.Store.Records(), Kind: kindInvoice}
}

func (s *Server) series() store.Shelf[int] {
	return store.Shelf[int]{Records: s.Store.Records(), Kind: kindSeries}
}

// invoiceOf is the invoice of an order, and whether there is one.
func (s *Server) invoiceOf(ctx context.Context, id order.ID) (issued, bool, error) {
	k, err := s.invoices().Get(ctx, id.String())
	if errors.Is(err, store.ErrNotFound) {
		return issued{}, false, nil
	}
	return k.Value, err == nil, err
}

func (s *Server) fillInvoice(ctx context.Context, _ account.User, o order.Order, v *views.OrderView) error {
	inv, _, err := s.invoiceOf(ctx, o.ID)
	v.Invoice = inv.Number
	return err
}

// nextInvoice is the number that the next invoice of a series gets, unless
// somebody else is faster.
func (s *Server) nextInvoice(ctx context.Context, series string) (int, error) {
	k, err := s.series().Get(ctx, series)
	if errors.Is(err, store.ErrNotFound) {
		return 1, nil
	}
	return k.Value, err
}

// issueInvoice gives the order the next number. Once more is the same invoice.
func (s *Server) issueInvoice(c echo.Context) error {
	if _, err := readForm(c); err != nil {
		return err
	}
	o, err := s.order(c)
	if err != nil {
		return err
	}
	if o.Desk.Archived {
		return order.ErrArchived
	}
	if err := s.issue(c, o); err != nil {
		return err
	}
	return seeOther(c, "/orders/"+o.ID.String()+"/print/invoice")
}

// issueTries bounds how often somebody else may be faster.
const issueTries = 50

func (s *Server) issue(c echo.Context, o order.Order) error {
	ctx := c.Request().Context()
	if _, there, err := s.invoiceOf(ctx, o.ID); there || err != nil {
		return err
	}
	co, err := s.company(ctx)
	if err != nil {
		return err
	}
	if !co.Ready() {
		return fieldFault("company", "Set the seller’s details up in Settings first: name, address and GSTIN.")
	}
	inv, err := invoice.Make(o, co)
	if err != nil {
		return fieldFault("order", sentence(err.Error()))
	}
	inv.Buyer = order.Customer{}
	at, series := s.Now(), co.Series(s.Now(), s.Location)
	n, err := s.nextInvoice(ctx, series)
	if err != nil {
		return err
	}
	for range issueTries {
		is := issued{Number: invoice.Number(series, n), At: at, By: string(userOf(c).ID), Invoice: inv}
		err = s.invoices().Create(ctx, store.Record{ID: o.ID.String(), Key: is.Number, At: at}, is)
		if err == nil {
			return s.invoiceIssued(c, o, is, series, n)
		}
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
		if _, there, err := s.invoiceOf(ctx, o.ID); there || err != nil {
			return err // somebody has just issued this one
		}
		n++
	}
	return &busyError{status: 503, what: "Too many invoices are being issued at once. Nothing was changed.", retry: time.Second}
}

func (s *Server) invoiceIssued(c echo.Context, o order.Order, is issued, series string, n int) error {
	ctx := c.Request().Context()
	if err := s.seriesAt(ctx, series, n+1); err != nil {
		s.Log.Warn("invoice series not moved on; the next one looks for its number", slog.String("request", requestID(c)), slog.Any("err", err))
	}
	a := s.who(c)
	_, err := s.Store.Audit().Append(ctx, account.Entry{At: s.Now(), By: string(a.By), Via: a.Via, IP: a.IP, Ref: a.Ref,
		Action: "order.invoice", Object: "order:" + o.ID.String(), After: `{"number":` + strconv.Quote(is.Number) + `}`})
	return err
}

// seriesAt remembers the next number, never going back.
func (s *Server) seriesAt(ctx context.Context, series string, n int) error {
	_, err := s.series().Update(ctx, series, func(k *store.Kept[int]) error { k.Value = max(k.Value, n); return nil })
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	err = s.series().Create(ctx, store.Record{ID: series, At: s.Now()}, n)
	if errors.Is(err, store.ErrConflict) {
		return fmt.Errorf("series %s: %w", series, err)
	}
	return err
}
