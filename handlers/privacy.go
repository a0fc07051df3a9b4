package handlers

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/privacy"
	"github.com/palmonas/palmonas-crm/store/scope"
	"github.com/palmonas/palmonas-crm/views/customers"
	"github.com/palmonas/palmonas-crm/views/setting"
)

func (s *Server) privacyRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	manage, read, remove := may(account.SettingsManage), may(account.CustomersRead), may(account.OrdersDelete)
	return []route{
		{get, "/settings/privacy", manage, s.privacyPage, limits{}},
		{post, "/settings/privacy", manage, s.savePrivacy, limits{}},
		{post, "/customers/:key/data", read, s.customerData, limits{time: callTime}},
		{get, "/customers/:key/erase", remove, s.askErase, limits{}},
		{post, "/customers/:key/erase", remove, s.eraseCustomer, limits{time: callTime}},
	}
}

func (s *Server) privacyPage(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	r, err := privacy.ReadRetention(c.Request().Context(), s.Store)
	if err != nil {
		return err
	}
	v := setting.PrivacyView{Days: map[order.Platform]string{}}
	for _, p := range order.Platforms() {
		v.Days[p] = strconv.Itoa(r[p])
	}
	return html(c, http.StatusOK, setting.Privacy(s.page(c, "Privacy", "/settings"), v))
}

func (s *Server) savePrivacy(c echo.Context) error {
	var fields []string
	for _, p := range order.Platforms() {
		fields = append(fields, string(p))
	}
	f, err := readForm(c, fields...)
	if err != nil {
		return err
	}
	v, r := setting.PrivacyView{Days: map[order.Platform]string{}}, privacy.Retention{}
	for _, p := range order.Platforms() {
		text := f.Get(string(p))
		days, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			days = -1 // said at the field
		}
		v.Days[p], r[p] = cut(text, 9), days
	}
	ctx := c.Request().Context()
	before, err := privacy.ReadRetention(ctx, s.Store)
	if err != nil {
		return err
	}
	if v.Errors, err = faultsOf(privacy.SaveRetention(ctx, s.Store, r, s.Now())); err != nil {
		return err
	}
	if len(v.Errors) > 0 {
		return html(c, http.StatusUnprocessableEntity, setting.Privacy(s.page(c, "Privacy", "/settings"), v))
	}
	if err := s.audit(c, account.Entry{Action: "setting.retention", Object: "setting:retention", Before: fmt.Sprint(before), After: fmt.Sprint(r)}); err != nil {
		return err
	}
	s.flash(c, doneSaved, 60)
	return seeOther(c, "/settings/privacy")
}

func (s *Server) wish(c echo.Context, keys []string, reason string) privacy.Ask {
	return privacy.Ask{Keys: keys, By: string(userOf(c).ID), Via: "page", Ref: requestID(c), Reason: reason}
}

// customerData is everything about one person as a file. It is a post, so that
// no link brings it about; it takes the right to export too.
func (s *Server) customerData(c echo.Context) error {
	if _, err := readForm(c, "what"); err != nil {
		return err
	}
	if !userOf(c).May(account.OrdersExport) {
		return s.refused(c, string(account.OrdersExport))
	}
	if userOf(c).Scoped() {
		return scope.ErrBeyond // a part of what is known would pass for all of it
	}
	ctx := c.Request().Context()
	p, err := s.customerBook().Get(ctx, c.Param("key"))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if _, err := privacy.Export(ctx, s.Store, s.wish(c, p.Keys, ""), &b, s.Now()); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="customer-`+p.Key+`.json"`)
	return c.Blob(http.StatusOK, "application/json; charset=utf-8", b.Bytes())
}

func (s *Server) askErase(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	return s.answerErase(c, http.StatusOK, "", nil)
}

func (s *Server) answerErase(c echo.Context, status int, reason string, faults order.FieldErrors) error {
	if masked(userOf(c)) {
		return s.refused(c, string(account.CustomersRead))
	}
	if userOf(c).Scoped() {
		return scope.ErrBeyond
	}
	ctx := c.Request().Context()
	p, err := s.customerBook().Get(ctx, c.Param("key"))
	if err != nil {
		return err
	}
	would, err := privacy.ErasePerson(ctx, s.Store, s.wish(c, p.Keys, ""), true, nil, s.Now())
	if err != nil {
		return err
	}
	v := customers.EraseView{Key: p.Key, Name: p.Contact.Name, Orders: would.Orders, Reason: reason, Errors: faults}
	return html(c, status, customers.Erase(s.page(c, "Erase a customer", "/customers"), v))
}

func (s *Server) eraseCustomer(c echo.Context) error {
	f, err := readForm(c, "reason")
	if err != nil {
		return err
	}
	if masked(userOf(c)) {
		return s.refused(c, string(account.CustomersRead))
	}
	if userOf(c).Scoped() {
		return scope.ErrBeyond
	}
	reason, bad := readText(f.Get("reason"), maxStatusNote)
	if bad == nil && reason == "" {
		return s.answerErase(c, http.StatusUnprocessableEntity, "", order.FieldErrors{{Field: "reason", Message: "Say why; it stands in the audit."}})
	}
	if bad != nil {
		return s.answerErase(c, http.StatusUnprocessableEntity, cut(f.Get("reason"), 8000), order.FieldErrors{{Field: "reason", Message: bad.Error()}})
	}
	ctx := c.Request().Context()
	p, err := s.customerBook().Get(ctx, c.Param("key"))
	if err != nil {
		return err
	}
	done, err := privacy.ErasePerson(ctx, s.Store, s.wish(c, p.Keys, reason), false, s.Erasures, s.Now())
	if err != nil {
		return err
	}
	s.Log.Info("customer erased", slog.String("request", requestID(c)), slog.String("user", string(userOf(c).ID)), slog.Int("orders", done.Orders))
	s.flash(c, doneErased, 60)
	return seeOther(c, "/customers")
}
