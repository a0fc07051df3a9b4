package amazon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
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

// tokens exchanges the seller's refresh token for short-lived access tokens
// (Login with Amazon). Safe for concurrent use, with one exchange in flight.
type tokens struct {
	client *ingest.Client
	url    string
	form   string
	now    func() time.Time

	// turn holds one value; who takes it may exchange. A channel rather than a
	// mutex, so that waiting ends with the caller's context.
	turn chan struct{}

	mu      sync.Mutex
	current string
	until   time.Time
}

func newTokens(set settings, client *ingest.Client, now func() time.Time) *tokens {
	form := url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {set.refreshToken},
		"client_id":     {set.clientID},
		"client_secret": {set.clientSecret},
	}
	t := &tokens{client: client, url: set.tokenURL, form: form.Encode(), now: now, turn: make(chan struct{}, 1)}
	t.turn <- struct{}{}
	return t
}

// get returns a token that is good for some minutes.
func (t *tokens) get(ctx context.Context) (string, error) {
	if token, ok := t.cached(); ok {
		return token, nil
	}
	select {
	case <-t.turn:
		defer func() { t.turn <- struct{}{} }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if token, ok := t.cached(); ok {
		return token, nil // another caller renewed it while we waited
	}
	token, life, err := t.exchange(ctx)
	if err != nil {
		return "", fmt.Errorf("access token: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current, t.until = token, t.now().Add(life-min(renewBefore, life/2))
	return token, nil
}

func (t *tokens) cached() (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current, t.current != "" && t.now().Before(t.until)
}

// drop forgets a token that the platform refused, unless it was replaced
// meanwhile.
func (t *tokens) drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == token {
		t.current = ""
	}
}

func (t *tokens) exchange(ctx context.Context) (token string, life time.Duration, err error) {
	// An exchange can be repeated: it revokes nothing.
	res, err := t.client.Do(ingest.Repeatable(ctx), "token", func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, strings.NewReader(t.form))
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
