package shopify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/sandbox/shop"
)

// pass is what an access token carries.
type pass struct {
	Expires int64 `json:"e"`
}

// exchange gives the app a token of a day for its own credentials.
func (st *Store) exchange(w http.ResponseWriter, r *http.Request) {
	var b struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		Grant        string `json:"grant_type"`
	}
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		_ = json.NewDecoder(r.Body).Decode(&b) // what is missing is refused below
	} else {
		b.ClientID, b.ClientSecret, b.Grant = r.PostFormValue("client_id"), r.PostFormValue("client_secret"), r.PostFormValue("grant_type")
	}
	fail := func(code, text string) {
		shop.Reply(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": text})
	}
	switch {
	case b.ClientID != st.keys.clientID:
		fail("application_cannot_be_found", "The application cannot be found.")
	case b.ClientSecret != st.keys.clientSecret || st.shop.Faults().Revoked:
		fail("invalid_client", "Client authentication failed.")
	case b.Grant != "client_credentials":
		fail("unsupported_grant_type", "The grant type is not supported.")
	default:
		token := "shpat_" + st.keys.seal.Seal(pass{st.shop.Now().Add(tokenLife).Unix()})
		shop.Reply(w, http.StatusOK, object{"access_token": token, "scope": strings.Join(st.scopes, ","), "expires_in": int(tokenLife / time.Second)})
	}
}

func (st *Store) knows(token string) bool {
	if st.shop.Faults().Revoked {
		return false
	}
	if token == st.keys.token {
		return true
	}
	text, ok := strings.CutPrefix(token, "shpat_")
	var p pass
	return ok && st.keys.seal.Open(text, &p) == nil && st.shop.Now().Unix() < p.Expires
}

// signedIn checks version, token, scope and bucket before it lets a call run.
func (st *Store) signedIn(run http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Shopify-API-Version", speak(r.PathValue("version")))
		if !st.knows(r.Header.Get("X-Shopify-Access-Token")) {
			refuse(w, http.StatusUnauthorized, "[API] Invalid API key or access token (unrecognized login or wrong password)")
			return
		}
		if scope := needed(r); scope != "" && !slices.Contains(st.scopes, scope) {
			refuse(w, http.StatusForbidden, "[API] This action requires merchant approval for "+scope+" scope.")
			return
		}
		wait, ok := st.limits.Take("rest", st.shop.Now())
		size, _ := st.limits.Rate("rest")
		w.Header().Set("X-Shopify-Shop-Api-Call-Limit", fmt.Sprintf("%d/%d", int(size.Burst)-st.limits.Level("rest"), int(size.Burst)))
		if !ok {
			tooMany(w, wait)
			return
		}
		run(w, r)
	}
}

// needed is the scope that a call asks for.
func needed(r *http.Request) string {
	_, path, _ := strings.Cut(r.Pattern, "{version}/")
	write := r.Method != http.MethodGet
	switch {
	case strings.Contains(path, "fulfillment") && write:
		return "write_merchant_managed_fulfillment_orders"
	case strings.HasPrefix(path, "orders") && write:
		return "write_orders"
	case strings.HasPrefix(path, "orders"):
		return "read_orders"
	}
	return ""
}
