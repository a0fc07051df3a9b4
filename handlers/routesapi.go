package handlers

import (
	"net/http"

	"github.com/palmonas/palmonas-crm/account"
)

// docsPath is the page that explains the API to people.
const docsPath = "/api/docs"

// apiRoutes is the JSON API. Each of them is described in openapi/openapi.yaml;
// a test compares the two.
func (s *Server) apiRoutes() []route {
	get, post, put, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	read := limits{bearer: true}
	write := limits{bearer: true, once: true, cost: costWrite}
	heavy := limits{bearer: true, once: true, cost: costHeavy, time: callTime}
	bulk := limits{bearer: true, once: true, cost: costHeavy, time: callTime, body: 2 << 20} // 50,000 ids
	reckon := limits{bearer: true, cost: costFigures}
	figures, settings := may(account.AnalyticsRead), may(account.SettingsManage)
	orders, edit, status, users := may(account.OrdersRead), may(account.OrdersEdit), may(account.OrdersStatus), may(account.UsersManage)
	return []route{
		{get, "/api/openapi.yaml", anyone, s.apiDescription, limits{anonymous: true}},
		{get, docsPath, signedIn, s.apiDocs, limits{}},

		{post, "/api/auth/login", anyone, s.apiLogin, limits{anonymous: true}},
		{post, "/api/auth/logout", signedIn, s.apiLogout, limits{bearer: true}},
		{get, "/api/auth/me", signedIn, s.apiMe, read},
		{post, "/api/auth/register", users, s.apiRegister, write},

		{get, "/api/tokens", signedIn, s.apiListTokens, read},
		{post, "/api/tokens", signedIn, s.apiCreateToken, limits{bearer: true, cost: costWrite}},
		{del, "/api/tokens/:id", signedIn, s.apiRevokeToken, write},

		{get, "/api/orders", orders, s.apiListOrders, read},
		{post, "/api/orders", may(account.OrdersCreate), s.apiCreateOrder, write},
		{post, "/api/orders/bulk-status", may(account.OrdersBulk), s.apiBulkStatus, bulk},
		{post, "/api/orders/export", may(account.OrdersExport), s.apiExport, heavy},
		{get, "/api/orders/:id", orders, s.apiOrder, read},
		{put, "/api/orders/:id", edit, s.apiEditOrder, write},
		{put, "/api/orders/:id/status", status, s.apiSetStatus, write},
		{post, "/api/orders/:id/notes", edit, s.apiAddNote, write},
		{del, "/api/orders/:id", may(account.OrdersDelete), s.apiArchive, write},

		{get, "/api/analytics/dashboard", figures, s.apiDashboard(), reckon},
		{get, "/api/analytics/revenue", figures, s.apiRevenue(), reckon},
		{get, "/api/analytics/platforms", figures, s.apiPlatforms(), reckon},
		{get, "/api/analytics/trends", figures, s.apiTrends(), reckon},
		{get, "/api/analytics/customers", figures, s.apiCustomers(), reckon},
		{get, "/api/analytics/products", figures, s.apiProducts(), reckon},

		{get, "/api/users", users, s.apiListUsers, read},
		{get, "/api/users/:id", users, s.apiUser, read},
		{put, "/api/users/:id", users, s.apiChangeUser, write},
		{del, "/api/users/:id", users, s.apiDeleteUser, write},

		{get, "/api/channels", may(account.ChannelsRead), s.apiListChannels, read},
		{post, "/api/channels/:id/sync", may(account.SyncTrigger), s.apiSync, heavy},
		{get, "/api/webhooks", settings, s.apiListWebhooks, read},
		{post, "/api/webhooks", settings, s.apiCreateWebhook, limits{bearer: true, cost: costWrite}},
		{get, "/api/webhooks/:id", settings, s.apiWebhook, read},
		{put, "/api/webhooks/:id", settings, s.apiChangeWebhook, write},
		{del, "/api/webhooks/:id", settings, s.apiDeleteWebhook, write},
		{post, "/api/webhooks/:id/ping", settings, s.apiPingWebhook, write},
		{get, "/api/webhooks/:id/deliveries", settings, s.apiDeliveries, read},
		{post, "/api/webhooks/:id/deliveries/:delivery", settings, s.apiRedeliver, write},

		{get, "/api/jobs/:id", signedIn, s.apiJob, read},
		{get, "/api/jobs/:id/files/:name", signedIn, s.jobFile, limits{bearer: true, cost: costWrite, time: uploadTime}},
	}
}
