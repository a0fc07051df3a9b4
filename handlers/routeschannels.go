package handlers

import (
	"net/http"

	"github.com/palmonas/palmonas-crm/account"
)

func (s *Server) channelRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	watch, manage, sync := may(account.ChannelsRead), may(account.ChannelsManage), may(account.SyncTrigger)
	calling, passive := limits{time: callTime}, limits{passive: true}
	secret := limits{time: callTime, fresh: true} // credentials
	return []route{
		{get, "/channels", watch, s.listChannels, passive},
		{get, "/channels/events", watch, s.channelEvents, limits{stream: true, passive: true}},
		{get, "/channels/new", manage, s.newChannel, limits{}},
		{post, "/channels", manage, s.createChannel, secret},
		{get, "/channels/:id", watch, s.showChannel, passive},
		{post, "/channels/:id", manage, s.saveChannel, secret},
		{post, "/channels/:id/enabled", manage, s.enableChannel, limits{}},
		{post, "/channels/:id/secret", manage, s.changeSecret, limits{fresh: true}},
		{post, "/channels/:id/sync", sync, s.syncChannel, limits{}},
		{post, "/channels/:id/fetch", sync, s.fetchOrders, calling},
		{get, "/channels/:id/words", watch, s.showWords, limits{}},
		{post, "/channels/:id/words", manage, s.saveWords, calling},
		{post, "/channels/:id/replay", manage, s.replayAll, calling},
		{get, "/channels/:id/quarantine/:record", manage, s.showRecord, limits{}},
		{post, "/channels/:id/quarantine/:record", manage, s.replayRecord, calling},
		// Webhooks; their signature is what lets them in.
		{post, hookPath, anyone, s.receiveHook, limits{body: maxHook, anonymous: true}},
	}
}

// importRoutes are files in, and long work.
func (s *Server) importRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	create := may(account.OrdersCreate)
	return []route{
		{get, "/imports", create, s.importsPage, limits{}},
		{post, "/imports", create, s.uploadImport, limits{body: maxUpload + 1<<20, time: uploadTime}},
		{get, "/imports/:id", create, s.previewImport, limits{}},
		{post, "/imports/:id", create, s.runImport, limits{}},
		{get, "/jobs/:id", signedIn, s.jobPage, limits{passive: true}},
		{get, "/jobs/:id/events", signedIn, s.jobEvents, limits{stream: true, passive: true}},
		{get, "/jobs/:id/files/:name", signedIn, s.jobFile, limits{time: uploadTime}},
		{post, "/jobs/:id/cancel", signedIn, s.cancelJob, limits{}},
	}
}
