package order

import (
	"math"
	"time"
)

// Query selects, sorts and pages orders. The same Query means the same orders
// on a page, in the API, in an export, in a bulk action and on the command
// line. Archived orders and purchase orders are never selected unless a term
// asks for them.
type Query struct {
	// Where is nil when every order is wanted.
	Where Expr
	Sort  Sort
	// Limit is the number of orders on a page.
	Limit int
	// Page counts from 1 and is used while Before and After are empty.
	Page int
	// After and Before are cursors that a Page returned.
	After, Before string
}

// Sort names the order of a list. Ties fall to the sort key, in the same
// direction.
type Sort string

// The sorts.
const (
	NewestFirst      Sort = "-ordered_at"
	OldestFirst      Sort = "ordered_at"
	LargestFirst     Sort = "-total"
	SmallestFirst    Sort = "total"
	RecentlyChanged  Sort = "-updated_at"
	LeastRecent      Sort = "updated_at"
	ShipSoonestFirst Sort = "ship_by" // orders without a ship-by time are left out
)

// Sorts lists every sort.
func Sorts() []Sort {
	return []Sort{NewestFirst, OldestFirst, LargestFirst, SmallestFirst, RecentlyChanged, LeastRecent, ShipSoonestFirst}
}

// Expr is a condition on an order: And, Or, Not or Term.
type Expr interface{ isExpr() }

// And holds when each condition holds; an empty one always does.
type And []Expr

// Or holds when one of its conditions holds; an empty one never does.
type Or []Expr

// Not holds when X does not.
type Not struct{ X Expr }

// Term is one comparison. Text fields hold when the order's value is one of
// Text; Words holds when one word of the order begins with Text[0]; number
// fields hold when Lo <= value < Hi.
type Term struct {
	Field  Field
	Text   []string
	Lo, Hi int64
}

func (And) isExpr()  {}
func (Or) isExpr()   {}
func (Not) isExpr()  {}
func (Term) isExpr() {}

// Field is something one can ask of an order, by the name that the query
// language uses for it.
type Field string

// Text fields.
const (
	Words         Field = "words" // free text; not written in the language
	FieldPlatform Field = "platform"
	FieldChannel  Field = "channel"
	FieldStatus   Field = "status"
	FieldPayment  Field = "payment"
	FieldTag      Field = "tag"
	FieldAssignee Field = "assignee"
	FieldFlag     Field = "flag" // a Flag, or: held, archived, waiting, refused
	FieldSKU      Field = "sku"
	FieldState    Field = "state"
	FieldCity     Field = "city"
	FieldPincode  Field = "pincode"
	FieldAWB      Field = "awb"
	FieldCustomer Field = "customer" // a CustomerKey
	FieldOrder    Field = "order"    // order number or platform order id, exactly
	FieldKind     Field = "kind"     // purchase; orders of customers have none
)

// Number fields; times are Unix milliseconds, amounts paise.
const (
	FieldOrdered Field = "date"
	FieldUpdated Field = "updated"
	FieldShipBy  Field = "shipby"
	FieldTotal   Field = "total"
	FieldUnits   Field = "units"
)

// Open ends of a number field's range.
const (
	Lowest  = math.MinInt64
	Highest = math.MaxInt64
)

// Row is what a list shows of an order.
type Row struct {
	ID              ID
	Kind            Kind
	Platform        Platform
	Channel         string
	PlatformOrderID string
	OrderNumber     string
	OrderedAt       time.Time
	Status          Status
	PlatformStatus  string
	Waiting         bool // a wish is not confirmed yet
	Flags           []Flag
	Payment         PaymentMethod
	CustomerName    string
	Phone           string
	City            string
	State           string
	FirstItem       string // title, or SKU when it has none
	FirstSKU        string
	Lines           int
	Units           int
	Total           Money
	ShipBy          time.Time
	Tags            []string
	Assignee        string
	Held            bool
	AWB             string
	Version         int64
	UpdatedAt       time.Time
}

// Page is a part of a list. Next and Prev are cursors, empty at the ends.
type Page struct {
	Rows       []Row
	Next, Prev string
}
