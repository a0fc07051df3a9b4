package handlers

import (
	"net/http"

	"github.com/palmonas/palmonas-crm/account"
)

func (s *Server) orderRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	read, status, edit := may(account.OrdersRead), may(account.OrdersStatus), may(account.OrdersEdit)
	return []route{
		{get, "/orders", read, s.listOrders, limits{}},
		{get, "/orders/:id", read, s.showOrder, limits{}},
		{post, "/orders/:id/status", status, s.changeStatus, limits{}},
		{post, "/orders/:id/notes", edit, s.addNote, limits{}},
		{post, "/orders/:id/wish", status, s.endWish, limits{}},
		{get, "/events", read, s.events, limits{stream: true, passive: true}},
	}
}
