package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
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
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
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
		code, words := platformWords(res)
		f.err = &StatusError{Status: res.Status, Code: code, Message: words}
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

// platformWords is the code and the message in an error body, in the spellings
// that platforms use; the standard text of the status is better than nothing.
func platformWords(res Response) (code, words string) {
	var body struct {
		Code             any `json:"code"`
		Message          any `json:"message"`
		Error            any `json:"error"`
		ErrorDescription any `json:"error_description"`
		Errors           any `json:"errors"`
	}
	words = http.StatusText(res.Status)
	if decode(res.Body, &body) != nil {
		return "", words
	}
	for _, v := range []any{body.Code, body.Errors, body.Error} {
		if code = firstText(v, "code"); code != "" {
			break
		}
	}
	for _, v := range []any{body.Message, body.ErrorDescription, body.Errors, body.Error, body.Code} {
		if text := firstText(v, "message", "description", "detail", "code"); text != "" {
			words = withoutSecrets(text)
			break
		}
	}
	if text := fieldText(body.Errors); text != "" {
		words = withoutSecrets(text)
	}
	return withoutSecrets(code), words
}

// fieldText is the first message of an object that lists messages by field, as
// in {"base":["already cancelled"]}; empty for anything else.
func fieldText(v any) string {
	object, _ := v.(map[string]any)
	for _, field := range slices.Sorted(maps.Keys(object)) {
		list, _ := object[field].([]any)
		if len(list) == 0 {
			continue
		}
		if text, ok := list[0].(string); ok && text != "" {
			if field == "base" {
				return text
			}
			return field + " " + text
		}
	}
	return ""
}

// firstText is v if it is a text, else the first of the named members of the
// object, or of the first object of the list, that v is.
func firstText(v any, names ...string) string {
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	if object, ok := v.(map[string]any); ok {
		for _, name := range names {
			if text, ok := object[name].(string); ok && text != "" {
				return text
			}
		}
	}
	text, _ := v.(string)
	return text
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
