package order

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// A correction replaces what the platform says about where an order goes and
// how the customer is reached. It stands, whatever the platform reports, until
// a person reverts it; the platform's own stays in Facts. The history names the
// field and never the value.

// maxField is how long one line of an address or contact may be, in characters.
const maxField = 200

// CleanAddress is an address as orders keep it: blanks tidied, the state's and
// the pincode's usual form, India where no country is given. The error is
// FieldErrors at line1, city, state, pincode and country.
func CleanAddress(a Address) (Address, error) {
	tidy := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	a = Address{Line1: tidy(a.Line1), Line2: tidy(a.Line2), City: tidy(a.City), State: NormaliseState(a.State),
		Pincode: NormalisePincode(a.Pincode), Country: strings.ToUpper(cmp.Or(tidy(a.Country), "IN"))}
	faults := badFields([][2]string{{"line1", a.Line1}, {"line2", a.Line2}, {"city", a.City}, {"state", a.State}, {"pincode", a.Pincode}})
	fault := func(field, why string) {
		if faults.For(field) == "" {
			faults = append(faults, FieldError{Field: field, Message: why})
		}
	}
	if a.Line1 == "" {
		fault("line1", "Write the first line of the address.")
	}
	if a.City == "" {
		fault("city", "Write the city.")
	}
	if len(a.Country) != 2 || strings.Trim(a.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		fault("country", "Write the country as two letters, such as IN.")
	}
	if a.Country == "IN" && !IsPincode(a.Pincode) {
		fault("pincode", "A pincode has six digits and does not begin with 0.")
	}
	return a, faults.or()
}

// IsPincode reports whether a text is an Indian postal code as NormalisePincode
// returns it.
func IsPincode(s string) bool {
	return len(s) == 6 && s[0] != '0' && strings.Trim(s, "0123456789") == ""
}

// CleanContact is a contact as orders keep it. The error is FieldErrors at
// name, email and phone.
func CleanContact(k Contact) (Contact, error) {
	k = Contact{Name: strings.Join(strings.Fields(k.Name), " "), Email: strings.ToLower(strings.TrimSpace(k.Email)), Phone: NormalisePhone(k.Phone)}
	faults := badFields([][2]string{{"name", k.Name}, {"email", k.Email}, {"phone", k.Phone}})
	fault := func(field, why string) {
		if faults.For(field) == "" {
			faults = append(faults, FieldError{Field: field, Message: why})
		}
	}
	if k == (Contact{}) {
		fault("name", "Write a name, a phone number or an e-mail address.")
	}
	if local, domain, ok := strings.Cut(k.Email, "@"); k.Email != "" && (!ok || local == "" || domain == "" || strings.ContainsAny(k.Email, " <>,;\"") || strings.Contains(domain, "@")) {
		fault("email", "This is not an e-mail address.")
	}
	if k.Phone != "" && !strings.HasPrefix(k.Phone, "+") {
		fault("phone", "Write ten digits, or + and the country's number first.")
	}
	return k, faults.or()
}

// badFields checks what holds for every text; values are pairs of field and
// text.
func badFields(values [][2]string) FieldErrors {
	var faults FieldErrors
	for _, v := range values {
		switch {
		case badText(v[1]):
			faults = append(faults, FieldError{Field: v[0], Message: "This holds characters that cannot be stored."})
		case utf8.RuneCountInString(v[1]) > maxField:
			faults = append(faults, FieldError{Field: v[0], Message: fmt.Sprintf("This is longer than %d characters.", maxField)})
		}
	}
	return faults
}

// CorrectAddress replaces the platform's address; the platform's own again
// reverts it. The error is as CleanAddress gives it.
func (o *Order) CorrectAddress(a Address, by string, at time.Time) error {
	clean, err := CleanAddress(a)
	switch {
	case err != nil:
		return err
	case clean == o.Facts.Customer.Address:
		o.RevertAddress(by, at)
		return nil
	case o.Desk.Address != nil && *o.Desk.Address == clean:
		return nil
	}
	o.Desk.Address = &clean
	o.editedBy(by, at, "", "address")
	return nil
}

// RevertAddress takes the platform's address again.
func (o *Order) RevertAddress(by string, at time.Time) {
	if o.Desk.Address == nil {
		return
	}
	o.Desk.Address = nil
	o.editedBy(by, at, "the platform’s again", "address")
}

// CorrectContact replaces the platform's name, e-mail and phone; the platform's
// own again reverts it. The error is as CleanContact gives it.
func (o *Order) CorrectContact(k Contact, by string, at time.Time) error {
	clean, err := CleanContact(k)
	c := o.Facts.Customer
	switch {
	case err != nil:
		return err
	case clean == (Contact{Name: c.Name, Email: c.Email, Phone: c.Phone}):
		o.RevertContact(by, at)
		return nil
	case o.Desk.Contact != nil && *o.Desk.Contact == clean:
		return nil
	}
	o.Desk.Contact = &clean
	o.editedBy(by, at, "", "contact")
	return nil
}

// RevertContact takes the platform's name, e-mail and phone again.
func (o *Order) RevertContact(by string, at time.Time) {
	if o.Desk.Contact == nil {
		return
	}
	o.Desk.Contact = nil
	o.editedBy(by, at, "the platform’s again", "contact")
}
