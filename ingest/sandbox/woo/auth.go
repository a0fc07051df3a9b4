package woo

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // OAuth 1.0a names it
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// signedIn lets a request through that carries the key pair: as HTTP Basic, in
// the query, or as the one-legged OAuth 1.0a signature that clients use over
// plain HTTP.
func (st *Store) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if f := st.authenticate(r); f != nil {
			f.write(w)
			return
		}
		st.address(r) // links in the answer lead where the client came to
		next(w, r)
	}
}

func (st *Store) authenticate(r *http.Request) *fault {
	q := r.URL.Query()
	key, secret, basic := r.BasicAuth()
	switch {
	case basic:
	case q.Has("consumer_key"):
		key, secret = q.Get("consumer_key"), q.Get("consumer_secret")
	case q.Has("oauth_consumer_key"):
		return st.oauth(r, q)
	default:
		return notAllowed(r.Method)
	}
	switch {
	case key != st.keys.consumer || st.shop.Faults().Revoked:
		return newFault(http.StatusUnauthorized, "woocommerce_rest_authentication_error", "Consumer key is invalid.")
	case secret != st.keys.secret:
		return newFault(http.StatusUnauthorized, "woocommerce_rest_authentication_error", "Consumer secret is invalid.")
	}
	return nil
}

// notAllowed is what somebody without a key is told.
func notAllowed(method string) *fault {
	switch method {
	case http.MethodGet, http.MethodHead:
		return newFault(http.StatusUnauthorized, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
	case http.MethodPost:
		return newFault(http.StatusUnauthorized, "woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources.")
	}
	return newFault(http.StatusUnauthorized, "woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource.")
}

// oauthWindow is how far a timestamp may be off, in seconds.
const oauthWindow = 15 * 60

func (st *Store) oauth(r *http.Request, q url.Values) *fault {
	denied := func(message string) *fault {
		return newFault(http.StatusUnauthorized, "woocommerce_rest_authentication_error", message)
	}
	var algorithm func() hash.Hash
	switch q.Get("oauth_signature_method") {
	case "HMAC-SHA1":
		algorithm = sha1.New
	case "HMAC-SHA256":
		algorithm = sha256.New
	default:
		return denied("Invalid signature - signature method is invalid.")
	}
	if q.Get("oauth_consumer_key") != st.keys.consumer || st.shop.Faults().Revoked {
		return denied("Consumer key is invalid.")
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	mac := hmac.New(algorithm, []byte(st.keys.secret+"&"))
	mac.Write([]byte(r.Method + "&" + percent(scheme+"://"+r.Host+path) + "&" + percent(normalised(q))))
	given, err := base64.StdEncoding.DecodeString(q.Get("oauth_signature"))
	if err != nil || !hmac.Equal(given, mac.Sum(nil)) {
		return denied("Invalid signature - provided signature does not match.")
	}
	now := st.shop.Now().Unix()
	at, err := strconv.ParseInt(q.Get("oauth_timestamp"), 10, 64)
	if err != nil || math.Abs(float64(now-at)) > oauthWindow {
		return denied("Invalid timestamp.")
	}
	if !st.freshNonce(q.Get("oauth_nonce"), at, now) {
		return denied("Invalid nonce - nonce has already been used.")
	}
	return nil
}

// freshNonce remembers a nonce as long as its timestamp is acceptable.
func (st *Store) freshNonce(nonce string, at, now int64) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	if _, used := st.nonces[nonce]; used || nonce == "" {
		return false
	}
	for n, t := range st.nonces {
		if now-t > oauthWindow {
			delete(st.nonces, n)
		}
	}
	st.nonces[nonce] = at
	return true
}

// normalised is the parameter string of RFC 5849 §3.4.1.3.2: sorted by name,
// then by value. As in PHP the last value of a name counts, unless it is a
// list: WooCommerce's own JavaScript client sends each parameter twice.
func normalised(q url.Values) string {
	var pairs [][2]string
	for name, values := range q {
		if name == "oauth_signature" {
			continue
		}
		if !strings.HasSuffix(name, "[]") {
			values = values[len(values)-1:]
		}
		for _, v := range values {
			pairs = append(pairs, [2]string{percent(name), percent(v)})
		}
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	pairs = slices.Compact(pairs)
	var text strings.Builder
	for i, p := range pairs {
		if i > 0 {
			text.WriteByte('&')
		}
		text.WriteString(p[0] + "=" + p[1])
	}
	return text.String()
}

// percent is the encoding of RFC 5849 §3.6.
func percent(s string) string {
	return strings.NewReplacer("+", "%20", "%7E", "~").Replace(url.QueryEscape(s))
}
