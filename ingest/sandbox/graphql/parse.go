// Package graphql reads and runs GraphQL requests against objects made of plain
// values: enough of the language for the vendors' clients, without types of
// arguments, interfaces or subscriptions. It knows no platform.
package graphql

import (
	"fmt"
	"strconv"
)

// Document is a parsed request.
type Document struct {
	Operations []Operation
	Fragments  map[string]Fragment
}

// Operation is a query or a mutation.
type Operation struct {
	Kind     string // query or mutation
	Name     string
	Defaults map[string]any // of variables
	Set      []Selection
}

// Fragment is a named set of fields.
type Fragment struct {
	On  string
	Set []Selection
}

// Selection is a field, or a fragment by name or in place.
type Selection struct {
	Alias      string // of a field; its name when none was given
	Name       string // of a field; empty for fragments
	Args       map[string]any
	Directives map[string]map[string]any
	Spread     string // name of a fragment
	On         string // type condition of a fragment in place
	Set        []Selection
}

// Variable is a value that the request gives beside the text.
type Variable string

// Enum is a bare word.
type Enum string

// maxDepth bounds nesting, so that a hostile text cannot exhaust the stack.
const maxDepth = 64

// Parse reads a request.
func Parse(text string) (doc Document, err error) {
	p := &parser{lex: lexer{text: text}}
	defer func() {
		switch f := recover().(type) {
		case nil:
		case syntaxError:
			doc, err = Document{}, f
		default:
			panic(f)
		}
	}()
	p.next()
	doc.Fragments = map[string]Fragment{}
	for p.tok.kind != end {
		switch {
		case p.is("{"):
			doc.Operations = append(doc.Operations, Operation{Kind: "query", Set: p.set(0)})
		case p.tok.text == "fragment":
			p.next()
			name := p.name()
			p.want("on")
			on := p.name()
			doc.Fragments[name] = Fragment{On: on, Set: p.set(0)}
		case p.tok.text == "query" || p.tok.text == "mutation":
			doc.Operations = append(doc.Operations, p.operation())
		default:
			p.fail()
		}
	}
	if len(doc.Operations) == 0 {
		return Document{}, syntaxError("No operations found")
	}
	return doc, nil
}

type syntaxError string

func (e syntaxError) Error() string { return string(e) }

type parser struct {
	lex lexer
	tok token
}

func (p *parser) next() { p.tok = p.lex.next() }

func (p *parser) fail() {
	what := strconv.Quote(p.tok.text)
	if p.tok.kind == end {
		what = "end of file"
	}
	panic(syntaxError(fmt.Sprintf("syntax error, unexpected %s at line %d", what, p.lex.line())))
}

// is reports whether the token is this punctuation.
func (p *parser) is(text string) bool { return p.tok.kind == mark && p.tok.text == text }

// accept skips a mark if it is there.
func (p *parser) accept(text string) bool {
	if p.is(text) {
		p.next()
		return true
	}
	return false
}

func (p *parser) want(text string) {
	if p.tok.text != text || p.tok.kind == str {
		p.fail()
	}
	p.next()
}

func (p *parser) name() string {
	if p.tok.kind != word {
		p.fail()
	}
	text := p.tok.text
	p.next()
	return text
}

func (p *parser) operation() Operation {
	op := Operation{Kind: p.name(), Defaults: map[string]any{}}
	if p.tok.kind == word {
		op.Name = p.name()
	}
	if p.accept("(") {
		for !p.accept(")") {
			p.want("$")
			name := p.name()
			p.want(":")
			p.typeOf()
			if p.accept("=") {
				op.Defaults[name] = p.value(0)
			}
			p.directives()
		}
	}
	p.directives()
	op.Set = p.set(0)
	return op
}

// typeOf skips a type: the objects know what they want.
func (p *parser) typeOf() {
	if p.accept("[") {
		p.typeOf()
		p.want("]")
	} else {
		p.name()
	}
	p.accept("!")
}

func (p *parser) set(depth int) (all []Selection) {
	if depth > maxDepth {
		panic(syntaxError("the query is nested too deeply"))
	}
	p.want("{")
	for !p.accept("}") {
		all = append(all, p.selection(depth))
	}
	return all
}

func (p *parser) selection(depth int) Selection {
	var s Selection
	if p.accept("...") {
		switch {
		case p.tok.kind == word && p.tok.text != "on":
			s.Spread = p.name()
			s.Directives = p.directives()
			return s
		case p.tok.kind == word:
			p.next()
			s.On = p.name()
		}
		s.Directives = p.directives()
		s.Set = p.set(depth + 1)
		return s
	}
	s.Alias = p.name()
	s.Name = s.Alias
	if p.accept(":") {
		s.Name = p.name()
	}
	s.Args = p.args()
	s.Directives = p.directives()
	if p.is("{") {
		s.Set = p.set(depth + 1)
	}
	return s
}

func (p *parser) args() map[string]any {
	args := map[string]any{}
	if p.accept("(") {
		for !p.accept(")") {
			name := p.name()
			p.want(":")
			args[name] = p.value(0)
		}
	}
	return args
}

func (p *parser) directives() map[string]map[string]any {
	var all map[string]map[string]any
	for p.accept("@") {
		if all == nil {
			all = map[string]map[string]any{}
		}
		name := p.name()
		all[name] = p.args()
	}
	return all
}

func (p *parser) value(depth int) any {
	if depth > maxDepth {
		panic(syntaxError("the query is nested too deeply"))
	}
	t := p.tok
	switch {
	case t.kind == str:
		p.next()
		return t.text
	case t.kind == num:
		p.next()
		if n, err := strconv.Atoi(t.text); err == nil {
			return n
		}
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			panic(syntaxError("bad number " + t.text))
		}
		return f
	case t.kind == word:
		p.next()
		switch t.text {
		case "true", "false":
			return t.text == "true"
		case "null":
			return nil
		}
		return Enum(t.text)
	case p.accept("$"):
		return Variable(p.name())
	case p.accept("["):
		list := []any{}
		for !p.accept("]") {
			list = append(list, p.value(depth+1))
		}
		return list
	case p.accept("{"):
		object := map[string]any{}
		for !p.accept("}") {
			name := p.name()
			p.want(":")
			object[name] = p.value(depth + 1)
		}
		return object
	}
	p.fail()
	return nil
}
