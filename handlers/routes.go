package handlers

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/account"
)

// need is what a request must have to be let in: one of the values below, or a
// permission. The zero need refuses to start.
type need string

const (
	undeclared need = ""
	anyone     need = "anyone"
	signedIn   need = "signed in"
)

func may(p account.Permission) need { return need("may " + string(p)) }

// route is one line of the table.
type route struct {
	method, path string
	need         need
	do           echo.HandlerFunc
	limits
}

// limits of one route; zero values are the usual ones.
type limits struct {
	body      int64         // bytes of a request body
	time      time.Duration // for the whole request
	stream    bool          // an event stream: no deadline
	passive   bool          // pages ask for it by themselves, which keeps no session alive
	anonymous bool          // answered without looking at the session
	bearer    bool          // let in by a token of the API, never by the session
	once      bool          // a write that takes an Idempotency-Key
	fresh     bool          // wants a proof of the last minutes, see confirm.go
	cost      int           // points of the API's budget; 0: one
}

const (
	maxForm     = 256 << 10
	requestTime = 10 * time.Second
	uploadTime  = 5 * time.Minute
	callTime    = 25 * time.Second // routes that ask a platform and wait
)

// routes is every address the program answers.
func (s *Server) routes() []route {
	return slices.Concat(s.processRoutes(), s.orderRoutes(), s.bulkRoutes(), s.listRoutes(), s.channelRoutes(), s.importRoutes(), s.userRoutes(), s.ssoRoutes(), s.auditRoutes(), s.customerRoutes(), s.noticeRoutes(), s.operationsRoutes(), s.privacyRoutes(), s.analyticsRoutes(), s.apiRoutes(), s.hookRoutes())
}

// processRoutes are the process itself, and coming and going.
func (s *Server) processRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	anonymous := limits{anonymous: true}
	return []route{
		{get, "/healthz", anyone, s.healthz, anonymous},
		{get, "/readyz", anyone, s.readyz, anonymous},
		{get, "/metrics", anyone, s.metricsPage, anonymous},
		{get, "/static/*", anyone, s.asset, anonymous},
		{get, "/favicon.ico", anyone, s.favicon, anonymous},
		{get, "/login", anyone, s.loginPage, limits{}},
		{post, "/login", anyone, s.login, limits{}},
		{post, "/logout", anyone, s.logout, limits{}},
		{get, "/", signedIn, s.home, limits{}},
		{post, "/account", signedIn, s.savePreferences, limits{}},
		{get, "/account/menu", signedIn, s.userMenu, limits{}},
	}
}
