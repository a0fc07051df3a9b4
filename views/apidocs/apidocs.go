// Package apidocs draws the page that explains the JSON API, from its OpenAPI
// description. It is ours rather than one of the known viewers because those
// need scripts and styles that the content security policy forbids.
package apidocs

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/palmonas/palmonas-crm/openapi"
)

// paragraphs are the parts of a text between empty lines, each on one line.
func paragraphs(text string) []string {
	var out []string
	for p := range strings.SplitSeq(text, "\n\n") {
		if p = strings.Join(strings.Fields(p), " "); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// part is a piece of text: plain, code ('c') or bold ('b').
type part struct {
	kind rune
	text string
}

// parts cuts a text at `code` and **bold**, the two marks of the description.
func parts(text string) []part {
	var out []part
	for i, piece := range strings.Split(text, "`") {
		if i%2 == 1 {
			out = append(out, part{'c', piece})
			continue
		}
		for j, plain := range strings.Split(piece, "**") {
			kind := 'p'
			if j%2 == 1 {
				kind = 'b'
			}
			if plain != "" {
				out = append(out, part{kind, plain})
			}
		}
	}
	return out
}

func tone(method string) string {
	switch method {
	case "GET":
		return "info"
	case "DELETE":
		return "danger"
	}
	return "success"
}

func needs(o openapi.Operation) string {
	switch {
	case o.Open:
		return "Needs no token."
	case o.Permission == "":
		return "Needs a token."
	}
	return "Needs the permission " + o.Permission + "."
}

func meaning(f openapi.Field) string {
	var words []string
	if f.In != "" && f.In != "query" {
		words = append(words, "In the "+cmp.Or(map[string]string{"path": "address", "header": "header"}[f.In], f.In)+".")
	}
	if f.About != "" {
		words = append(words, f.About)
	}
	if f.Required && f.In != "path" {
		words = append(words, "Required.")
	}
	return strings.Join(words, " ")
}

func fieldCount(list []openapi.Field) string { return fmt.Sprintf("%d members", len(list)) }
