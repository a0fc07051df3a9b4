package openapi

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// maxDepth keeps the table of a body readable; what lies deeper is named by
// its type.
const maxDepth = 4

// fields lists the members of a schema, those of objects inside it too.
func (s *spec) fields(prefix string, x schema, depth int) ([]Field, error) {
	x, err := s.resolve(x)
	if err != nil || depth > maxDepth {
		return nil, err
	}
	if x, err = s.some(x); err != nil {
		return nil, err
	}
	if x.Items != nil {
		return s.fields(prefix+"[]", *x.Items, depth+1)
	}
	var out []Field
	for _, p := range x.Properties {
		kind, err := s.typeOf(p.Value)
		if err != nil {
			return nil, err
		}
		full, err := s.resolve(p.Value)
		if err != nil {
			return nil, err
		}
		name := strings.TrimPrefix(prefix+"."+p.Key, ".")
		out = append(out, Field{Name: name, Type: kind, About: full.Description, Required: slices.Contains(x.Required, p.Key)})
		if kind == moneyType || kind == moneyType+" or null" {
			continue // explained once, above
		}
		inner, err := s.fields(name, p.Value, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, inner...)
	}
	return out, nil
}

const moneyType = "money"

// some is the choice of anyOf that is not null.
func (s *spec) some(x schema) (schema, error) {
	for _, one := range x.AnyOf {
		if !slices.Contains(one.Type, "null") {
			return s.resolve(one)
		}
	}
	return x, nil
}

// typeOf words a type.
func (s *spec) typeOf(x schema) (string, error) {
	if strings.HasSuffix(x.Ref, "/Money") {
		return moneyType, nil
	}
	x, err := s.resolve(x)
	if err != nil {
		return "", err
	}
	switch {
	case len(x.AnyOf) > 0:
		for _, one := range x.AnyOf {
			if !slices.Contains(one.Type, "null") {
				kind, err := s.typeOf(one)
				return kind + " or null", err
			}
		}
	case x.Items != nil:
		kind, err := s.typeOf(*x.Items)
		return "list of " + kind, err
	case len(x.Enum) > 0:
		words := slices.Clone(x.Enum)
		for i, w := range words {
			if w == "" {
				words[i] = `""`
			}
		}
		return strings.Join(words, " · "), nil
	}
	names := map[string]string{"string": "text", "integer": "whole number", "boolean": "true or false", "object": "object", "null": "null"}
	kinds := make([]string, len(x.Type))
	for i, t := range x.Type {
		kinds[i] = names[t]
		if t == "string" && x.Format == "date-time" {
			kinds[i] = "time"
		}
		if t == "string" && x.Format == "date" {
			kinds[i] = "day"
		}
	}
	return strings.Join(kinds, " or "), nil
}

// curl is a request as a command line.
type curl struct {
	method, path string
	query        []string
	open         bool
	body         any
}

func (c *curl) parameter(p parameter) {
	if p.Example == nil {
		return
	}
	values, many := p.Example.([]any)
	if !many {
		values = []any{p.Example}
	}
	for _, v := range values {
		text := url.QueryEscape(fmt.Sprint(v))
		if p.In == "path" {
			c.path = strings.ReplaceAll(c.path, "{"+p.Name+"}", text)
			continue
		}
		c.query = append(c.query, p.Name+"="+text)
	}
}

func (c *curl) String() (string, error) {
	address := "$BASE" + c.path
	if len(c.query) > 0 {
		address += "?" + strings.Join(c.query, "&")
	}
	lines := []string{`curl "` + address + `"`}
	if c.method != "GET" {
		lines[0] = "curl -X " + c.method + ` "` + address + `"`
	}
	if !c.open {
		lines = append(lines, `  -H "Authorization: Bearer $TOKEN"`)
	}
	if c.body != nil {
		text, err := json.MarshalIndent(c.body, "    ", "  ")
		if err != nil {
			return "", err
		}
		lines = append(lines, `  -H "Content-Type: application/json"`, "  -d '"+strings.ReplaceAll(string(text), "'", `'\''`)+"'")
	}
	return strings.Join(lines, " \\\n"), nil
}
