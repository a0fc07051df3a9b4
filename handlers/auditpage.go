package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/views/access"
)

const auditPage = 100

// showAudit lists who did what, the newest first.
func (s *Server) showAudit(c echo.Context) error {
	f, err := readQuery(c, "by", "action", "object", "from", "to", "before")
	if err != nil {
		return err
	}
	q, faults := s.auditQuery(f)
	v := access.AuditView{Clock: s.clock(), By: f.Get("by"), Action: cut(f.Get("action"), 80), Object: cut(f.Get("object"), 120),
		From: cut(f.Get("from"), 10), To: cut(f.Get("to"), 10), Errors: faults}
	ctx := c.Request().Context()
	if v.Users, err = s.Store.Users().List(ctx); err != nil {
		return err
	}
	status := http.StatusOK
	if len(faults) > 0 {
		status = http.StatusUnprocessableEntity
	} else {
		if v.Entries, err = s.Store.Audit().List(ctx, q); err != nil {
			return err
		}
		if len(v.Entries) == q.Limit {
			more := url.Values{}
			for name := range f {
				more.Set(name, f.Get(name))
			}
			more.Set("before", strconv.FormatInt(v.Entries[len(v.Entries)-1].Seq, 10))
			v.More = "/audit?" + more.Encode()
		}
	}
	if partial(c) {
		return html(c, status, access.AuditList(v))
	}
	return html(c, status, access.Audit(s.page(c, "Audit", "/audit"), v))
}

func (s *Server) auditQuery(f url.Values) (q store.AuditQuery, faults order.FieldErrors) {
	q = store.AuditQuery{By: f.Get("by"), Action: f.Get("action"), Object: f.Get("object"), Limit: auditPage}
	day := func(field string, add int) time.Time {
		text := f.Get(field)
		if text == "" {
			return time.Time{}
		}
		t, err := time.ParseInLocation(time.DateOnly, text, s.Location)
		if err != nil {
			faults = append(faults, order.FieldError{Field: field, Message: "Write a day such as 2026-11-22."})
			return time.Time{}
		}
		return t.AddDate(0, 0, add)
	}
	q.From, q.Until = day("from", 0), day("to", 1)
	if len(faults) == 0 && !q.From.IsZero() && !q.Until.IsZero() && !q.From.Before(q.Until) {
		faults = append(faults, order.FieldError{Field: "to", Message: "This is before the first day."})
	}
	if text := f.Get("before"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			faults = append(faults, order.FieldError{Field: "before", Message: "This link is not valid. Start from the newest entry."})
		}
		q.Before = n
	}
	return q, faults
}

func (s *Server) auditRoutes() []route {
	return []route{{http.MethodGet, "/audit", may(account.AuditRead), s.showAudit, limits{}}}
}
