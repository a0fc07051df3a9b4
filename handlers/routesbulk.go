package handlers

import (
	"net/http"

	"github.com/palmonas/palmonas-crm/account"
)

// bulkRoutes are acts on many orders, and files of them. What each act needs beside, its handler
// asks.
func (s *Server) bulkRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	many, export := may(account.OrdersBulk), may(account.OrdersExport)
	return []route{
		{get, "/orders/bulk", many, s.bulkPage, limits{}},
		{post, "/orders/bulk", many, s.bulk, limits{body: 1 << 20, time: callTime}},
		{get, "/orders/export", export, s.exportPage, limits{}},
		{post, "/orders/export", export, s.exportOrders, limits{}},
		{get, schedulesPath, export, s.schedulesPage, limits{}},
		{post, schedulesPath, export, s.addSchedule, limits{}},
		{post, schedulesPath + "/:id/delete", export, s.deleteSchedule, limits{}},
		{post, "/jobs/:id/retry", many, s.retryBulk, limits{}},
		{post, "/jobs/:id/undo", many, s.undoBulk, limits{}},
	}
}
