package order

import (
	"slices"
	"strings"
	"unicode"
)

// statesOfIndia gives each state and union territory with the spellings and
// codes seen for it, as stateKey folds them: ISO 3166-2:IN codes, older ones
// of vehicle plates and tax forms, former names, and what real seller files
// hold. The folded name itself is always understood.
func statesOfIndia() [][]string {
	return [][]string{
		{"Andaman and Nicobar Islands", "andamanandnicobar", "andaman", "an"},
		{"Andhra Pradesh", "andhra", "ap", "ad"},
		{"Arunachal Pradesh", "arunachal", "ar"},
		{"Assam", "as"},
		{"Bihar", "br", "bh"},
		{"Chandigarh", "ch"},
		{"Chhattisgarh", "chattisgarh", "chhatisgarh", "chattishgarh", "cg", "ct"},
		{"Dadra and Nagar Haveli and Daman and Diu", "dadraandnagar", "dadraandnagarhaveli", "dadraandnagarhavelidamananddiu",
			"damananddiu", "daman", "diu", "dn", "dd", "dh", "dnhdd"},
		{"Delhi", "newdelhi", "nctofdelhi", "delhinct", "nationalcapitalterritoryofdelhi", "dl"},
		{"Goa", "ga"},
		{"Gujarat", "gujrat", "gujurat", "gj"},
		{"Haryana", "hariyana", "hr"},
		{"Himachal Pradesh", "himachal", "hp"},
		{"Jammu and Kashmir", "jammu", "kashmir", "jandk", "jk"},
		{"Jharkhand", "jharkand", "jh"},
		{"Karnataka", "karnatka", "ka"},
		{"Kerala", "kerela", "kl"},
		{"Ladakh", "ladak", "la"},
		{"Lakshadweep", "lakshadeep", "ld"},
		{"Madhya Pradesh", "mp"},
		{"Maharashtra", "maharastra", "mh"},
		{"Manipur", "mn"},
		{"Meghalaya", "meghalya", "ml"},
		{"Mizoram", "mz"},
		{"Nagaland", "nl"},
		{"Odisha", "orissa", "od", "or"},
		{"Puducherry", "pondicherry", "puduchery", "pondichery", "py"},
		{"Punjab", "panjab", "pb"},
		{"Rajasthan", "rajshthan", "rajsthan", "rajastan", "rj"},
		{"Sikkim", "sk"},
		{"Tamil Nadu", "tamilnad", "tn"},
		{"Telangana", "telengana", "tg", "ts"},
		{"Tripura", "tr"},
		{"Uttar Pradesh", "up"},
		{"Uttarakhand", "uttaranchal", "uttrakhand", "uttarkhand", "uk", "ut", "ua"},
		{"West Bengal", "bengal", "wb"},
		{"APO"}, // army post offices stand where a state would
	}
}

// stateIndex is never written after it is made.
var stateIndex = func() map[string]string {
	index := map[string]string{}
	for _, names := range statesOfIndia() {
		index[stateKey(names[0])] = names[0]
		for _, n := range names[1:] {
			index[n] = names[0]
		}
	}
	return index
}()

// stateKey is a spelling without case, blanks and punctuation.
func stateKey(s string) string {
	return strings.Join(Normalise(strings.ReplaceAll(s, "&", " and ")), "")
}

// NormaliseState returns the canonical name of an Indian state or union
// territory from any of its spellings or codes (IN-MH, MH, maharashtra). Of
// "Punjab/Mohali" the first part that is a state counts. Another text is
// returned with its blanks tidied and nothing else changed.
func NormaliseState(s string) string {
	tidy := strings.Join(strings.Fields(s), " ")
	key := stateKey(tidy)
	if name, ok := stateIndex[key]; ok {
		return name
	}
	if code, ok := strings.CutPrefix(key, "in"); ok && len(code) == 2 {
		if name, ok := stateIndex[code]; ok {
			return name
		}
	}
	for part := range strings.FieldsFuncSeq(tidy, func(r rune) bool { return strings.ContainsRune("/,()-;", r) }) {
		if name, ok := stateIndex[stateKey(part)]; ok {
			return name
		}
	}
	return tidy
}

// StatesOfIndia lists the canonical names NormaliseState knows, by name.
func StatesOfIndia() []string {
	var names []string
	for _, s := range statesOfIndia() {
		names = append(names, s[0])
	}
	slices.Sort(names)
	return names
}

// NormalisePincode returns the six digits of an Indian postal code, also from
// "400 081", "'400081" and the "400081.0" that spreadsheets make. Another text
// is returned trimmed: other countries have codes too.
func NormalisePincode(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r == '\'' || r == '"' || unicode.IsSpace(r) })
	digits := strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(s, ".0"), " ", ""), "-", "")
	if len(digits) == 6 && digits[0] != '0' && strings.Trim(digits, "0123456789") == "" {
		return digits
	}
	return s
}

// NormalisePhone returns an Indian number as +91 and ten digits, whether it
// was written with +91, 91, 0091, a leading 0 or none of them, and a foreign
// one that says its country as + and digits. A text that is neither (masked,
// an extension, too short) is returned trimmed.
func NormalisePhone(s string) string {
	s = strings.TrimSuffix(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s), "'")), ".0")
	var digits strings.Builder
	for i, r := range s {
		switch {
		case '0' <= r && r <= '9':
			digits.WriteRune(r)
		case r == '+' && i == 0, strings.ContainsRune(" -().\u00a0", r):
		default:
			return s
		}
	}
	d, international := digits.String(), strings.HasPrefix(s, "+")
	if rest, ok := strings.CutPrefix(d, "00"); ok && !international && len(rest) > 10 {
		d, international = rest, true
	}
	if international && !strings.HasPrefix(d, "91") {
		if len(d) >= 8 && len(d) <= 15 && d[0] != '0' {
			return "+" + d
		}
		return s
	}
	national := d
	switch {
	case len(d) == 12 && strings.HasPrefix(d, "91"), len(d) == 13 && strings.HasPrefix(d, "910"):
		national = d[len(d)-10:]
	case len(d) == 11 && d[0] == '0':
		national = d[1:]
	}
	if len(national) != 10 || national[0] < '1' {
		return s
	}
	return "+91" + national
}
