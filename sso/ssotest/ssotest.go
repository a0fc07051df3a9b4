// Package ssotest is a provider of OpenID Connect for tests: a real HTTP server
// with keys of its own that can be told to lie.
package ssotest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// What the provider knows its client by.
const (
	ClientID = "palmonas-desk"
	Secret   = "a secret that only both know"
)

// Provider is the server. Its fields may be changed before a request.
type Provider struct {
	t      testing.TB
	http   *httptest.Server
	key    *rsa.PrivateKey
	forger *rsa.PrivateKey
	now    func() time.Time

	mu    sync.Mutex
	codes map[string]grant
	down  bool
	asked int // for what it offers
	// claims are merged over the usual ones; a nil value leaves a claim out.
	claims map[string]any
	forged bool
	info   map[string]any
}

type grant struct{ challenge, nonce, redirect string }

// New starts a provider that ends with the test.
func New(t testing.TB, now func() time.Time) *Provider {
	t.Helper()
	p := &Provider{t: t, now: now, codes: map[string]grant{}, claims: map[string]any{}}
	for _, k := range []**rsa.PrivateKey{&p.key, &p.forger} {
		var err error
		if *k, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			t.Fatal(err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userinfo)
	p.http = httptest.NewServer(mux)
	t.Cleanup(p.http.Close)
	return p
}

// Issuer is the provider's address.
func (p *Provider) Issuer() string { return p.http.URL }

// Says sets claims of the tokens that are made from now on.
func (p *Provider) Says(claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.claims = claims
}

// Tells sets what the address of the user's data says.
func (p *Provider) Tells(claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.info = claims
}

// Down makes the provider answer nothing but errors, or work again.
func (p *Provider) Down(is bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = is
}

// Forges signs with a key that is not the provider's.
func (p *Provider) Forges(is bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forged = is
}

// Asked counts how often what the provider offers was asked for.
func (p *Provider) Asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.down {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	p.answer(w, map[string]any{
		"issuer": p.http.URL, "authorization_endpoint": p.http.URL + "/authorize", "token_endpoint": p.http.URL + "/token",
		"jwks_uri": p.http.URL + "/keys", "userinfo_endpoint": p.http.URL + "/userinfo", "end_session_endpoint": p.http.URL + "/leave",
		"id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"},
		"subject_types_supported": []string{"public"}, "code_challenge_methods_supported": []string{"S256"},
	})
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	b64 := base64.RawURLEncoding
	p.answer(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1",
		"n": b64.EncodeToString(p.key.N.Bytes()), "e": b64.EncodeToString(big.NewInt(int64(p.key.E)).Bytes())}}})
}

// authorize signs everybody in at once and sends them back with a code.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" {
		http.Error(w, "not a request of the code flow with PKCE", http.StatusBadRequest)
		return
	}
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil {
		http.Error(w, "redirect_uri", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = grant{q.Get("code_challenge"), q.Get("nonce"), q.Get("redirect_uri")}
	p.mu.Unlock()
	back.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}, "session_state": {"x"}}.Encode()
	w.Header().Set("Location", back.String()) // wherever the test says
	w.WriteHeader(http.StatusFound)
}

// token takes each code once, from the client that has the verifier.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, ok := r.BasicAuth()
	if !ok {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if q, err := url.QueryUnescape(secret); err == nil {
		secret = q
	}
	g, known := p.codes[r.PostFormValue("code")]
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if id != ClientID || secret != Secret || !known || g.redirect != r.PostFormValue("redirect_uri") ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		p.encode(w, map[string]any{"error": "invalid_grant"})
		return
	}
	delete(p.codes, r.PostFormValue("code"))
	now := p.now()
	claims := jwt.MapClaims{"iss": p.http.URL, "sub": "s-1", "aud": ClientID, "exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix(),
		"nonce": g.nonce, "email_verified": true, "auth_time": now.Unix()}
	for k, v := range p.claims {
		claims[k] = v
		if v == nil {
			delete(claims, k)
		}
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = "1"
	key := p.key
	if p.forged {
		key = p.forger
	}
	signed, err := token.SignedString(key)
	if err != nil {
		p.t.Error(err)
	}
	p.answer(w, map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": signed})
}

func (p *Provider) userinfo(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer(w, p.info)
}

func (p *Provider) answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	p.encode(w, v)
}

func (p *Provider) encode(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}
