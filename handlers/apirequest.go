package handlers

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"github.com/palmonas/palmonas-crm/order"
)

// readJSON reads the body of an API request into v, a struct that has every
// member the route takes and no other. Members that it lacks, wrong types and
// members given twice are order.FieldErrors (422), anything that is not JSON is
// errUnreadable (400). Nothing is ever taken from the address.
//
// It is not encoding/json because that takes the last of two members with one
// name, ignores the case of names and repairs broken text: a proxy, the log and
// we would read different requests (RFC 8259 §4, N-26).
func readJSON(c echo.Context, v any) error {
	body, err := jsonBody(c)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		return errUnreadable
	}
	return readInto(body, v)
}

// jsonBody is the body of a write, which may be empty where a route takes none.
func jsonBody(c echo.Context) ([]byte, error) {
	r := c.Request()
	if len(r.URL.RawQuery) > 0 {
		return nil, fieldFault("query", "This address takes no parameters; they belong into the body.")
	}
	body, err := io.ReadAll(r.Body)
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return nil, err
	}
	if err != nil {
		return nil, errUnreadable
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if len(body) > 0 && (err != nil || kind != echo.MIMEApplicationJSON) {
		return nil, errMediaType
	}
	return body, nil
}

// noBody is for writes that say everything with their address.
func noBody(c echo.Context) error {
	body, err := jsonBody(c)
	if err != nil || len(body) == 0 {
		return err
	}
	return readInto(body, &struct{}{})
}

// readInto looks at the form of the whole text first, so that what is not JSON
// is never called a wrong member.
func readInto(body []byte, v any) error {
	var text jsontext.Value
	if err := json.Unmarshal(body, &text); err != nil {
		return jsonFault(err)
	}
	return jsonFault(json.Unmarshal(body, v, json.RejectUnknownMembers(true)))
}

// jsonFault words what was wrong with a body.
func jsonFault(err error) error {
	var syntax *jsontext.SyntacticError
	var meaning *json.SemanticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return fieldFault(jsonField(syntax.JSONPointer), "This was given more than once.")
		}
		return errUnreadable
	case errors.As(err, &meaning):
		return fieldFault(jsonField(meaning.JSONPointer), jsonWords(meaning))
	}
	return errUnreadable
}

// jsonField is a place inside a body as an error names it: items.0.sku.
func jsonField(p jsontext.Pointer) string {
	var parts []string
	for name := range p.Tokens() {
		parts = append(parts, printable(name))
	}
	if len(parts) == 0 {
		return "body"
	}
	return strings.Join(parts, ".")
}

func jsonWords(e *json.SemanticError) string {
	var parse *time.ParseError
	switch {
	case errors.Is(e, json.ErrUnknownName):
		return "There is no such field."
	case e.GoType == reflect.TypeFor[order.Money](), errors.Is(e, order.ErrAmount), errors.Is(e, order.ErrOverflow):
		return `This is no amount of money; write {"amount":"1299.00","currency":"INR"}.`
	case errors.As(e.Err, &parse), e.GoType != nil && e.GoType == reflect.TypeFor[time.Time]():
		return "Write a time as 2026-11-30T10:15:00Z."
	case e.GoType == nil:
		return "This is not what belongs here."
	}
	switch e.GoType.Kind().String() {
	case "string":
		return "Write text here."
	case "int", "int64":
		return "Write a whole number here."
	case "bool":
		return "Write true or false here."
	case "slice":
		return "Write a list here."
	}
	return "Write an object here."
}

// tag is the entity tag of a stored version.
func tag(version int64) string { return fmt.Sprintf("%q", "v"+strconv.FormatInt(version, 10)) }

// seenVersion is the version that a write was made for: of If-Match, of the
// body, or of both when they agree; zero when neither tells.
func seenVersion(c echo.Context, inBody int64) (int64, error) {
	if inBody < 0 {
		return 0, fieldFault("version", "Versions count from 1.")
	}
	all := c.Request().Header.Values("If-Match")
	if len(all) == 0 || len(all) == 1 && strings.TrimSpace(all[0]) == "*" {
		return inBody, nil
	}
	text, ok := strings.CutPrefix(strings.Trim(strings.TrimSpace(all[0]), `"`), "v")
	v, err := strconv.ParseInt(text, 10, 64)
	if len(all) > 1 || !ok || err != nil || v < 1 || tag(v) != strings.TrimSpace(all[0]) {
		return 0, errStaleTag // a tag that we never gave matches nothing
	}
	if inBody != 0 && inBody != v {
		return 0, fieldFault("version", "The body and If-Match name different versions.")
	}
	return v, nil
}

// withTag answers with the version as entity tag, or 304 when the client has it.
func withTag(c echo.Context, status int, version int64, body any) error {
	t := tag(version)
	c.Response().Header().Set("ETag", t)
	if m := c.Request().Method; m == http.MethodGet || m == http.MethodHead {
		for one := range strings.SplitSeq(c.Request().Header.Get("If-None-Match"), ",") {
			if one = strings.TrimSpace(one); one == t || one == "W/"+t {
				return c.NoContent(http.StatusNotModified)
			}
		}
	}
	return c.JSON(status, body)
}
