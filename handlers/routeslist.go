package handlers

import (
	"net/http"

	"github.com/palmonas/palmonas-crm/account"
)

// listRoutes are the saved views, the palette and the dispatch calendar. What a person may do to a
// view depends on whose it is, which package saved decides.
func (s *Server) listRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	read := may(account.OrdersRead)
	return []route{
		{get, "/views", read, s.viewsPage, limits{}},
		{post, "/views", read, s.createView, limits{}},
		{get, "/views/counts", read, s.viewCounts, limits{passive: true}},
		{post, "/views/ready", may(account.SettingsManage), s.restoreViews, limits{}},
		{get, "/views/:id", read, s.openView, limits{}},
		{post, "/views/:id", read, s.changeView, limits{}},
		{post, "/views/:id/move", read, s.moveView, limits{}},
		{post, "/views/:id/delete", read, s.deleteView, limits{}},
		{get, "/settings", may(account.SettingsManage), s.settingsPage, limits{}},
		{get, "/settings/dispatch", may(account.SettingsManage), s.dispatchPage, limits{}},
		{post, "/settings/dispatch", may(account.SettingsManage), s.saveDispatch, limits{}},
		{get, "/palette", signedIn, s.palette, limits{}},
	}
}
