package amazon

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// tokenLife is how long an access token works.
const tokenLife = time.Hour

// token is Login with Amazon: a refresh token is exchanged for an access
// token, or client credentials for one that serves notifications only.
func (a *Account) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		lwaError(w, http.StatusBadRequest, "invalid_request", "The request is missing a required parameter, includes an unsupported parameter value, or is otherwise malformed")
		return
	}
	form := r.PostForm
	grant := form.Get("grant_type")
	switch {
	case grant == "":
		lwaError(w, http.StatusBadRequest, "invalid_request", "The request is missing a required parameter : grant_type")
	case grant != "refresh_token" && grant != "client_credentials":
		lwaError(w, http.StatusBadRequest, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server")
	case form.Get("client_id") != a.keys.clientID || form.Get("client_secret") != a.keys.clientSecret:
		lwaError(w, http.StatusUnauthorized, "invalid_client", "Client authentication failed")
	case grant == "client_credentials":
		if scope := form.Get("scope"); !strings.HasPrefix(scope, "sellingpartnerapi::") {
			lwaError(w, http.StatusBadRequest, "invalid_scope", "The requested scope is invalid")
			return
		}
		a.grant(w, "grantless", nil)
	case form.Get("refresh_token") == "":
		lwaError(w, http.StatusBadRequest, "invalid_request", "The request is missing a required parameter : refresh_token")
	case form.Get("refresh_token") != a.keys.refresh || a.shop.Faults().Revoked:
		lwaError(w, http.StatusBadRequest, "invalid_grant", "The request has an invalid grant parameter : refresh_token")
	default:
		a.grant(w, "seller", map[string]any{"refresh_token": a.keys.refresh})
	}
}

func (a *Account) grant(w http.ResponseWriter, kind string, more map[string]any) {
	expires := a.shop.Now().Add(tokenLife).Unix()
	body := map[string]any{
		"access_token": "Atza|" + a.seal(fmt.Appendf(nil, "%s %d", kind, expires)),
		"token_type":   "bearer",
		"expires_in":   int(tokenLife / time.Second),
	}
	for k, v := range more {
		body[k] = v
	}
	w.Header().Set("Cache-Control", "no-store")
	reply(w, http.StatusOK, body)
}

func lwaError(w http.ResponseWriter, status int, code, description string) {
	reply(w, status, map[string]string{"error": code, "error_description": description})
}

// checkToken says why a seller's access token is of no use; empty when it is.
func (a *Account) checkToken(token string) string {
	if token == "" {
		return "Access token is missing in the request header."
	}
	payload, ok := a.unseal(strings.TrimPrefix(token, "Atza|"))
	var kind string
	var expires int64
	if _, err := fmt.Sscanf(string(payload), "%s %d", &kind, &expires); !ok || err != nil || a.shop.Faults().Revoked {
		return "The access token you provided is revoked, malformed or invalid."
	}
	if !a.shop.Now().Before(time.Unix(expires, 0)) {
		return "The access token you provided has expired."
	}
	if kind != "seller" {
		return "The access token you provided is not authorized for this operation."
	}
	return ""
}
