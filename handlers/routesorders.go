package handlers

import (
	"net/http"

	"github.com/palmonas/palmonas-crm/account"
)

func (s *Server) orderRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	read, status, edit := may(account.OrdersRead), may(account.OrdersStatus), may(account.OrdersEdit)
	routes := []route{
		{get, "/orders", read, s.listOrders, limits{}},
		{get, "/orders/count", read, s.countOrders, limits{passive: true}},
		{get, "/orders/suggest", read, s.suggest, limits{}},
		{get, "/orders/help", read, s.searchHelp, limits{}},
		{get, "/orders/columns", read, s.columnsPage, limits{}},
		{get, "/orders/filters", read, s.filtersPage, limits{}},
		{post, "/orders/columns", read, s.saveColumns, limits{}},
		{get, "/orders/:id", read, s.showOrder, limits{}},
		{post, "/orders/:id/status", status, s.changeStatus, limits{}},
		{post, "/orders/:id/notes", edit, s.addNote, limits{}},
		{post, "/orders/:id/wish", status, s.endWish, limits{}},
		{post, "/orders/:id/archive", may(account.OrdersDelete), s.archiveOrder, limits{}},
		{post, "/orders/:id/restore", may(account.OrdersDelete), s.restoreOrder, limits{}},
		{post, "/orders/:id/reveal", may(account.CustomersReveal), s.revealOrder, limits{}},
		{get, "/orders/new", may(account.OrdersCreate), s.newOrder, limits{}},
		{post, "/orders/new", may(account.OrdersCreate), s.saveNewOrder, limits{}},
		{post, "/orders/new/channel", may(account.ChannelsManage), s.addHandChannel, limits{}},
		{get, "/orders/:id/edit", edit, s.editOrder, limits{}},
		{post, "/orders/:id/edit", edit, s.saveOrder, limits{}},
		{get, "/orders/print", read, s.printOrders, limits{}},
		{get, "/orders/:id/print/slip", read, s.printSlip, limits{}},
		{get, "/orders/:id/print/invoice", read, s.printInvoice, limits{}},
		{post, "/orders/:id/invoice", edit, s.issueInvoice, limits{}},
		{get, "/settings/company", may(account.SettingsManage), s.companyPage, limits{}},
		{post, "/settings/company", may(account.SettingsManage), s.saveCompany, limits{}},
		{get, "/orders/:id/viewers", read, s.orderViewers, limits{passive: true}},
		{get, "/events", read, s.events, limits{stream: true, passive: true}},
	}
	for _, f := range orderForms() {
		routes = append(routes, route{post, "/orders/:id/" + f.name, edit, s.saveForm(f), limits{}})
	}
	return routes
}
