package handlers

import (
	"net/http"

	"github.com/palmonas/palmonas-crm/account"
)

// hookRoutes are the pages of outbound webhooks.
func (s *Server) hookRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	manage := may(account.SettingsManage)
	return []route{
		{get, hooksPath, manage, s.listHooks, limits{}},
		{post, hooksPath, manage, s.createHook, limits{fresh: true}},
		{get, hooksPath + "/:id", manage, s.showHook, limits{}},
		{post, hooksPath + "/:id", manage, s.saveHook, limits{fresh: true}},
		{post, hooksPath + "/:id/ping", manage, s.pingHook(), limits{}},
		{post, hooksPath + "/:id/secret", manage, s.rotateHook, limits{fresh: true}},
		{post, hooksPath + "/:id/delete", manage, s.deleteHook(), limits{}},
		{post, hooksPath + "/:id/deliveries/:delivery", manage, s.redeliver(), limits{}},
	}
}
