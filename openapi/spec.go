package openapi

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// spec is the part of OpenAPI that openapi.yaml uses.
type spec struct {
	Info struct{ Title, Version, Description string }
	Tags []struct{ Name, Description string }

	Paths      ordered[path]
	Components struct {
		Parameters map[string]parameter
		Responses  map[string]response
		Schemas    map[string]schema
	}
}

type path struct {
	Parameters             []parameter
	Get, Post, Put, Delete *operation
}

type operation struct {
	Tags                 []string
	OperationID          string `yaml:"operationId"`
	Summary, Description string
	Permission           string `yaml:"x-permission"`
	Security             *[]map[string][]string
	Parameters           []parameter
	RequestBody          *struct{ Content content } `yaml:"requestBody"`
	Responses            ordered[response]
}

type parameter struct {
	Ref                   string `yaml:"$ref"`
	Name, In, Description string
	Required              bool
	Schema                schema
	Example               any
}

type response struct {
	Ref         string `yaml:"$ref"`
	Description string
	Content     content
}

type content map[string]struct {
	Schema  schema
	Example any
}

type schema struct {
	Ref         string `yaml:"$ref"`
	Type        oneOrMore
	Format      string
	Description string
	Enum        []string
	Required    []string
	Properties  ordered[schema]
	Items       *schema
	AnyOf       []schema `yaml:"anyOf"`
}

// oneOrMore is a text or a list of texts.
type oneOrMore []string

// UnmarshalYAML reads both forms.
func (o *oneOrMore) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*o = oneOrMore{n.Value}
		return nil
	}
	return n.Decode((*[]string)(o))
}

// ordered is a mapping in the order in which it is written.
type ordered[T any] []entry[T]

type entry[T any] struct {
	Key   string
	Value T
}

// UnmarshalYAML keeps the order of the keys.
func (o *ordered[T]) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: not a mapping", n.Line)
	}
	for i := 0; i < len(n.Content); i += 2 {
		e := entry[T]{Key: n.Content[i].Value}
		if err := n.Content[i+1].Decode(&e.Value); err != nil {
			return err
		}
		*o = append(*o, e)
	}
	return nil
}

// find follows a reference into a part of the components.
func find[T any](in map[string]T, ref string) (T, error) {
	got, ok := in[ref[strings.LastIndex(ref, "/")+1:]]
	if !ok {
		return got, fmt.Errorf("%s leads nowhere", ref)
	}
	return got, nil
}

// resolve follows the reference of a schema, keeping a description beside it.
func (s *spec) resolve(x schema) (schema, error) {
	if x.Ref == "" {
		return x, nil
	}
	got, err := find(s.Components.Schemas, x.Ref)
	if x.Description != "" {
		got.Description = x.Description
	}
	return got, err
}

// operations are those of a path that carry a tag.
func (s *spec) operations(p entry[path], tag string) ([]Operation, error) {
	var out []Operation
	for _, m := range []struct {
		method string
		op     *operation
	}{{"GET", p.Value.Get}, {"POST", p.Value.Post}, {"PUT", p.Value.Put}, {"DELETE", p.Value.Delete}} {
		if m.op == nil || !slices.Contains(m.op.Tags, tag) {
			continue
		}
		o, err := s.operation(m.method, p, *m.op)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.method, err)
		}
		out = append(out, o)
	}
	return out, nil
}

func (s *spec) operation(method string, p entry[path], op operation) (Operation, error) {
	o := Operation{ID: op.OperationID, Method: method, Path: p.Key, Summary: op.Summary, About: op.Description,
		Permission: op.Permission, Open: op.Security != nil && len(*op.Security) == 0}
	call := curl{method: method, path: p.Key, open: o.Open}
	for _, ref := range append(slices.Clone(p.Value.Parameters), op.Parameters...) {
		param, err := ref, error(nil)
		if ref.Ref != "" {
			if param, err = find(s.Components.Parameters, ref.Ref); err != nil {
				return o, err
			}
		}
		kind, err := s.typeOf(param.Schema)
		if err != nil {
			return o, err
		}
		o.Parameters = append(o.Parameters, Field{Name: param.Name, In: param.In, Type: kind, About: param.Description, Required: param.Required})
		call.parameter(param)
	}
	if op.RequestBody != nil {
		body := op.RequestBody.Content["application/json"]
		call.body = body.Example
		var err error
		if o.Body, err = s.fields("", body.Schema, 0); err != nil {
			return o, err
		}
	}
	var err error
	if o.Curl, err = call.String(); err != nil {
		return o, err
	}
	o.Answers, err = s.answers(op.Responses)
	return o, err
}

func (s *spec) answers(all ordered[response]) ([]Answer, error) {
	var out []Answer
	for _, r := range all {
		got, err := r.Value, error(nil)
		if got.Ref != "" {
			if got, err = find(s.Components.Responses, got.Ref); err != nil {
				return nil, err
			}
		}
		a := Answer{Status: r.Key, About: got.Description}
		if strings.HasPrefix(r.Key, "2") {
			if a.Fields, err = s.fields("", got.Content["application/json"].Schema, 0); err != nil {
				return nil, err
			}
		}
		out = append(out, a)
	}
	return out, nil
}
