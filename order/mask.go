package order

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Masked is the order as somebody may see it who may not read customers: who
// ordered is hidden, and so is what people wrote in free text, since that is
// where names and numbers end up too. Masking twice changes nothing more, and o
// is not modified.
func Masked(o Order) Order {
	c := o.ShipTo()
	o.Facts.Customer = Customer{Name: MaskName(c.Name), Phone: MaskPhone(c.Phone),
		Address: Address{State: c.Address.State, Pincode: MaskPincode(c.Address.Pincode), Country: c.Address.Country}}
	if c.Email != "" {
		o.Facts.Customer.Email = "•••"
	}
	o.Desk.Address, o.Desk.Contact, o.Desk.Notes = nil, nil, nil
	if o.Desk.Hold != nil {
		hold := *o.Desk.Hold
		hold.Reason = ""
		o.Desk.Hold = &hold
	}
	o.History = slices.Clone(o.History)
	for i := range o.History {
		if o.History[i].Source == FromUser {
			o.History[i].Note = ""
		}
	}
	return o
}

// MaskName keeps the first letter of each word: "Asha Rao" is "A••• R•••". The
// number of dots says nothing about the name.
func MaskName(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		words[i] = string(r) + "•••"
	}
	return strings.Join(words, " ")
}

// MaskPhone keeps the last two digits: "+919876543210" is "••••••••10". Shorter
// than six digits nothing is kept.
func MaskPhone(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	switch {
	case strings.TrimSpace(s) == "":
		return ""
	case strings.Contains(s, "•"):
		return s // masked already
	case len(digits) < 6:
		return "••••••••••"
	}
	return "••••••••" + digits[len(digits)-2:]
}

// MaskEmail keeps the first letter and the domain: "asha@example.com" is
// "a•••@example.com". What is not an address is hidden as a whole.
func MaskEmail(s string) string {
	local, domain, ok := strings.Cut(strings.TrimSpace(s), "@")
	switch {
	case strings.TrimSpace(s) == "":
		return ""
	case !ok || local == "" || strings.Contains(domain, "@"):
		return "•••••"
	}
	r, _ := utf8.DecodeRuneInString(local)
	return string(r) + "•••@" + domain
}

// MaskPincode keeps the sorting district: "560034" is "560•••".
func MaskPincode(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.HasSuffix(s, "•") {
		return s
	}
	if len(s) != 6 || strings.Trim(s, "0123456789") != "" {
		return "•••"
	}
	return s[:3] + "•••"
}
