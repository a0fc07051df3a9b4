package amazon

import (
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
	// renewBefore is how long before its end a token is no longer handed out,
	// so that it does not run out on the way.
	renewBefore = 5 * time.Minute
	// assumedLife stands in for an answer that names no lifetime; Amazon's
	// tokens live an hour.
	assumedLife = time.Hour
)

// exchanger gets access tokens for the seller's refresh token (Login with
// Amazon).
type exchanger struct {
	client *ingest.Client
	url    string
	form   string
}

func newExchanger(set settings, client *ingest.Client) exchanger {
	form := url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {set.refreshToken},
		"client_id":     {set.clientID},
		"client_secret": {set.clientSecret},
	}
	return exchanger{client: client, url: set.tokenURL, form: form.Encode()}
}

func (x exchanger) token(ctx context.Context) (string, time.Duration, error) {
	token, life, err := x.exchange(ctx)
	if err != nil {
		return "", 0, fmt.Errorf("access token: %w", err)
	}
	return token, life, nil
}

func (x exchanger) exchange(ctx context.Context) (token string, life time.Duration, err error) {
	// An exchange can be repeated: it revokes nothing.
	res, err := x.client.Do(ingest.Repeatable(ctx), "token", func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, x.url, strings.NewReader(x.form))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
		req.Header.Set("User-Agent", userAgent)
		return req, nil
	})
	var status *ingest.StatusError
	if errors.As(err, &status) && status.Status == http.StatusBadRequest {
		// OAuth answers 400 for credentials it does not accept.
		return "", 0, fmt.Errorf("%w: %w", ingest.ErrAuth, err)
	}
	if err != nil {
		return "", 0, err
	}
	var answer struct {
		AccessToken string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"`
	}
	if err := res.JSON(&answer); err != nil {
		return "", 0, err
	}
	if answer.AccessToken == "" {
		return "", 0, fmt.Errorf("%w: it sent no access token", ingest.ErrTemporary)
	}
	life = assumedLife
	if s, err := answer.ExpiresIn.Int64(); err == nil && s > 0 && s < 7*24*3600 {
		life = time.Duration(s) * time.Second
	}
	return answer.AccessToken, life, nil
}
