package handlers

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/customer"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/report"
	"github.com/palmonas/palmonas-crm/views/customers"
)

const (
	customersPerPage = 50
	customerPages    = 200 // as deep as figures are ranked
	personOrdersPage = 20
	personTwins      = 5
)

func (s *Server) customerBook() customer.Book {
	return customer.Book{Orders: s.Store.Orders(), Figures: s.Store.Figures(), Records: s.Store.Records(), Audit: s.Store.Audit(), Now: s.Now}
}

func (s *Server) customerRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	read := may(account.CustomersRead)
	return []route{
		{get, "/customers", read, s.listCustomers, limits{}},
		{get, "/customers/:key", read, s.showCustomer, limits{}},
		{post, "/customers/:key/notes", read, s.noteCustomer, limits{}},
		{post, "/customers/:key/join", read, s.joinCustomers, limits{}},
		{post, "/customers/:key/part", read, s.partCustomers, limits{}},
	}
}

func (s *Server) listCustomers(c echo.Context) error {
	f, err := readQuery(c, "q", "sort", "page")
	if err != nil {
		return err
	}
	v := customers.ListView{Clock: s.clock(), Q: strings.TrimSpace(cut(f.Get("q"), 200)), Sort: report.ByValue, Page: 1}
	v.Errors = readCustomerList(f.Get("sort"), f.Get("page"), &v)
	status, ctx := http.StatusOK, c.Request().Context()
	switch {
	case len(v.Errors) > 0:
		status = http.StatusUnprocessableEntity
	case v.Q != "":
		where, bad := order.ParseExpr(v.Q, s.Location)
		if v.Errors, err = faultsOf(bad); err != nil {
			return err
		}
		if len(v.Errors) > 0 {
			status = http.StatusUnprocessableEntity
			break
		}
		v.Rows, err = s.customerBook().Find(ctx, where, customersPerPage)
	default:
		v.Rows, v.Total, err = s.customerBook().Top(ctx, v.Sort, customersPerPage, (v.Page-1)*customersPerPage)
		v.More = v.Page < customerPages && v.Page*customersPerPage < v.Total
	}
	if err != nil {
		return err
	}
	if partial(c) {
		return html(c, status, customers.People(v))
	}
	return html(c, status, customers.List(s.page(c, "Customers", "/customers"), v))
}

func readCustomerList(sort, page string, v *customers.ListView) (faults order.FieldErrors) {
	if sort != "" {
		v.Sort = report.CustomerSort(sort)
		if !slices.Contains([]report.CustomerSort{report.ByValue, report.ByOrders, report.ByLastSeen}, v.Sort) {
			faults = append(faults, order.FieldError{Field: "page", Message: "There is no such sort."})
		}
	}
	if page != "" {
		n, err := strconv.Atoi(page)
		if err != nil || n < 1 || n > customerPages {
			return append(faults, order.FieldError{Field: "page", Message: "Pages go from 1 to " + strconv.Itoa(customerPages) + "."})
		}
		v.Page = n
	}
	return faults
}

func (s *Server) showCustomer(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	return s.answerCustomer(c, http.StatusOK, "", nil)
}

func (s *Server) answerCustomer(c echo.Context, status int, text string, faults order.FieldErrors) error {
	ctx, book := c.Request().Context(), s.customerBook()
	p, err := book.Get(ctx, c.Param("key"))
	if err != nil {
		return err
	}
	if p.Key != c.Param("key") && c.Request().Method == http.MethodGet {
		return c.Redirect(http.StatusSeeOther, "/customers/"+p.Key)
	}
	u := userOf(c)
	whole := !u.Scoped() // a person is everybody's: notes, joining, taking along and erasing
	v := customers.PersonView{Clock: s.clock(), Person: p, MayEdit: whole && u.May(account.OrdersEdit),
		MayExport: whole && u.May(account.OrdersExport), MayErase: whole && u.May(account.OrdersDelete), Text: text, Errors: faults}
	page, err := s.Store.Orders().List(ctx, order.Query{Where: customer.Where(p.Keys), Sort: order.NewestFirst, Limit: personOrdersPage})
	if err != nil {
		return err
	}
	v.Orders = page.Rows
	if v.Candidates, err = book.Candidates(ctx, p, personTwins); err != nil {
		return err
	}
	var authors []string
	for _, n := range p.Notes {
		authors = append(authors, n.By)
	}
	if v.Names, err = s.names(ctx, authors); err != nil {
		return err
	}
	channels, err := s.Store.Channels().List(ctx)
	if err != nil {
		return err
	}
	v.Channels = map[string]string{}
	for _, ch := range channels {
		v.Channels[ch.ID] = ch.Name
	}
	return html(c, status, customers.Person(s.page(c, "Customer", "/customers"), v))
}

func (s *Server) noteCustomer(c echo.Context) error {
	f, err := s.customerForm(c, "text")
	if err != nil {
		return err
	}
	err = s.customerBook().AddNote(c.Request().Context(), s.who(c), c.Param("key"), f)
	faults, err := faultsOf(err)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return s.answerCustomer(c, http.StatusUnprocessableEntity, cut(f, 8000), faults)
	}
	return s.customerDone(c, c.Param("key"))
}

func (s *Server) joinCustomers(c echo.Context) error {
	other, err := s.customerForm(c, "other")
	if err != nil {
		return err
	}
	p, err := s.customerBook().Join(c.Request().Context(), s.who(c), c.Param("key"), other)
	switch {
	case errors.Is(err, customer.ErrSame), errors.Is(err, customer.ErrTooMany):
		return fieldFault("other", sentence(err.Error()))
	case err != nil:
		return err
	}
	return s.customerDone(c, p.Key)
}

func (s *Server) partCustomers(c echo.Context) error {
	part, err := s.customerForm(c, "part")
	if err != nil {
		return err
	}
	err = s.customerBook().Part(c.Request().Context(), s.who(c), c.Param("key"), part)
	if errors.Is(err, customer.ErrNotPart) {
		return fieldFault("part", sentence(err.Error()))
	}
	if err != nil {
		return err
	}
	return s.customerDone(c, c.Param("key"))
}

// customerForm reads the one field of a form that changes what is known of a
// customer, which takes the right to edit orders too.
func (s *Server) customerForm(c echo.Context, field string) (string, error) {
	if !userOf(c).May(account.OrdersEdit) {
		return "", s.refused(c, string(account.OrdersEdit))
	}
	f, err := readForm(c, field)
	if err != nil {
		return "", err
	}
	return f.Get(field), nil
}

func (s *Server) customerDone(c echo.Context, key string) error {
	s.flash(c, doneSaved, 60)
	return seeOther(c, "/customers/"+key)
}
