package setting

import "github.com/palmonas/palmonas-crm/order"

// CompanyView is the form of the seller's details, its fields by name.
type CompanyView struct {
	Values map[string]string
	Errors order.FieldErrors
	CSRF   string
}
