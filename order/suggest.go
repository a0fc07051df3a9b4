package order

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Vocabulary is what the values of a shop's own fields may be.
type Vocabulary map[Field][]Word

// Word is a value with what people call it; Label is empty where the value
// speaks for itself.
type Word struct{ Value, Label string }

// Suggestion is one way to go on with a query text.
type Suggestion struct {
	// Text is the term, to stand instead of the bytes From to To. It ends in a
	// colon when a value is still wanted.
	Text     string
	About    string
	From, To int
}

// MaxSuggestions is how many ways to go on Suggest names at most.
const MaxSuggestions = 8

// Suggest names ways to go on with a query text whose caret stands at a byte
// offset: fields, and the values of the field that is being written. What was
// typed is completed from its beginning, whatever its case. It is pure.
func Suggest(text string, caret int, known Vocabulary) []Suggestion {
	from, to := runAround(text, caret)
	typed := text[from:max(from, min(caret, to))]
	s := suggester{from: from, to: to, known: known}
	if field, op, value, ok := cutTerm(typed); ok {
		s.values(field, op, value)
	} else {
		s.fields(strings.ToLower(typed))
	}
	return s.found[:min(len(s.found), MaxSuggestions)]
}

type suggester struct {
	from, to int
	known    Vocabulary
	found    []Suggestion
}

func (s *suggester) add(text, about string) {
	if !slices.ContainsFunc(s.found, func(x Suggestion) bool { return x.Text == text }) {
		s.found = append(s.found, Suggestion{Text: text, About: about, From: s.from, To: s.to})
	}
}

// fields suggests fields by their names, then values by theirs, so that
// "pend" finds status:pending.
func (s *suggester) fields(typed string) {
	for _, h := range FieldsHelp() {
		if strings.HasPrefix(string(h.Field), typed) {
			s.add(string(h.Field)+":", h.About)
		}
	}
	if utf8.RuneCountInString(typed) < 2 {
		return
	}
	for _, h := range FieldsHelp() {
		for _, w := range s.words(h.Field) {
			if begins(w, typed) {
				s.add(string(h.Field)+":"+quoteValue(w.Value), w.Label)
			}
		}
	}
}

// values suggests the values of a field, or examples where there is no list.
func (s *suggester) values(f Field, op, typed string) {
	before := ""
	if i := strings.LastIndex(typed, ","); i >= 0 {
		before, typed = typed[:i+1], typed[i+1:]
	}
	typed = strings.ToLower(strings.Trim(typed, `"`))
	taken := strings.Split(strings.ToLower(before), ",")
	for _, w := range s.words(f) {
		if begins(w, typed) && !slices.Contains(taken, strings.ToLower(w.Value)) {
			s.add(string(f)+op+before+quoteValue(w.Value), w.Label)
		}
	}
	if len(s.words(f)) > 0 {
		return
	}
	for _, h := range FieldsHelp() {
		for _, e := range h.Examples {
			if h.Field == f && !strings.HasPrefix(e, "-") && (typed == "" || strings.HasPrefix(e, string(f)+op+before+typed)) {
				s.add(e, "for example")
			}
		}
	}
}

// words are the values of a field: the fixed ones, or the shop's.
func (s *suggester) words(f Field) []Word {
	var all []Word
	for _, v := range knownValues(f) {
		all = append(all, Word{Value: v})
	}
	if f == FieldState {
		for _, name := range StatesOfIndia() {
			all = append(all, Word{Value: strings.ToLower(name), Label: name})
		}
	}
	return append(all, s.known[f]...)
}

// begins reports whether a word's value, or one of the words people call it
// by, begins with what was typed.
func begins(w Word, typed string) bool {
	for _, text := range []string{strings.ToLower(w.Value), strings.ToLower(w.Label)} {
		if text != "" && strings.HasPrefix(text, typed) || strings.Contains(text, " "+typed) {
			return true
		}
	}
	return false
}

// cutTerm takes field:value apart; ok is false for what is no field's term.
func cutTerm(typed string) (f Field, op, value string, ok bool) {
	end := strings.IndexFunc(typed, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) })
	if end <= 0 {
		return "", "", "", false
	}
	op = operator(typed[end:])
	f = Field(strings.ToLower(typed[:end]))
	return f, op, typed[end+len(op):], op != "" && (f.IsNumber() || slices.Contains(textFields(), f))
}

// runAround is the run of text around a caret up to blanks or parentheses
// outside of quotes, without a leading minus sign.
func runAround(text string, caret int) (from, to int) {
	caret = max(0, min(caret, len(text)))
	quoted := false
	ends := func(r rune) bool { return !quoted && (unicode.IsSpace(r) || r == '(' || r == ')') }
	for i, r := range text {
		if i >= caret && ends(r) {
			return trimMinus(text, from, i), i
		}
		if r == '"' {
			quoted = !quoted
		}
		if i < caret && ends(r) {
			from = i + utf8.RuneLen(r)
		}
	}
	return trimMinus(text, from, len(text)), len(text)
}

func trimMinus(text string, from, to int) int {
	for from < to && text[from] == '-' {
		from++
	}
	return from
}
