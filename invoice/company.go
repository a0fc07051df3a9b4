package invoice

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/palmonas/palmonas-crm/order"
)

// Company is who sells, as an invoice names it, and how its goods are taxed.
type Company struct {
	Name    string
	Address order.Address
	Phone   string
	Email   string
	GSTIN   string // 15 characters; empty while the seller has none
	// Prefix begins invoice numbers, such as PLM in PLM/26-27/00042.
	Prefix string
	// HSN and Rate hold for every item that no rule names; Rate is in
	// hundredths of a percent.
	HSN   string
	Rate  int
	Rules []Rule
	// Terms stand at the foot.
	Terms string
}

// Rule taxes the items whose SKU begins with something otherwise.
type Rule struct {
	SKU  string // the beginning; case does not matter
	HSN  string
	Rate int
}

// Jewellery is taxed at 3 %: headings 7113 (of precious metal, or of metal clad
// with it) and 7117 (imitation jewellery). Schedule V of Notification 1/2017
// Central Tax (Rate) until 21 September 2025, Schedule IV of Notification
// 9/2025 Central Tax (Rate) since; the 56th GST Council left the rate alone.
const (
	RateJewellery = 300
	HSNPlated     = "7117"
	HSNPrecious   = "7113"
)

// DefaultCompany is what is known before anybody filled in the settings: a
// seller of demi-fine jewellery.
func DefaultCompany() Company {
	return Company{Prefix: "INV", HSN: HSNPlated, Rate: RateJewellery}
}

// Ready reports whether the law's particulars of the seller are there.
func (c Company) Ready() bool { return c.Name != "" && c.GSTIN != "" && codeOf(c.Address.State) != "" }

// maxPrefix keeps invoice numbers within the sixteen characters that rule 46(b)
// of the CGST Rules allows: PREFIX/26-27/00042.
const maxPrefix = 4

// Clean is the company as it is kept. The error is order.FieldErrors at name,
// line1, city, state, pincode, gstin, prefix, hsn, rate, rules, terms.
func (c Company) Clean() (Company, error) {
	tidy := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	c.Name, c.Phone, c.Email = tidy(c.Name), order.NormalisePhone(c.Phone), strings.TrimSpace(c.Email)
	c.GSTIN, c.Prefix, c.HSN = strings.ToUpper(tidy(c.GSTIN)), strings.ToUpper(tidy(c.Prefix)), tidy(c.HSN)
	c.Terms = strings.TrimSpace(strings.ReplaceAll(c.Terms, "\r\n", "\n"))
	var faults order.FieldErrors
	fault := func(field, why string) { faults = append(faults, order.FieldError{Field: field, Message: why}) }
	if c.Name == "" {
		fault("name", "Write the seller's legal name.")
	}
	for field, text := range map[string]string{"name": c.Name, "phone": c.Phone, "email": c.Email, "terms": c.Terms} {
		if !plain(text) || utf8.RuneCountInString(text) > 1000 {
			fault(field, "This cannot stand on an invoice.")
		}
	}
	address, err := order.CleanAddress(c.Address)
	if bad, ok := err.(order.FieldErrors); ok { //nolint:errorlint // CleanAddress returns nothing else
		faults = append(faults, bad...)
	}
	if c.Address = address; address.Country == "IN" && codeOf(address.State) == "" {
		fault("state", "Choose the state; it decides about CGST and IGST.")
	}
	switch {
	case c.GSTIN == "":
	case !ValidGSTIN(c.GSTIN):
		fault("gstin", "This is not a GSTIN; check the 15 characters.")
	case stateOf(c.GSTIN[:2]) != c.Address.State:
		fault("gstin", fmt.Sprintf("This GSTIN is of %s.", stateOf(c.GSTIN[:2])))
	}
	if len(c.Prefix) > maxPrefix || strings.Trim(c.Prefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" || c.Prefix == "" {
		fault("prefix", fmt.Sprintf("Use 1 to %d letters or digits.", maxPrefix))
	}
	if why := badTax(c.HSN, c.Rate); why != "" {
		fault("hsn", why)
	}
	for i, r := range c.Rules {
		c.Rules[i].SKU, c.Rules[i].HSN = tidy(r.SKU), tidy(r.HSN)
		if why := badTax(c.Rules[i].HSN, r.Rate); why != "" || c.Rules[i].SKU == "" {
			fault("rules", fmt.Sprintf("Line %d: write the beginning of a SKU, an HSN code and a rate, such as GLD- 7113 3.", i+1))
			break
		}
	}
	if len(faults) > 0 {
		return c, faults
	}
	return c, nil
}

func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' })
}

func badTax(hsn string, rate int) string {
	switch {
	case len(hsn) < 4 || len(hsn) > 8 || len(hsn)%2 != 0 || strings.Trim(hsn, "0123456789") != "":
		return "An HSN code has 4, 6 or 8 digits."
	case rate < 0 || rate > 10_000:
		return "A rate lies between 0 and 100 percent."
	}
	return ""
}

// taxOf is the HSN code and the rate of an item.
func (c Company) taxOf(sku string) (hsn string, rate int) {
	hsn, rate = c.HSN, c.Rate
	longest := 0
	for _, r := range c.Rules {
		if len(r.SKU) > longest && strings.HasPrefix(strings.ToLower(sku), strings.ToLower(r.SKU)) {
			hsn, rate, longest = r.HSN, r.Rate, len(r.SKU)
		}
	}
	return hsn, rate
}

// ValidGSTIN checks a taxpayer's number: state, PAN, count, Z and the check
// character (modulus 36, factors 1 and 2).
func ValidGSTIN(s string) bool {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if len(s) != 15 || s[13] != 'Z' || stateOf(s[:2]) == "" {
		return false
	}
	for i, kind := range "ddLLLLLddddLa" {
		isDigit, isLetter := s[i] >= '0' && s[i] <= '9', s[i] >= 'A' && s[i] <= 'Z'
		if kind == 'd' && !isDigit || kind == 'L' && !isLetter || kind == 'a' && !isDigit && !isLetter {
			return false
		}
	}
	sum := 0
	for i := range 14 {
		p := strings.IndexByte(digits, s[i]) * (1 + i%2)
		sum += p/36 + p%36
	}
	return s[14] == digits[(36-sum%36)%36]
}
