package flipkart

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

const (
	tokenPath = "/oauth-service/oauth/token" //nolint:gosec // an address
	sellers   = "/sellers"
	readPath  = "/v3/shipments"
	listPath  = "/v3/shipments/filter"

	// Tokens live about 60 days.
	renewBefore = time.Hour
	assumedLife = 24 * time.Hour
)

// exchange gets an access token for the seller's own application.
func (p *Platform) exchange(ctx context.Context) (string, time.Duration, error) {
	q := url.Values{"grant_type": {"client_credentials"}, "scope": {"Seller_Api"}}
	res, err := p.client.Do(ctx, "token", func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.set.base.String()+tokenPath+"?"+q.Encode(), nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(p.set.appID+":"+p.set.appSecret)))
		req.Header.Set("Accept", "application/json")
		return req, nil
	})
	if refusedStatus(err) == http.StatusBadRequest {
		// OAuth answers 400 for credentials it does not accept.
		err = fmt.Errorf("%w: %w", ingest.ErrAuth, err)
	}
	var answer struct {
		AccessToken string      `json:"access_token"`
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
	return answer.AccessToken, life, nil
}

// get reads path, which may carry a query, below the seller prefix.
func (p *Platform) get(ctx context.Context, op, path string, v any) (http.Header, error) {
	return p.call(ctx, op, http.MethodGet, path, nil, v)
}

// post sends a body; it is repeated after a failure only when the context says
// that it may be.
func (p *Platform) post(ctx context.Context, op, path string, body, v any) error {
	_, err := p.send(ctx, op, path, body, v)
	return err
}

func (p *Platform) send(ctx context.Context, op, path string, body, v any) (http.Header, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return p.call(ctx, op, http.MethodPost, path, b, v)
}

// call makes one call with a valid token. A refused token is renewed once.
func (p *Platform) call(ctx context.Context, op, method, path string, body []byte, v any) (http.Header, error) {
	var res ingest.Response
	for try := range 2 {
		token, err := p.tokens.Get(ctx)
		if err != nil {
			return nil, err
		}
		res, err = p.client.Do(ctx, op, func(ctx context.Context) (*http.Request, error) {
			req, err := http.NewRequestWithContext(ctx, method, p.set.base.String()+sellers+path, bytes.NewReader(body))
			if err != nil {
				return nil, err
			}
			req.Header.Set("Authorization", "Bearer "+token)
			req.Header.Set("Accept", "application/json")
			if body != nil {
				req.Header.Set("Content-Type", "application/json")
			}
			return req, nil
		})
		if err == nil {
			break
		}
		var status *ingest.StatusError
		if try > 0 || !errors.As(err, &status) || status.Status != http.StatusUnauthorized {
			return nil, err
		}
		p.tokens.Drop(token)
	}
	return res.Header, res.JSON(v)
}
