package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/views/setting"
)

// settingsPage leads to the sections of the settings that this person may open.
func (s *Server) settingsPage(c echo.Context) error {
	var open []setting.Section
	for _, x := range []setting.Section{
		{Path: "/settings/company", Title: "Company", Icon: "file-invoice", About: "The seller on packing slips and invoices, GSTIN, HSN codes and rates"},
		{Path: "/settings/dispatch", Title: "Dispatch clock", Icon: "clock", About: "Cut-off times, working days, holidays"},
		{Path: hooksPath, Title: "Webhooks", Icon: "plug-connected", About: "Programs that are told what happens to orders"},
		{Path: "/settings/privacy", Title: "Privacy", Icon: "eye-off", About: "How long customers stay known"},
		{Path: "/settings/operations", Title: "Operations", Icon: "refresh", About: "Version, jobs, queues, backups"},
		{Path: docsPath, Title: "API", Icon: "keyboard", About: "What programs may ask; their tokens are made under Account"},
		{Path: "/settings/mail", Title: "E-mail", Icon: "mail", About: "The server that notices and reports go out through"},
	} {
		if s.opens(userOf(c), x.Path) {
			open = append(open, x)
		}
	}
	return html(c, http.StatusOK, setting.Index(s.page(c, "Settings", "/settings"), open))
}
