// Package openapi holds the description of the JSON API (openapi.yaml, OpenAPI
// 3.1) and reads it for the page that explains it to people. The description is
// written by hand beside the handlers; a test sends every request it describes
// to a running server and checks the answers against it.
//
// It must not know the handlers.
package openapi

import (
	"embed"
	"fmt"

	"go.yaml.in/yaml/v3"
)

//go:embed openapi.yaml
var files embed.FS

// YAML is the description as it is served.
func YAML() []byte {
	b, err := files.ReadFile("openapi.yaml")
	if err != nil {
		panic(err) // it is compiled in
	}
	return b
}

// Document is the description, read for people.
type Document struct {
	Title, Version, Description string
	Sections                    []Section
}

// Section is the operations of one tag, in the order of the description.
type Section struct {
	Name, About string
	Operations  []Operation
}

// Operation is one request that the API takes.
type Operation struct {
	ID, Method, Path string
	Summary, About   string
	// Permission is what the token needs; empty when any will do, Open when none
	// is needed.
	Permission string
	Open       bool
	Parameters []Field
	Body       []Field
	Answers    []Answer
	// Curl is the request as a command line, with $BASE and $TOKEN.
	Curl string
}

// Answer is one status and what comes with it.
type Answer struct {
	Status, About string
	Fields        []Field
}

// Field is a parameter or a member, named by its place: items[].sku.
type Field struct {
	Name, Type, About string
	In                string // of a parameter: path, query, header
	Required          bool
}

// Load reads the description.
func Load() (Document, error) {
	var s spec
	if err := yaml.Unmarshal(YAML(), &s); err != nil {
		return Document{}, fmt.Errorf("openapi: %w", err)
	}
	d := Document{Title: s.Info.Title, Version: s.Info.Version, Description: s.Info.Description}
	for _, t := range s.Tags {
		sec := Section{Name: t.Name, About: t.Description}
		for _, p := range s.Paths {
			ops, err := s.operations(p, t.Name)
			if err != nil {
				return Document{}, fmt.Errorf("openapi: %s: %w", p.Key, err)
			}
			sec.Operations = append(sec.Operations, ops...)
		}
		d.Sections = append(d.Sections, sec)
	}
	return d, nil
}
