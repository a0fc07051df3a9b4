package sqlite

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

// The search document of an order is a list of tokens: its search words, and a
// key for each value of each text field, which begins with "=" and the field's
// letter. "Rings that are pending on amazon" is then one walk over three
// sorted lists of row numbers, newest first, whatever the combination.

// Tokens that stand for no field.
const (
	tokenAny     = "=0" // in every order
	tokenNoWords = "=1" // in orders without a single search word
)

// keyFields are the text fields with their letters in tokens. Tokens are
// stored: a letter is never given to another field.
var keyFields = [...]struct {
	field  order.Field
	letter byte
}{
	{order.FieldPlatform, 'p'}, {order.FieldChannel, 'c'}, {order.FieldStatus, 's'}, {order.FieldPayment, 'm'},
	{order.FieldTag, 't'}, {order.FieldAssignee, 'a'}, {order.FieldFlag, 'f'}, {order.FieldSKU, 'k'},
	{order.FieldState, 'r'}, {order.FieldCity, 'y'}, {order.FieldPincode, 'z'}, {order.FieldAWB, 'w'},
	{order.FieldCustomer, 'u'}, {order.FieldOrder, 'o'}, {order.FieldKind, 'd'},
}

func keyLetter(f order.Field) (byte, bool) {
	for _, k := range keyFields {
		if k.field == f {
			return k.letter, true
		}
	}
	return 0, false
}

// maxKey bounds a key, in bytes; a longer value is known by its hash. FTS5 cuts
// tokens at 32 KiB without a word.
const maxKey = 200

// tokens is the search document of an order, blanks between the tokens, and
// the dictionary words in it.
func tokens(o order.Order) (doc string, dictionary []string) {
	list, dictionary := wordTokens(o)
	b := append(make([]byte, 0, 2048), tokenAny...)
	for _, t := range list {
		b = append(append(b, ' '), t...)
	}
	for _, k := range keyFields {
		for _, v := range order.TextValues(o, k.field) {
			b = appendKey(append(b, ' '), k.letter, v)
		}
	}
	return string(b), dictionary
}

// token is a text as a token, after a lead that is written as it is.
func token(lead, text string) string { return string(appendText([]byte(lead), text)) }

// appendKey writes the token of a field's value.
func appendKey(b []byte, letter byte, value string) []byte {
	b = append(b, '=', letter)
	if len(value) > maxKey {
		sum := sha256.Sum256([]byte(value))
		return append(append(b, '='), hex.EncodeToString(sum[:])...)
	}
	return appendText(b, value)
}

// appendText writes a text so that the ascii tokenizer keeps it whole and as
// it is: what is neither a small letter, a digit nor beyond ASCII becomes "_"
// and two hexadecimal digits. Each byte is written on its own, so a text that
// begins with another still does.
func appendText(b []byte, text string) []byte {
	const hexDigits = "0123456789abcdef"
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c >= 0x80:
			b = append(b, c)
		default:
			b = append(b, '_', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return b
}

// phrase quotes a token for MATCH; tokens contain no quotes.
func phrase(token string) string { return `"` + token + `"` }

// anyKey is the MATCH expression for one of the values of a field.
func anyKey(letter byte, values []string) string {
	phrases := make([]string, len(values))
	for i, v := range values {
		phrases[i] = phrase(string(appendKey(nil, letter, v)))
	}
	if len(phrases) == 1 {
		return phrases[0]
	}
	return "(" + strings.Join(phrases, " OR ") + ")"
}
