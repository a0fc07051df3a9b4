package shopify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

const (
	// renewBefore is how long before its end a token is no longer handed out.
	renewBefore = 5 * time.Minute
	// assumedLife stands in for an answer that names no lifetime; Shopify's
	// tokens live a day.
	assumedLife = 24 * time.Hour
	// statusBlocked is Shopify's own: it takes the calls for an attack.
	statusBlocked = 430
)

// exchanger gets a token for an app's own credentials; there is no refresh
// token, one asks again.
type exchanger struct {
	client *ingest.Client
	set    settings
}

func (x exchanger) token(ctx context.Context) (string, time.Duration, error) {
	form := url.Values{"client_id": {x.set.clientID}, "client_secret": {x.set.clientSecret}, "grant_type": {"client_credentials"}}
	to := x.set.base.JoinPath("admin", "oauth", "access_token").String()
	// An exchange can be repeated: it revokes nothing.
	res, err := x.client.Do(ingest.Repeatable(ctx), "token", func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Accept", "application/json")
		return req, nil
	})
	var status *ingest.StatusError
	if errors.As(err, &status) && status.Status == http.StatusBadRequest {
		// OAuth answers 400 for credentials it does not accept.
		return "", 0, fmt.Errorf("access token: %w: %w", ingest.ErrAuth, err)
	}
	if err != nil {
		return "", 0, fmt.Errorf("access token: %w", err)
	}
	var answer struct {
		AccessToken string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"`
	}
	if err := res.JSON(&answer); err != nil {
		return "", 0, fmt.Errorf("access token: %w", err)
	}
	if answer.AccessToken == "" {
		return "", 0, fmt.Errorf("access token: %w: it sent none", ingest.ErrTemporary)
	}
	life := assumedLife
	if s, err := answer.ExpiresIn.Int64(); err == nil && s > 0 && s < 30*24*3600 {
		life = time.Duration(s) * time.Second
	}
	return answer.AccessToken, life, nil
}

func (a *Adapter) token(ctx context.Context) (string, error) {
	if a.tokens == nil {
		return a.set.accessToken, nil
	}
	return a.tokens.Get(ctx)
}

// get reads a resource, named without its .json, into v.
func (a *Adapter) get(ctx context.Context, path string, q url.Values, v any) (ingest.Response, error) {
	return a.call(ctx, http.MethodGet, path, q, nil, v)
}

// post sends body and reads the answer into v, unless that is nil.
func (a *Adapter) post(ctx context.Context, path string, body, v any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = a.call(ctx, http.MethodPost, path, nil, b, v)
	return err
}

// call makes one call with a valid token. When the store refuses the token it
// is renewed once: an app can be installed anew.
func (a *Adapter) call(ctx context.Context, method, path string, q url.Values, body []byte, v any) (ingest.Response, error) {
	token, err := a.token(ctx)
	if err != nil {
		return ingest.Response{}, err
	}
	res, err := a.once(ctx, method, path, q, body)
	var status *ingest.StatusError
	if a.tokens != nil && errors.As(err, &status) && status.Status == http.StatusUnauthorized {
		a.tokens.Drop(token)
		res, err = a.once(ctx, method, path, q, body)
	}
	if errors.As(err, &status) && status.Status == statusBlocked {
		err = fmt.Errorf("%w: %w", ingest.ErrTemporary, err)
	}
	if err != nil || v == nil {
		return res, err
	}
	return res, res.JSON(v)
}

func (a *Adapter) once(ctx context.Context, method, path string, q url.Values, body []byte) (ingest.Response, error) {
	to := *a.set.base.JoinPath("admin", "api", a.set.version, path+".json")
	to.RawQuery = q.Encode()
	return a.client.Do(ctx, opAdmin, func(ctx context.Context) (*http.Request, error) {
		token, err := a.token(ctx) // again, since waiting for a turn may take long
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, method, to.String(), bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("X-Shopify-Access-Token", token)
		req.Header.Set("Accept", "application/json")
		if body != nil {
			req.Header.Set("Content-Type", "application/json")
		}
		return req, nil
	})
}
