package handlers

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
)

// token is that of a login of somebody.
func (a *app) token(name string) string {
	a.t.Helper()
	u, err := a.store.Users().Get(a.t.Context(), account.ID("u-"+name))
	if err != nil {
		a.t.Fatal(err)
	}
	text, _, err := a.srv.tokens.Begin(u)
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}

// personal is a personal access token of somebody.
func (a *app) personal(name string, scopes ...account.Permission) string {
	a.t.Helper()
	u, err := a.store.Users().Get(a.t.Context(), account.ID("u-"+name))
	if err != nil {
		a.t.Fatal(err)
	}
	text, _, err := a.srv.tokens.Create(a.t.Context(), u, "test", scopes, a.clock.now().Add(24*time.Hour))
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}

// program is a client of the API. It has no cookies and says nothing of where
// it comes from.
type program struct {
	a      *app
	client *http.Client
	token  string
	header http.Header
}

func (a *app) program(token string) *program {
	return &program{a: a, client: &http.Client{Timeout: 30 * time.Second}, token: token, header: http.Header{}}
}

// api is a program that uses a login's token of somebody.
func (a *app) api(name string) *program { a.t.Helper(); return a.program(a.token(name)) }

// with is the program with one more header.
func (p *program) with(name, value string) *program {
	q := *p
	q.header = p.header.Clone()
	q.header.Add(name, value)
	return &q
}

// send sends a request and checks that the answer is as openapi.yaml describes; the body is what becomes JSON, or a text that is sent
// as it stands.
func (p *program) send(method, path string, body any) answer {
	p.a.t.Helper()
	var sent []byte
	switch b := body.(type) {
	case nil:
	case string:
		sent = []byte(b)
	default:
		var err error
		if sent, err = json.Marshal(body); err != nil {
			p.a.t.Fatal(err)
		}
	}
	var in io.Reader
	if body != nil {
		in = bytes.NewReader(sent)
	}
	r, err := http.NewRequestWithContext(p.a.t.Context(), method, p.a.http.URL+path, in)
	if err != nil {
		p.a.t.Fatal(err)
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	for name, values := range p.header {
		r.Header[name] = values
	}
	res, err := p.client.Do(r)
	if err != nil {
		p.a.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.a.t.Fatal(err)
	}
	got := answer{res.StatusCode, res.Header, string(text)}
	describedAPI(p.a.t).checkAnswer(p.a.t, method, path, sent, got)
	return got
}

func (p *program) get(path string) answer { p.a.t.Helper(); return p.send(http.MethodGet, path, nil) }

func (p *program) put(path string, body any) answer {
	p.a.t.Helper()
	return p.send(http.MethodPut, path, body)
}

func (p *program) post(path string, body any) answer {
	p.a.t.Helper()
	return p.send(http.MethodPost, path, body)
}

func (p *program) del(path string) answer {
	p.a.t.Helper()
	return p.send(http.MethodDelete, path, nil)
}

// read decodes the answer.
func (x answer) read(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(x.body), v); err != nil {
		t.Fatalf("%v\n%s", err, x.body)
	}
}

// object is the members of the answer.
func (x answer) object(t testing.TB) map[string]any {
	t.Helper()
	var m map[string]any
	x.read(t, &m)
	return m
}

// testKeys seals for a test.
func testKeys(t testing.TB) *channel.Keyring {
	t.Helper()
	keys, err := channel.NewKeyring(bytes.Repeat([]byte{7}, channel.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
