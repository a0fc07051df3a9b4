package sqlite

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/palmonas/palmonas-crm/order"
)

// How a beginning of a word is found
//
// FTS5 answers "words that begin with" by merging the row lists of all those
// words before it yields the first row: a quarter of a second for a common
// beginning. One word, in contrast, is read newest first from its own list. So
// beginnings are turned into single tokens:
//
//   - one or two characters are tokens of their own;
//   - letters are looked up in the dictionary (table words), and the words
//     found there are asked for one by one. The dictionary holds short words
//     without digits; of others, the letters they begin with;
//   - up to six characters with a digit among them are tokens of their own,
//     but not for the tails of a number (the last digits of a phone), of which
//     there are many, each in few orders;
//   - what is left is rare, and merged by FTS5.

const (
	shortPrefix = 2  // beginnings of every word
	tailPrefix  = 3  // with a digit, of every word
	longPrefix  = 6  // with a digit, of words that are no tails
	maxLetters  = 12 // of a dictionary word, in runes
	maxChoices  = 128
)

// Tokens of words with digits or of unusual length, of tails, and of
// beginnings.
const (
	leadOther  = "=3"
	leadTail   = "=4"
	leadPrefix = "=2"
)

// wordTokens are the tokens of an order's search words, sorted, and those of
// them that belong into the dictionary.
func wordTokens(o order.Order) (list, dictionary []string) {
	words := order.SearchWords(o)
	if len(words) == 0 {
		return []string{tokenNoWords}, nil
	}
	list = make([]string, 0, 6*len(words))
	add := func(lead, text string) { list = append(list, token(lead, text)) }
	for _, w := range words {
		letters, plain := lettersOf(w)
		if letters != "" {
			dictionary = append(dictionary, letters)
		}
		longest := shortPrefix
		if !plain {
			if isTail(w, words) {
				longest = tailPrefix
				add(leadTail, w)
			} else {
				longest = longPrefix
				add(leadOther, w)
			}
		}
		for n, end := 0, 0; end < len(w) && n < longest; n++ {
			_, size := utf8.DecodeRuneInString(w[end:])
			end += size
			if n < shortPrefix || end > len(letters) {
				add(leadPrefix, w[:end])
			}
		}
	}
	slices.Sort(dictionary)
	dictionary = slices.Compact(dictionary)
	for _, w := range dictionary {
		add("", w)
	}
	slices.Sort(list)
	return slices.Compact(list), dictionary
}

// lettersOf is what a word begins with before the first digit, at most
// maxLetters, and whether that is all of it.
func lettersOf(w string) (letters string, all bool) {
	n := 0
	for i, r := range w {
		if '0' <= r && r <= '9' || n == maxLetters {
			return w[:i], false
		}
		n++
	}
	return w, true
}

// isTail reports whether a number is the end of a longer one among words.
func isTail(w string, words []string) bool {
	return isNumber(w) && slices.ContainsFunc(words, func(x string) bool {
		return len(x) > len(w) && strings.HasSuffix(x, w) && isNumber(x)
	})
}

func isNumber(w string) bool {
	return strings.IndexFunc(w, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// inDictionary reports whether words that begin with prefix are looked up in
// the dictionary.
func inDictionary(prefix string) bool {
	_, letters := lettersOf(prefix)
	return letters && utf8.RuneCountInString(prefix) > shortPrefix
}

// wordFrom is the MATCH expression for a word that begins with prefix. choices
// are the dictionary's words, nil when there are too many to name.
func wordFrom(prefix string, choices []string) string {
	n := utf8.RuneCountInString(prefix)
	merged := func(lead string) string { return phrase(token(lead, prefix)) + " *" }
	_, letters := lettersOf(prefix)
	switch {
	case prefix == "":
		return "(" + phrase(tokenAny) + " NOT " + phrase(tokenNoWords) + ")"
	case n <= shortPrefix, !letters && n <= tailPrefix:
		return phrase(token(leadPrefix, prefix))
	case letters && choices == nil:
		return merged("")
	case letters:
		return anyOf(choices)
	case n <= longPrefix && strings.ContainsAny(prefix, "0123456789"):
		return "(" + phrase(token(leadPrefix, prefix)) + " OR " + merged(leadTail) + ")"
	}
	return "(" + merged(leadOther) + " OR " + merged(leadTail) + ")"
}

// anyOf asks for one of several words; of none, for a token that no order has.
func anyOf(words []string) string {
	if len(words) == 0 {
		return phrase(leadPrefix)
	}
	phrases := make([]string, len(words))
	for i, w := range words {
		phrases[i] = phrase(token("", w))
	}
	return "(" + strings.Join(phrases, " OR ") + ")"
}
