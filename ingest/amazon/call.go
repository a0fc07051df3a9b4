package amazon

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

const (
	ordersPath = "/orders/2026-01-01/orders"
	userAgent  = "palmonas-crm/1.0 (Language=Go)"

	// What an answer shall hold: nothing optional comes without being asked for.
	dataPlain    = "PROCEEDS,CANCELLATION,FULFILLMENT,PACKAGES,PAYMENT"
	dataPersonal = "BUYER,RECIPIENT," + dataPlain
)

// personal remembers that the application has no role for personal data, so
// that not every scarce call is first refused. It asks again after a while,
// since roles can be granted.
type personal struct {
	mu     sync.Mutex
	denied time.Time
}

const personalRetry = time.Hour

func (s *personal) allowed(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	gone := now.Sub(s.denied)
	return s.denied.IsZero() || gone < 0 || gone >= personalRetry
}

func (s *personal) deny(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denied = now
}

// read gets orders with all the data the application's roles allow. An
// application without a role for personal data may be answered 403 when it
// asks for them; the orders are then read without.
func (p *Platform) read(ctx context.Context, op, path string, q url.Values, v any) error {
	with := func(data string) url.Values {
		out := url.Values{"includedData": {data}}
		for k, vs := range q {
			out[k] = vs
		}
		return out
	}
	if !p.personal.allowed(p.now()) {
		return p.get(ctx, op, path, with(dataPlain), v)
	}
	err := p.get(ctx, op, path, with(dataPersonal), v)
	if !forbidden(err) {
		return err
	}
	// The token is fresh from the first attempt, so no renewal again.
	res, plainErr := p.once(ctx, op, p.getter(path, with(dataPlain)))
	switch {
	case forbidden(plainErr):
		return err
	case plainErr != nil:
		return plainErr
	}
	p.personal.deny(p.now())
	return res.JSON(v)
}

// get makes one GET call and decodes the answer.
func (p *Platform) get(ctx context.Context, op, path string, q url.Values, v any) error {
	res, err := p.call(ctx, op, p.getter(path, q))
	if err != nil {
		return err
	}
	return res.JSON(v)
}

func (p *Platform) getter(path string, q url.Values) builder {
	return func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, p.set.base.String()+path+"?"+q.Encode(), nil)
	}
}

type builder func(context.Context) (*http.Request, error)

// call makes one call with a valid token. When Amazon refuses the token it is
// renewed once: tokens can be revoked before they end.
func (p *Platform) call(ctx context.Context, op string, build builder) (ingest.Response, error) {
	// Asked for before the call's own scarce permission is spent.
	token, err := p.tokens.Get(ctx)
	if err != nil {
		return ingest.Response{}, err
	}
	res, err := p.once(ctx, op, build)
	if !forbidden(err) {
		return res, err
	}
	p.tokens.Drop(token)
	if _, err := p.tokens.Get(ctx); err != nil {
		return ingest.Response{}, err
	}
	return p.once(ctx, op, build)
}

func (p *Platform) once(ctx context.Context, op string, build builder) (ingest.Response, error) {
	return p.client.Do(ctx, op, func(ctx context.Context) (*http.Request, error) {
		token, err := p.tokens.Get(ctx) // again, since waiting for a turn may take minutes
		if err != nil {
			return nil, err
		}
		req, err := build(ctx)
		if err != nil {
			return nil, err
		}
		req.Header.Set("x-amz-access-token", token)
		req.Header.Set("User-Agent", userAgent)
		req.Header.Set("Accept", "application/json")
		return req, nil
	})
}

// forbidden reports whether the platform refused the token or the role: SP-API
// answers 403 to both.
func forbidden(err error) bool {
	var status *ingest.StatusError
	return errors.As(err, &status) && (status.Status == http.StatusForbidden || status.Status == http.StatusUnauthorized)
}
