package order

import (
	"slices"
	"strings"
	"unicode"
)

// maxWord bounds one search word, in runes; what is longer is cut, in orders
// and in queries alike.
const maxWord = 64

// Normalise splits a text into the words it is found by: runs of letters and
// digits, lower-case, without Latin accents, with every script's digits as 0
// to 9. Words keep their order and repeat. It is idempotent: a normalised
// word normalises to itself.
func Normalise(text string) []string {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, string(word))
			word = word[:0]
		}
	}
	for _, r := range text {
		r, keep := foldRune(r)
		switch {
		case keep && r == 0: // joins what stands around it
		case !keep:
			flush()
		case len(word) < maxWord:
			word = append(word, r)
		}
	}
	flush()
	return words
}

// foldRune is a rune as search sees it; 0 for one that is dropped inside a
// word, and false for one that ends it.
func foldRune(r rune) (rune, bool) {
	switch {
	case r < 128:
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A', true
		}
		return r, 'a' <= r && r <= 'z' || '0' <= r && r <= '9'
	case 0x300 <= r && r <= 0x36f, r == 0x200c, r == 0x200d, r == 0xfe0f, r == 0x93c:
		return 0, true // combining accents, joiners, the nukta
	case unicode.Is(unicode.Nd, r):
		return digitOf(r), true
	}
	r = unicode.ToLower(r)
	if base, ok := latinBase(r); ok {
		return base, true
	}
	return r, unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r)
}

// digitOf is the ASCII digit of a decimal digit of any script: every block of
// them has ten in a row, from zero.
func digitOf(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	return r
}

// latinBase is the letter under an accented lower-case Latin letter.
func latinBase(r rune) (rune, bool) {
	const (
		accented = "àáâãäåçèéêëìíîïñòóôõöøùúûüýÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňōŏőŕŗřśŝşšţťŧũūŭůűųŵŷźżž"
		bases    = "aaaaaaceeeeiiiinoooooouuuuyyaaaccccddeeeeegggghhiiiiijkllllnnnooorrrsssstttuuuuuuwyzzz"
	)
	if r < 0xe0 || r > 0x17e {
		return 0, false
	}
	i := 0
	for _, a := range accented {
		if a == r {
			return rune(bases[i]), true
		}
		i++
	}
	return 0, false
}

// joinedWord is a text without the punctuation in it, as one word: an order
// id, an e-mail or an SKU is found however it is punctuated.
func joinedWord(text string) string {
	joined := []rune(strings.Join(Normalise(text), ""))
	return string(joined[:min(len(joined), maxWord)])
}

// SearchWords returns the distinct words an order is found by, sorted: those of
// its number and platform id, the customer, AWB, pincode, SKUs and titles. A
// run of text with punctuation inside contributes its parts and the whole, a
// phone its digits and every tail of four and more.
func SearchWords(o Order) []string {
	c := o.ShipTo()
	texts := []string{o.Facts.OrderNumber, o.Ref.PlatformOrderID, c.Name, c.Email, NormalisePincode(c.Address.Pincode), o.Facts.Shipment.AWB}
	for _, it := range o.Facts.Items {
		texts = append(texts, it.SKU, it.Title)
	}
	var words []string
	for _, t := range texts {
		for _, run := range strings.Fields(t) {
			parts := Normalise(run)
			words = append(words, parts...)
			if len(parts) > 1 {
				words = append(words, joinedWord(run))
			}
		}
	}
	words = append(words, phoneWords(c.Phone)...)
	slices.Sort(words)
	return slices.Compact(words)
}

func phoneWords(phone string) []string {
	digits := []rune(strings.Join(Normalise(phone), ""))
	digits = digits[:min(len(digits), maxWord)]
	if len(digits) == 0 {
		return nil
	}
	words := []string{string(digits)}
	for i := 1; len(digits)-i >= 4; i++ {
		words = append(words, string(digits[i:]))
	}
	if national, ok := strings.CutPrefix(NormalisePhone(phone), "+91"); ok {
		words = append(words, "0"+national)
	}
	return words
}
