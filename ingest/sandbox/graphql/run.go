package graphql

import (
	"errors"
	"fmt"
)

// Object is a value with fields. A field is a scalar, an Object, a list or a
// Resolver; nil is null.
type Object struct {
	Type   string
	Fields map[string]any
}

// Resolver computes a field. An error makes the field null.
type Resolver func(Args) (any, error)

// Args are the arguments of a field, variables filled in.
type Args map[string]any

// Text is an argument as a text, empty when it is none.
func (a Args) Text(name string) string {
	switch v := a[name].(type) {
	case string:
		return v
	case Enum:
		return string(v)
	}
	return ""
}

// Int is an argument as a whole number.
func (a Args) Int(name string) (n int, ok bool) {
	switch v := a[name].(type) {
	case int:
		return v, true
	case float64: // of variables, which are JSON
		return int(v), v == float64(int(v))
	}
	return 0, false
}

// Bool is an argument as a truth value.
func (a Args) Bool(name string) bool { v, _ := a[name].(bool); return v }

// Object is an argument with members of its own, never nil.
func (a Args) Object(name string) Args { return asArgs(a[name]) }

// List is an argument as a list; a single value is a list of one.
func (a Args) List(name string) []any {
	switch v := a[name].(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

// AsArgs reads one member of a list.
func AsArgs(v any) Args { return asArgs(v) }

func asArgs(v any) Args {
	if m, ok := v.(map[string]any); ok {
		return m
	}
	return Args{}
}

// Error is an error as answers carry it.
type Error struct {
	Message    string         `json:"message"`
	Path       []string       `json:"path,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

func (e *Error) Error() string { return e.Message }

// Run runs the operation of a name, or the only one, on a root object. With
// errors of the request itself, such as unknown fields, data is nil.
func Run(doc Document, name string, vars map[string]any, roots map[string]Object) (data map[string]any, errs []*Error) {
	op, err := pick(doc, name)
	if err != nil {
		return nil, []*Error{{Message: err.Error()}}
	}
	root, ok := roots[op.Kind]
	if !ok {
		return nil, []*Error{{Message: "Schema is not configured for " + op.Kind}}
	}
	x := &runner{doc: doc, vars: map[string]any{}}
	for k, v := range op.Defaults {
		x.vars[k] = v
	}
	for k, v := range vars {
		x.vars[k] = v
	}
	data = map[string]any{}
	x.fill(data, root, op.Set, []string{op.Kind}, 0)
	if x.invalid {
		return nil, x.errs
	}
	return data, x.errs
}

func pick(doc Document, name string) (Operation, error) {
	if name == "" && len(doc.Operations) == 1 {
		return doc.Operations[0], nil
	}
	for _, op := range doc.Operations {
		if op.Name == name && name != "" {
			return op, nil
		}
	}
	return Operation{}, errors.New("An operation name is required") //nolint:staticcheck // told to clients
}

type runner struct {
	doc     Document
	vars    map[string]any
	errs    []*Error
	invalid bool
}

func (x *runner) refuse(code string, path []string, format string, args ...any) {
	x.invalid = true
	x.errs = append(x.errs, &Error{Message: fmt.Sprintf(format, args...), Path: path, Extensions: map[string]any{"code": code}})
}

// fill adds the selected fields of an object.
func (x *runner) fill(to map[string]any, o Object, set []Selection, path []string, depth int) {
	if depth > maxDepth {
		x.refuse("maxDepth", path, "the query is nested too deeply")
		return
	}
	for _, s := range set {
		if x.skipped(s) {
			continue
		}
		switch {
		case s.Spread != "":
			f, ok := x.doc.Fragments[s.Spread]
			if !ok {
				x.refuse("fragmentNotFound", path, "Fragment %s was used, but not defined", s.Spread)
			} else if f.On == o.Type || f.On == "Node" {
				x.fill(to, o, f.Set, path, depth+1)
			}
		case s.Name == "":
			if s.On == "" || s.On == o.Type || s.On == "Node" {
				x.fill(to, o, s.Set, path, depth+1)
			}
		case s.Name == "__typename":
			to[s.Alias] = o.Type
		default:
			x.field(to, o, s, append(path[:len(path):len(path)], s.Alias), depth)
		}
	}
}

func (x *runner) skipped(s Selection) bool {
	if args, ok := s.Directives["skip"]; ok && Args(x.bind(args).(map[string]any)).Bool("if") {
		return true
	}
	args, ok := s.Directives["include"]
	return ok && !Args(x.bind(args).(map[string]any)).Bool("if")
}

func (x *runner) field(to map[string]any, o Object, s Selection, path []string, depth int) {
	v, ok := o.Fields[s.Name]
	if !ok {
		x.refuse("undefinedField", path, "Field '%s' doesn't exist on type '%s'", s.Name, o.Type)
		return
	}
	if resolve, ok := v.(Resolver); ok {
		args, _ := x.bind(s.Args).(map[string]any)
		var err error
		if v, err = resolve(args); err != nil {
			to[s.Alias] = nil
			e := &Error{Message: err.Error(), Path: path[1:]}
			errors.As(err, &e)
			x.errs = append(x.errs, e)
			return
		}
	}
	to[s.Alias] = x.value(v, s, path, depth)
}

// value is what a field's value looks like through its selection.
func (x *runner) value(v any, s Selection, path []string, depth int) any {
	switch v := v.(type) {
	case Object:
		if len(s.Set) == 0 {
			x.refuse("selectionMismatch", path, "Field must have selections (field '%s' returns %s but has no selections. Did you mean '%s { ... }'?)", s.Name, v.Type, s.Name)
			return nil
		}
		m := map[string]any{}
		x.fill(m, v, s.Set, path, depth+1)
		return m
	case []Object:
		all := make([]any, len(v))
		for i, o := range v {
			all[i] = x.value(o, s, path, depth)
		}
		return all
	case nil:
		return nil
	}
	if len(s.Set) > 0 {
		x.refuse("selectionMismatch", path, "Selections can't be made on scalars (field '%s')", s.Name)
	}
	return v
}

// bind puts the variables into a value.
func (x *runner) bind(v any) any {
	switch v := v.(type) {
	case Variable:
		return x.vars[string(v)]
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = x.bind(e)
		}
		return m
	case []any:
		all := make([]any, len(v))
		for i, e := range v {
			all[i] = x.bind(e)
		}
		return all
	}
	return v
}
