package handlers

import (
	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
)

// audit appends one entry: what was done to what; who, from where and in which
// request is filled in here.
func (s *Server) audit(c echo.Context, e account.Entry) error {
	by := s.actor(c)
	e.At, e.By, e.Via, e.IP, e.Ref = s.Now(), string(by.User.ID), by.Via, by.IP, by.Ref
	_, err := s.Store.Audit().Append(c.Request().Context(), e)
	return err
}
