package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/invoice"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views/setting"
)

// The seller's details are one record: who sells is a fact of the shop, not of
// a channel.
const (
	kindCompany = "company"
	theCompany  = "company"
)

func (s *Server) companies() store.Shelf[invoice.Company] {
	return store.Shelf[invoice.Company]{Records: s.Store.Records(), Kind: kindCompany}
}

// company is the seller as invoices name it, or what is assumed before anybody
// filled it in.
func (s *Server) company(ctx context.Context) (invoice.Company, error) {
	k, err := s.companies().Get(ctx, theCompany)
	if errors.Is(err, store.ErrNotFound) {
		return invoice.DefaultCompany(), nil
	}
	return k.Value, err
}

func (s *Server) companyPage(c echo.Context) error {
	co, err := s.company(c.Request().Context())
	if err != nil {
		return err
	}
	return s.answerCompany(c, http.StatusOK, companyForm(co))
}

func (s *Server) answerCompany(c echo.Context, status int, v setting.CompanyView) error {
	p := s.page(c, "Company", "/settings")
	p.Path = "/settings/company"
	return html(c, status, setting.Company(p, v))
}

func companyForm(co invoice.Company) setting.CompanyView {
	var rules []string
	for _, r := range co.Rules {
		rules = append(rules, r.SKU+" "+r.HSN+" "+rateText(r.Rate))
	}
	return setting.CompanyView{Values: map[string]string{
		"name": co.Name, "line1": co.Address.Line1, "line2": co.Address.Line2, "city": co.Address.City, "state": co.Address.State, "pincode": co.Address.Pincode,
		"phone": co.Phone, "email": co.Email, "gstin": co.GSTIN, "prefix": co.Prefix, "hsn": co.HSN, "rate": rateText(co.Rate),
		"rules": strings.Join(rules, "\n"), "terms": co.Terms,
	}}
}

func companyFields() []string {
	return []string{"name", "line1", "line2", "city", "state", "pincode", "phone", "email", "gstin", "prefix", "hsn", "rate", "rules", "terms"}
}

func (s *Server) saveCompany(c echo.Context) error {
	f, err := readForm(c, companyFields()...)
	if err != nil {
		return err
	}
	co, faults := readCompany(f)
	clean, err := co.Clean()
	var more order.FieldErrors
	switch {
	case errors.As(err, &more):
		faults = append(faults, more...)
	case err != nil:
		return err
	}
	if len(faults) > 0 {
		v := setting.CompanyView{Values: map[string]string{}, Errors: faults}
		for _, name := range companyFields() {
			v.Values[name] = f.Get(name)
		}
		return s.answerCompany(c, http.StatusUnprocessableEntity, v)
	}
	if err := s.keepCompany(c.Request().Context(), clean); err != nil {
		return err
	}
	a := s.who(c)
	if _, err := s.Store.Audit().Append(c.Request().Context(), account.Entry{At: s.Now(), By: string(a.By), Via: a.Via, IP: a.IP, Ref: a.Ref,
		Action: "setting.company", Object: "settings:company"}); err != nil {
		return err
	}
	s.flash(c, doneSaved, 60)
	return seeOther(c, "/settings/company")
}

func (s *Server) keepCompany(ctx context.Context, co invoice.Company) error {
	shelf := s.companies()
	_, err := shelf.Update(ctx, theCompany, func(k *store.Kept[invoice.Company]) error { k.Value = co; return nil })
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return shelf.Create(ctx, store.Record{ID: theCompany, At: s.Now()}, co)
}

// readCompany reads what only the form knows: percents, and rules as lines.
func readCompany(f url.Values) (invoice.Company, order.FieldErrors) {
	var faults order.FieldErrors
	co := invoice.Company{
		Name: f.Get("name"), Phone: f.Get("phone"), Email: f.Get("email"), GSTIN: f.Get("gstin"), Prefix: f.Get("prefix"), HSN: f.Get("hsn"), Terms: f.Get("terms"),
		Address: order.Address{Line1: f.Get("line1"), Line2: f.Get("line2"), City: f.Get("city"), State: f.Get("state"), Pincode: f.Get("pincode"), Country: "IN"},
	}
	var ok bool
	if co.Rate, ok = readRate(f.Get("rate")); !ok {
		faults = append(faults, order.FieldError{Field: "rate", Message: "Write a percentage, such as 3 or 0.25."})
	}
	for line := range strings.Lines(f.Get("rules")) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		r := invoice.Rule{SKU: words[0]}
		if len(words) == 3 {
			r.HSN = words[1]
			if r.Rate, ok = readRate(words[2]); !ok {
				r.HSN = ""
			}
		}
		co.Rules = append(co.Rules, r)
	}
	return co, faults
}

// readRate reads a percentage into hundredths of a percent.
func readRate(s string) (int, bool) {
	m, err := order.ParseMoney(strings.TrimSuffix(strings.TrimSpace(s), "%"), "INR") // two decimals, as money has
	return int(m.Minor), err == nil && m.Minor >= 0 && m.Minor <= 10_000
}

func rateText(rate int) string {
	return strings.TrimSuffix(strings.TrimSuffix(strconv.FormatFloat(float64(rate)/100, 'f', 2, 64), "0"), ".0")
}
