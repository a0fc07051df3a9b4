package handlers

import (
	"net/http"
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
}

const (
	maxForm     = 256 << 10
	requestTime = 10 * time.Second
	uploadTime  = 5 * time.Minute
	callTime    = 25 * time.Second // routes that ask a platform and wait
)

// routes is every address the program answers.
func (s *Server) routes() []route {
	get, post := http.MethodGet, http.MethodPost
	read, create, status, edit := may(account.OrdersRead), may(account.OrdersCreate), may(account.OrdersStatus), may(account.OrdersEdit)
	watch, manage, sync := may(account.ChannelsRead), may(account.ChannelsManage), may(account.SyncTrigger)
	calling := limits{time: callTime}
	upload := limits{body: maxUpload + 1<<20, time: uploadTime}
	stream, passive, anonymous := limits{stream: true, passive: true}, limits{passive: true}, limits{anonymous: true}
	return []route{
		// The process.
		{get, "/healthz", anyone, s.healthz, anonymous},
		{get, "/readyz", anyone, s.readyz, anonymous},
		{get, "/static/*", anyone, s.asset, anonymous},
		{get, "/favicon.ico", anyone, s.favicon, anonymous},

		// Coming and going.
		{get, "/login", anyone, s.loginPage, limits{}},
		{post, "/login", anyone, s.login, limits{}},
		{post, "/logout", anyone, s.logout, limits{}},
		{get, "/", signedIn, s.home, limits{}},
		{post, "/account", signedIn, s.savePreferences, limits{}},

		// Orders.
		{get, "/orders", read, s.listOrders, limits{}},
		{get, "/orders/:id", read, s.showOrder, limits{}},
		{post, "/orders/:id/status", status, s.changeStatus, limits{}},
		{post, "/orders/:id/notes", edit, s.addNote, limits{}},
		{get, "/events", read, s.events, stream},
		{post, "/orders/:id/wish", status, s.endWish, limits{}},

		// Channels.
		{get, "/channels", watch, s.listChannels, passive},
		{get, "/channels/events", watch, s.channelEvents, stream},
		{get, "/channels/new", manage, s.newChannel, limits{}},
		{post, "/channels", manage, s.createChannel, calling},
		{get, "/channels/:id", watch, s.showChannel, passive},
		{post, "/channels/:id", manage, s.saveChannel, calling},
		{post, "/channels/:id/enabled", manage, s.enableChannel, limits{}},
		{post, "/channels/:id/secret", manage, s.changeSecret, limits{}},
		{post, "/channels/:id/sync", sync, s.syncChannel, limits{}},
		{post, "/channels/:id/fetch", sync, s.fetchOrders, calling},
		{post, "/channels/:id/replay", manage, s.replayAll, calling},
		{get, "/channels/:id/quarantine/:record", manage, s.showRecord, limits{}},
		{post, "/channels/:id/quarantine/:record", manage, s.replayRecord, calling},

		// Webhooks; their signature is what lets them in.
		{post, "/webhooks/:channel", anyone, s.receiveHook, limits{body: maxHook, anonymous: true}},

		// Files in.
		{get, "/imports", create, s.importsPage, limits{}},
		{post, "/imports", create, s.uploadImport, upload},
		{get, "/imports/:id", create, s.previewImport, limits{}},
		{post, "/imports/:id", create, s.runImport, limits{}},
		{get, "/jobs/:id", signedIn, s.jobPage, passive},
		{get, "/jobs/:id/events", signedIn, s.jobEvents, stream},
		{get, "/jobs/:id/files/:name", signedIn, s.jobFile, limits{time: uploadTime}},
		{post, "/jobs/:id/cancel", signedIn, s.cancelJob, limits{}},
	}
}
