package blinkit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

// get reads a path, which may carry a query, and decodes the answer's data.
func (p *Platform) get(ctx context.Context, path string, data any) error {
	return p.call(ctx, http.MethodGet, path, nil, "", data)
}

// call makes one call. A body is sent under a key by which Blinkit knows a
// repeat, so that it may be sent again when an answer was lost.
func (p *Platform) call(ctx context.Context, method, path string, body []byte, once string, data any) error {
	res, err := p.client.Do(ingest.Repeatable(ctx), opAny, func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, method, p.set.base.String()+path, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", "application/json")
		req.Header.Set(headerKey, p.set.apiKey)
		req.Header.Set(headerVendor, p.set.vendorID)
		if body != nil {
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set(headerOnce, once)
		}
		return req, nil
	})
	if err != nil {
		return err
	}
	var e envelope
	if err := res.JSON(&e); err != nil {
		return err
	}
	switch {
	case e.Success == nil:
		return fmt.Errorf("%w: its answer does not say whether it succeeded", ingest.ErrTemporary)
	case !*e.Success:
		return e.failure(res.Header)
	case data == nil:
		return nil
	}
	return ingest.Response{Header: res.Header, Body: e.Data}.JSON(data)
}

// failure reads an answer that is one although its HTTP status is not.
func (e envelope) failure(h http.Header) error {
	var data failureData
	_ = json.Unmarshal(e.Data, &data) // without codes the message must do
	code, message := "", shorten(clean(string(e.Message)))
	if len(data.Errors) > 0 {
		code = data.Errors[0].Code
	}
	after, err := strconv.ParseFloat(h.Get("Retry-After"), 64)
	if err != nil || !(after > 0 && after < 24*3600) {
		after = 0
	}
	return failure(code, message, time.Duration(after*float64(time.Second)))
}

// shorten keeps a message of the platform's to a line.
func shorten(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:199]) + "…"
	}
	return s
}
