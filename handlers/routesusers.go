package handlers

import (
	"net/http"

	"github.com/palmonas/palmonas-crm/account"
)

// userRoutes are people: who they are, how they get in, what they may do.
func (s *Server) userRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	manage, fresh := may(account.UsersManage), limits{fresh: true}
	return []route{
		{get, "/login/code", anyone, s.codePage, limits{}},
		{post, "/login/code", anyone, s.enterCode, limits{}},
		// The secret in the address is what lets one in.
		{get, "/welcome/:secret", anyone, s.linkPage, limits{}},
		{post, "/welcome/:secret", anyone, s.useLink, limits{}},
		{get, "/setup/:secret", anyone, s.setupPage, limits{}},
		{post, "/setup/:secret", anyone, s.setup, limits{}},

		{get, "/users", manage, s.listUsers, limits{}},
		{post, "/users", manage, s.createUser, fresh},
		{get, "/users/new", manage, s.newUser, limits{}},
		{post, "/users/rules", may(account.SettingsManage), s.saveRules, fresh},
		{get, "/users/:id", manage, s.showUser, limits{}},
		{post, "/users/:id", manage, s.saveUser, fresh},
		{post, "/users/:id/disabled", manage, s.disableUser, fresh},
		{post, "/users/:id/link", manage, s.linkUser, fresh},
		{post, "/users/:id/cut", manage, s.cutUser, fresh},

		{get, accountPath, signedIn, s.accountPage, limits{}},
		{post, "/account/password", signedIn, s.changePassword, limits{}},
		{get, factorPath, signedIn, s.factorPage, limits{}},
		{post, factorPath, signedIn, s.confirmFactor, fresh},
		{post, "/account/factor/remove", signedIn, s.removeFactor, fresh},
		{post, "/account/sessions", signedIn, s.endSession, limits{}},
		{post, "/account/tokens", signedIn, s.createToken, fresh},
		{post, "/account/tokens/:token/revoke", signedIn, s.revokeToken, limits{}},
	}
}
