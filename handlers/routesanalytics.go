package handlers

import (
	"net/http"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/export"
)

// analyticsRoutes are the pages of figures. The dashboard is "/", among the
// process routes, since everybody who signs in comes by it.
func (s *Server) analyticsRoutes() []route {
	get := http.MethodGet
	read, away := may(account.AnalyticsRead), may(account.OrdersExport)
	return []route{
		{get, "/dashboard/now", read, s.dashboardNow, limits{passive: true}},
		{get, "/analytics", read, s.analyticsIndex, limits{}},
		{get, "/analytics/export/:table", read, s.exportFigures, limits{}},
		{get, "/analytics/builder", read, s.builderPage, limits{time: callTime}},
		{get, "/analytics/builder.csv", read, s.builderFile(export.CSV), limits{time: callTime}},
		{get, "/analytics/builder.xlsx", read, s.builderFile(export.XLSX), limits{time: callTime}},
		{get, "/analytics/builder.json", read, s.builderFile(export.JSON), limits{time: callTime}},
		{get, reportSchedulesPath, away, s.reportSchedulesPage, limits{}},
		{http.MethodPost, reportSchedulesPath, away, s.addReportSchedule, limits{}},
		{get, reportSchedulesPath + "/:id", away, s.reportSchedulePage, limits{}},
		{http.MethodPost, reportSchedulesPath + "/:id", away, s.changeReportSchedule, limits{}},
		{http.MethodPost, reportSchedulesPath + "/:id/delete", away, s.stopReportSchedule, limits{}},
		{http.MethodPost, "/analytics/reports", read, s.saveReport, limits{}},
		{http.MethodPost, "/analytics/reports/:id/delete", read, s.deleteReport, limits{}},
		{get, "/analytics/revenue", read, s.revenuePage(), limits{}},
		{get, "/analytics/platforms", read, s.platformsPage(), limits{}},
		{get, "/analytics/trends", read, s.trendsPage(), limits{}},
		{get, "/analytics/customers", read, s.customersPage(), limits{}},
		{get, "/analytics/products", read, s.productsPage(), limits{}},
	}
}
