package swiggy

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

// exchange gets an access token by client credentials.
func (p *Platform) exchange(ctx context.Context) (string, time.Duration, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {p.set.clientID}, "client_secret": {p.set.clientSecret}}.Encode()
	res, err := p.client.Do(ingest.Repeatable(ctx), "token", func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.set.base.String()+tokenPath, strings.NewReader(form))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Accept", "application/json")
		return req, nil
	})
	if refusedStatus(err) == http.StatusBadRequest {
		// OAuth answers 400 for credentials it does not accept.
		err = fmt.Errorf("%w: %w", ingest.ErrAuth, err)
	}
	var answer struct {
		AccessToken text        `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"`
	}
	if err == nil {
		err = res.JSON(&answer)
	}
	if err == nil && answer.AccessToken == "" {
		err = fmt.Errorf("%w: it sent no access token", ingest.ErrTemporary)
	}
	if err != nil {
		return "", 0, fmt.Errorf("access token: %w", err)
	}
	life := assumedLife
	if s, err := answer.ExpiresIn.Int64(); err == nil && s > 0 && s < 366*24*3600 {
		life = time.Duration(s) * time.Second
	}
	return string(answer.AccessToken), life, nil
}

// message is one request. All may be sent again: they read, or carry a key by
// which Swiggy knows a repeat.
type message struct {
	path string
	id   string // of the request, echoed in the answer
	once string // empty for reading
	body any
}

// call makes one call with a valid token and decodes the answer's response. A
// refused token is renewed once, where there is another to be had.
func (p *Platform) call(ctx context.Context, m message, response any) error {
	_, err := p.callHead(ctx, m, response)
	return err
}

// callHead is call with the answer's header.
func (p *Platform) callHead(ctx context.Context, m message, response any) (http.Header, error) {
	body, err := json.Marshal(m.body)
	if err != nil {
		return nil, err
	}
	var res ingest.Response
	for try := range 2 {
		token := p.set.token
		if p.tokens != nil {
			if token, err = p.tokens.Get(ctx); err != nil {
				return nil, err
			}
		}
		res, err = p.client.Do(ingest.Repeatable(ctx), opAny, func(ctx context.Context) (*http.Request, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.set.base.String()+m.path, bytes.NewReader(body))
			if err != nil {
				return nil, err
			}
			req.Header.Set("Authorization", "Bearer "+token)
			req.Header.Set("Accept", "application/json")
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set(headerMerchant, p.set.merchant)
			req.Header.Set(headerRequest, m.id)
			if m.once != "" {
				req.Header.Set(headerOnce, m.once)
			}
			return req, nil
		})
		if err == nil {
			break
		}
		var status *ingest.StatusError
		if try > 0 || p.tokens == nil || !errors.As(err, &status) || status.Status != http.StatusUnauthorized {
			return nil, err
		}
		p.tokens.Drop(token)
	}
	return res.Header, open(res, response)
}

// open takes an answer out of its envelope. A failure may come with any HTTP
// status.
func open(res ingest.Response, response any) error {
	var e envelope
	if err := res.JSON(&e); err != nil {
		return err
	}
	switch {
	case e.Error != nil:
		return failure(string(e.Error.Code), shorten(clean(string(e.Error.Message))))
	case len(e.Response) == 0 || string(e.Response) == "null":
		return fmt.Errorf("%w: its answer holds no response", ingest.ErrTemporary)
	}
	return ingest.Response{Header: res.Header, Body: e.Response}.JSON(response)
}

// shorten keeps a message of the platform's to a line.
func shorten(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:199]) + "…"
	}
	return s
}

// newRequestID makes an id that no other request has.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // does not fail
	return uuid(b)
}

// uuid writes 16 bytes as a version 4 UUID.
func uuid(b [16]byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
