package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// Response is a complete answer with a 2xx status.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// JSON decodes the body into v, which must fit the whole of it. A web page, an
// empty or a broken answer is ErrTemporary, since platforms answer so when they
// are not well; a well-formed answer of another shape is a plain error. Numbers
// in an any become json.Number.
func (r Response) JSON(v any) error {
	if r.isWebPage() {
		return fmt.Errorf("%w: it sent a web page instead of data", ErrTemporary)
	}
	if len(bytes.TrimSpace(r.Body)) == 0 {
		return fmt.Errorf("%w: it sent an empty answer", ErrTemporary)
	}
	return decode(r.Body, v)
}

func decode(body []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	err := dec.Decode(v)
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("%w: it sent broken JSON: %w", ErrTemporary, err)
	case err != nil:
		return fmt.Errorf("unexpected answer: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("%w: it sent more than one JSON value", ErrTemporary)
	}
	return nil
}

func (r Response) isWebPage() bool {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && (t == "text/html" || t == "application/xhtml+xml") {
		return true
	}
	return bytes.HasPrefix(bytes.TrimLeft(r.Body, "\ufeff \t\r\n"), []byte("<"))
}

// failure is the outcome of a try that did not succeed, with what the retry
// loop needs to know.
type failure struct {
	err        error
	again      bool
	retryAfter time.Duration
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// refused sorts an answer without a 2xx status.
func (c *Client) refused(op string, req *http.Request, res Response, now time.Time) error {
	after := retryAfter(res.Header, now)
	if after > 0 {
		c.bucket(op).block(now.Add(after))
	}
	f := &failure{retryAfter: after}
	f.again = res.Status == http.StatusRequestTimeout || res.Status == http.StatusTooEarly ||
		res.Status == http.StatusTooManyRequests || res.Status >= 500
	// 429 is a healthy platform defending itself.
	c.breaker.note(now, !f.again || res.Status == http.StatusTooManyRequests)
	switch {
	case res.Status == http.StatusTooManyRequests:
		f.err = &LimitError{RetryAfter: c.bucket(op).empty(now)}
	case res.isWebPage() && res.Status/100 != 3:
		// Firewalls and proxies answer so; a 403 of theirs says nothing about
		// the credentials.
		f.err = fmt.Errorf("%w: HTTP %d with a web page from %s", ErrTemporary, res.Status, req.URL.Host)
	case res.Status/100 == 3:
		f.err = &StatusError{Status: res.Status, Message: "redirects are not followed; " + redirectHint(req, res)}
	default:
		f.err = &StatusError{Status: res.Status, Message: platformWords(res)}
	}
	return f
}

func redirectHint(req *http.Request, res Response) string {
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || to.String() == "" {
		return "check the channel's base URL"
	}
	to = req.URL.ResolveReference(to)
	return fmt.Sprintf("check the channel's base URL: %s://%s answers from %s://%s", req.URL.Scheme, req.URL.Host, to.Scheme, to.Host)
}

// platformWords is the message in an error body, in the spellings the
// platforms use, or the standard text of the status.
func platformWords(res Response) string {
	var body struct {
		Code, Message    any
		Error            any
		ErrorDescription any `json:"error_description"`
		Errors           any
	}
	if decode(res.Body, &body) == nil {
		for _, v := range []any{body.Message, body.ErrorDescription, body.Errors, body.Error, body.Code} {
			if text := firstText(v, 0); text != "" {
				return withoutSecrets(text)
			}
		}
	}
	return http.StatusText(res.Status)
}

// firstText finds the message in a value that may be a text, a list of errors
// or an object with a message.
func firstText(v any, depth int) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		if len(v) > 0 && depth < 3 {
			return firstText(v[0], depth+1)
		}
	case map[string]any:
		for _, k := range []string{"message", "description", "detail", "code"} {
			if text := firstText(v[k], depth+1); text != "" && depth < 3 {
				return text
			}
		}
	}
	return ""
}

// withoutSecrets keeps the plain words of a platform's message: no addresses,
// phone numbers, tokens or links, and not more than a line.
func withoutSecrets(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
	for i, w := range words {
		digits := strings.Count(strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return '0'
			}
			return r
		}, w), "0")
		if strings.ContainsAny(w, "@?=&") || strings.Contains(w, "://") || len(w) > 40 || digits >= 10 {
			words[i] = "…"
		}
	}
	line := []rune(strings.Join(words, " "))
	if len(line) > 200 {
		line = append(line[:199], '…')
	}
	return string(line)
}
