package handlers

import (
	"net/http"

	"github.com/palmonas/palmonas-crm/account"
)

// bulkRoutes are acts on many orders. What each act needs beside, its handler
// asks.
func (s *Server) bulkRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	many := may(account.OrdersBulk)
	return []route{
		{get, "/orders/bulk", many, s.bulkPage, limits{}},
		{post, "/orders/bulk", many, s.bulk, limits{body: 1 << 20, time: callTime}},
		{post, "/jobs/:id/retry", many, s.retryBulk, limits{}},
		{post, "/jobs/:id/undo", many, s.undoBulk, limits{}},
	}
}
