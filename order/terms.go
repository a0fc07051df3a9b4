package order

import "strings"

// Piece is one condition of a query text: its bytes are text[At:End].
type Piece struct{ At, End int }

// Pieces takes a query text apart into the conditions that must all hold: words,
// terms and groups in parentheses, each with the minus sign before it. A text
// with an OR outside parentheses, or one that cannot be taken apart, is one
// piece. Blank text has none.
func Pieces(text string) []Piece {
	whole := strings.TrimSpace(text)
	if whole == "" {
		return nil
	}
	at := strings.Index(text, whole)
	one := []Piece{{at, at + len(whole)}}
	l := lexer{text: text}
	var list []Piece
	depth, begun := 0, -1
	for {
		t, err := l.next()
		if err != nil || t.kind == kindOr && depth == 0 {
			return one
		}
		if t.kind == kindEnd {
			if depth != 0 || begun >= 0 {
				return one
			}
			return list
		}
		if begun < 0 {
			begun = t.at
		}
		switch t.kind {
		case kindOpen:
			depth++
		case kindClose:
			depth--
		}
		if depth < 0 {
			return one
		}
		if depth == 0 && t.kind != kindMinus {
			list, begun = append(list, Piece{begun, l.at}), -1
		}
	}
}
