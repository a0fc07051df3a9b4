package graphql

import (
	"fmt"
	"strconv"
	"strings"
)

// kinds of tokens.
type kind int

const (
	end kind = iota
	mark
	word
	num
	str
)

type token struct {
	kind kind
	text string
}

type lexer struct {
	text string
	at   int
}

func (l *lexer) line() int { return 1 + strings.Count(l.text[:min(l.at, len(l.text))], "\n") }

func letter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }

func (l *lexer) next() token {
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',':
			l.at++
		case strings.HasPrefix(l.text[l.at:], "\ufeff"):
			l.at += len("\ufeff")
		case c == '#':
			for l.at < len(l.text) && l.text[l.at] != '\n' {
				l.at++
			}
		case letter(c):
			return token{word, l.take(func(c byte) bool { return letter(c) || digit(c) })}
		case digit(c) || c == '-':
			return token{num, l.take(func(c byte) bool { return digit(c) || strings.IndexByte("-+.eE", c) >= 0 })}
		case c == '"':
			return l.quoted()
		case strings.HasPrefix(l.text[l.at:], "..."):
			l.at += 3
			return token{mark, "..."}
		case strings.IndexByte("{}()[]:$!=@|&", c) >= 0:
			l.at++
			return token{mark, string(c)}
		default:
			panic(syntaxError(fmt.Sprintf("syntax error, unexpected character at line %d", l.line())))
		}
	}
	return token{}
}

func (l *lexer) take(ok func(byte) bool) string {
	from := l.at
	for l.at < len(l.text) && ok(l.text[l.at]) {
		l.at++
	}
	return l.text[from:l.at]
}

// quoted reads a text in one or three quotation marks.
func (l *lexer) quoted() token {
	if strings.HasPrefix(l.text[l.at:], `"""`) {
		from := l.at + 3
		n := strings.Index(l.text[from:], `"""`)
		if n < 0 {
			panic(syntaxError("syntax error, unterminated text"))
		}
		l.at = from + n + 3
		return token{str, strings.TrimSpace(l.text[from : from+n])}
	}
	for i := l.at + 1; i < len(l.text); i++ {
		switch l.text[i] {
		case '\\':
			i++
		case '\n':
			panic(syntaxError("syntax error, unterminated text"))
		case '"':
			s, err := strconv.Unquote(strings.ReplaceAll(l.text[l.at:i+1], `\/`, "/"))
			if err != nil {
				panic(syntaxError("syntax error, bad escape in a text"))
			}
			l.at = i + 1
			return token{str, s}
		}
	}
	panic(syntaxError("syntax error, unterminated text"))
}
