package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/openapi"
	"github.com/palmonas/palmonas-crm/views/apidocs"
)

// apiDescription serves the OpenAPI description to anybody: it is the same for
// every installation and stands in the source, so hiding it would protect
// nothing, and tools that make clients fetch it without a token.
func (s *Server) apiDescription(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/yaml; charset=utf-8", openapi.YAML())
}

// apiDocs explains the API to people who are signed in. It is a page like any
// other and shows nothing that the description does not; that a session opens
// it gives no powers on the API.
func (s *Server) apiDocs(c echo.Context) error {
	if _, err := readQuery(c); err != nil {
		return err
	}
	d, err := openapi.Load()
	if err != nil {
		return err
	}
	base := strings.TrimSuffix(s.PublicURL.String(), "/")
	p := s.page(c, "API", docsPath)
	p.Docs = true
	return html(c, http.StatusOK, apidocs.Page(p, d, base))
}
