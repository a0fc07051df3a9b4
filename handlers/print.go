package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/invoice"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
	"github.com/palmonas/palmonas-crm/views/printing"
)

// maxPrinted is how many orders one page of paper takes.
const maxPrinted = 200

func (s *Server) printSlip(c echo.Context) error {
	o, err := s.order(c)
	if err != nil {
		return err
	}
	return s.print(c, "slip", []order.Order{o}, "/orders/"+o.ID.String())
}

func (s *Server) printInvoice(c echo.Context) error {
	o, err := s.order(c)
	if err != nil {
		return err
	}
	return s.print(c, "invoice", []order.Order{o}, "/orders/"+o.ID.String())
}

// printOrders prints several orders, and what says how: slip, pick or invoice.
// Which ones are ids, separated by commas or repeated; or what the bar below the
// list sends: order for each ticked row, or all of query, in parts of maxPrinted
// of which after and past name the one behind the last.
func (s *Server) printOrders(c echo.Context) error {
	q, err := readQuery(c, "ids*", "order*", "what", "all", "query", "after", "past", "action")
	if err != nil {
		return err
	}
	if q.Get("all") == "yes" {
		return s.printList(c, q)
	}
	ids, err := printedIDs(append(q["ids"], q["order"]...))
	if err != nil {
		return err
	}
	orders, err := s.Store.Orders().Many(c.Request().Context(), ids)
	if err != nil {
		return err
	}
	if len(orders) == 0 {
		return fieldFault("ids", "None of these orders exists.")
	}
	return s.print(c, q.Get("what"), orders, backTo(q))
}

// backTo is the list that a page was opened from.
func backTo(q url.Values) string {
	if list := q.Get("query"); list != "" {
		return "/orders?" + list
	}
	return "/orders"
}

// printList prints a part of all orders of a list, in its order, and leads to the
// next.
func (s *Server) printList(c echo.Context, v url.Values) error {
	raw, err := url.ParseQuery(v.Get("query"))
	if err != nil {
		return errUnreadable
	}
	ctx := c.Request().Context()
	q, f, err := s.queryFor(ctx, userOf(c), raw)
	if err != nil {
		return err
	}
	past, err := strconv.Atoi(cmp.Or(v.Get("past"), "0"))
	if err != nil || past < 0 {
		return fieldFault("past", "This is not a number of orders.")
	}
	q.Limit, q.Page, q.After, q.Before = maxPrinted, 0, v.Get("after"), ""
	page, err := s.Store.Orders().List(ctx, q)
	if err != nil {
		return err
	}
	ids := make([]order.ID, len(page.Rows))
	for i, r := range page.Rows {
		ids[i] = r.ID
	}
	orders, err := s.Store.Orders().Many(ctx, ids)
	if err != nil {
		return err
	}
	if len(orders) == 0 {
		return fieldFault("query", "No order matches any more.")
	}
	list := views.WholeQuery(f)
	var part []printing.Hint
	if past > 0 || page.Next != "" {
		h := printing.Hint{Text: fmt.Sprintf("Orders %s to %s, in the order of the list.", views.Number(past+1), views.Number(past+len(ids)))}
		if page.Next != "" {
			h.Link = "On to the next"
			h.Href = "/orders/print?" + url.Values{"all": {"yes"}, "query": {list}, "what": {v.Get("what")}, "after": {page.Next}, "past": {strconv.Itoa(past + len(ids))}}.Encode()
		}
		part = append(part, h)
	}
	return s.print(c, v.Get("what"), orders, backTo(url.Values{"query": {list}}), part...)
}

func printedIDs(values []string) ([]order.ID, error) {
	var ids []order.ID
	for text := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		id, err := order.ParseID(text)
		if err != nil {
			return nil, fieldFault("ids", "“"+printable(text)+"” is not an order’s id.")
		}
		ids = append(ids, id)
	}
	switch ids = distinct(ids); {
	case len(ids) == 0:
		return nil, fieldFault("ids", "Name the orders.")
	case len(ids) > maxPrinted:
		return nil, fieldFault("ids", "At most 200 single orders at a time.")
	}
	return ids, nil
}

// print answers with the paper that was asked for. Who may not read customers
// gets it masked.
func (s *Server) print(c echo.Context, what string, orders []order.Order, from string, hints ...printing.Hint) error {
	ctx, u := c.Request().Context(), userOf(c)
	co, err := s.company(ctx)
	if err != nil {
		return err
	}
	sheet := printing.Sheet{Clock: s.clock(), Assets: s.assets.Prefix(), Back: from, Seller: co, Hints: hints}
	if !co.Ready() {
		sheet.Hints = append(sheet.Hints, companyHint(u))
	}
	if masked(u) {
		sheet.Hints = append(sheet.Hints, printing.Hint{Text: "Your role does not see customers, so names and addresses are masked."})
	}
	switch what {
	case "slip":
		sheet.Title = titleOf("Packing slip", orders)
		slips, err := s.slips(ctx, u, orders)
		if err != nil {
			return err
		}
		return html(c, http.StatusOK, printing.Slips(sheet, slips))
	case "pick":
		sheet.Title = "Pick list"
		picks, skipped := order.PickList(orders)
		return html(c, http.StatusOK, printing.Picks(sheet, printing.PickView{Picks: picks, Skipped: skipped, Orders: len(orders) - len(skipped)}))
	case "invoice":
		sheet.Title = titleOf("Invoice", orders)
		bills, err := s.bills(ctx, u, co, orders)
		if err != nil {
			return err
		}
		return html(c, http.StatusOK, printing.Invoices(sheet, bills))
	}
	return fieldFault("what", "Print slip, pick or invoice.")
}

func companyHint(u account.User) printing.Hint {
	if u.May(account.SettingsManage) {
		return printing.Hint{Text: "The seller’s name, address and GSTIN are not set up yet.", Href: "/settings/company", Link: "Set them up in Settings"}
	}
	return printing.Hint{Text: "The seller’s name, address and GSTIN are not set up yet. An administrator does that in Settings, Company."}
}

func titleOf(what string, orders []order.Order) string {
	if len(orders) > 1 {
		return what + "s"
	}
	name := orders[0].Facts.OrderNumber
	if name == "" {
		name = orders[0].Ref.PlatformOrderID
	}
	return what + " " + name
}

func (s *Server) slips(ctx context.Context, u account.User, orders []order.Order) ([]printing.SlipView, error) {
	all, err := s.Store.Channels().List(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, ch := range all {
		names[ch.ID] = ch.Name
	}
	out := make([]printing.SlipView, len(orders))
	for i, o := range orders {
		out[i] = printing.SlipView{Order: o, Channel: names[o.Ref.Channel]}
		if masked(u) {
			out[i].Order = maskOrder(o)
		}
	}
	return out, nil
}

func (s *Server) bills(ctx context.Context, u account.User, co invoice.Company, orders []order.Order) ([]printing.InvoiceView, error) {
	out := make([]printing.InvoiceView, len(orders))
	series := co.Series(s.Now(), s.Location)
	next, err := s.nextInvoice(ctx, series)
	if err != nil {
		return nil, err
	}
	for i, o := range orders {
		v := printing.InvoiceView{Order: o}
		is, there, err := s.invoiceOf(ctx, o.ID)
		switch {
		case err != nil:
			return nil, err
		case there:
			v.Invoice, v.Number, v.At = is.Invoice, is.Number, is.At
			v.Buyer = o.ShipTo()
		default:
			if v.Invoice, err = invoice.Make(o, co); err != nil {
				v.Fault = faultOf(err)
			} else if co.Ready() && u.May(account.OrdersEdit) && !o.Desk.Archived {
				v.Issue, v.Next = "/orders/"+o.ID.String()+"/invoice", invoice.Number(series, next)
			}
		}
		if masked(u) {
			v.Order = maskOrder(o)
			v.Buyer = v.Order.Facts.Customer
		}
		out[i] = v
	}
	return out, nil
}

// faultOf says why an order cannot be invoiced.
func faultOf(err error) string {
	for _, known := range []error{invoice.ErrCurrency, invoice.ErrAmounts, invoice.ErrNothing} {
		if errors.Is(err, known) {
			return known.Error() + "."
		}
	}
	return "its amounts cannot be added up."
}
