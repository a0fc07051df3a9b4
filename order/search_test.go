package order

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNormalise(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"Blue KURTA-Set, size M":   {"blue", "kurta", "set", "size", "m"},
		"Café déjà vu Łódź":        {"cafe", "deja", "vu", "lodz"},
		"Cafe\u0301":               {"cafe"},
		"अनिता राव १२३":            {"अनिता", "राव", "123"},
		"फ़ोन":                     {"फोन"},
		"ＡＢＣ１２３":                   {"ａｂｃ123"},
		"क्\u200dष":                {"क्ष"},
		"":                         nil,
		"--- & ***":                nil,
		"405-8078784-5731545":      {"405", "8078784", "5731545"},
		"Gül's \U0001F600 smile ½": {"gul", "s", "smile", "½"},
	}
	for text, want := range tests {
		if diff := cmp.Diff(want, Normalise(text)); diff != "" {
			t.Errorf("%q (-want +got)\n%s", text, diff)
		}
	}
}

func found(o Order, query string) bool {
	e, err := ParseExprAt(query, time.UTC, noon)
	return err == nil && e != nil && Match(e, o)
}

func sample() Order {
	return Order{
		Platform: Amazon, Ref: Ref{Channel: "amazon-in", PlatformOrderID: "405-8078784-5731545"}, Status: Shipped, UpdatedAt: noon,
		Facts: Facts{
			OrderNumber: "#1001", OrderedAt: noon, Payment: COD, Total: INR(129900),
			Customer: Customer{Name: "Anita Rao", Email: "anita.rao@example.com", Phone: "+919876543210",
				Address: Address{City: "Navi  Mumbai", State: "MH", Pincode: "400 703"}},
			Items:    []Item{{SKU: "JNE3781-KR-XXXL", Title: "Blue cotton kurta", Quantity: 2}},
			Shipment: Shipment{AWB: "DLV123456789"},
		},
	}
}

func TestSearchFinds(t *testing.T) {
	t.Parallel()
	o := sample()
	for _, q := range []string{"405-8078784-5731545", "40580787845731545", "405-80787", "5731545", "#1001", "1001", "anita", "ANI", "rao anita",
		"anita.rao@example.com", "anita.rao@ex", "example", "9876543210", "+91 98765 43210", "09876543210", "919876543210", "43210", "3210", "987-654-3210",
		"jne3781-kr", "JNE3781", "XXXL", "kurta blue", "cotton", "dlv1234", "400703", `"blue cotton"`, "status:shipped anita", "anita OR nobody",
		"state:maharashtra", "state:MH", `city:"navi mumbai"`, "pincode:400703", "payment:cod", "sku:jne3781-kr-xxxl", "order:405-8078784-5731545",
		"order:#1001", "awb:dlv123456789", "total:1299", "units:2", "-status:delivered", "customer:" + o.CustomerKey(), "channel:amazon-in"} {
		if !found(o, q) {
			t.Errorf("%q does not find the order among %v", q, SearchWords(o))
		}
	}
	for _, q := range []string{"nita", "405-8078784-57315450", "kurtas", "blue red", "-anita", "status:delivered", "total>1299", "shipby:..", "flag:archived", "tag:vip", "order:1001"} {
		if found(o, q) {
			t.Errorf("%q finds the order", q)
		}
	}
}

func TestArchivedIsSeenOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	o := sample()
	o.Desk.Archived = true
	for q, want := range map[string]bool{"anita": false, "anita flag:archived": true, "flag:archived,held": true, "-flag:archived": false,
		"anita OR -flag:archived": true, "-(flag:archived nobody)": true} {
		if found(o, q) != want {
			t.Errorf("%q finds an archived order: %v", q, !want)
		}
	}
	if Match(nil, o) || !Match(nil, sample()) {
		t.Error("without a condition every order but archived ones is selected")
	}
}

func TestFlagValues(t *testing.T) {
	t.Parallel()
	o := absorbAll([]Report{at(1, Processing, "")})
	o.Desk.Hold = &Hold{Reason: "fraud?"}
	if err := o.SetStatus(Shipped, "u", "", true, base.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := TextValues(o, FieldFlag); !slices.Equal(got, []string{"held", "waiting"}) {
		t.Errorf("%v", got)
	}
	o.Wish.State = WishRefused
	o.settle()
	if got := TextValues(o, FieldFlag); !slices.Equal(got, []string{"held", "needs_attention", "refused"}) {
		t.Errorf("%v", got)
	}
}

func TestIndianForms(t *testing.T) {
	t.Parallel()
	check := func(name string, f func(string) string, tests map[string]string) {
		for in, want := range tests {
			if got := f(in); got != want {
				t.Errorf("%s(%q) = %q, want %q", name, in, got, want)
			}
			if got := f(f(in)); got != f(in) {
				t.Errorf("%s is not idempotent on %q: %q", name, in, got)
			}
		}
	}
	check("NormaliseState", NormaliseState, map[string]string{
		"DELHI": "Delhi", "New Delhi": "Delhi", "delhi": "Delhi", "ODISHA": "Odisha", "orissa": "Odisha", "Rajshthan": "Rajasthan",
		"rajsthan": "Rajasthan", "RJ": "Rajasthan", "PUDUCHERRY": "Puducherry", "Pondicherry": "Puducherry", "PB": "Punjab", "NL": "Nagaland",
		"AR": "Arunachal Pradesh", "Arunachal pradesh": "Arunachal Pradesh", "APO": "APO", "Punjab/Mohali/Zirakpur": "Punjab",
		"ANDAMAN & NICOBAR ": "Andaman and Nicobar Islands", "JAMMU & KASHMIR": "Jammu and Kashmir",
		"DADRA AND NAGAR": "Dadra and Nagar Haveli and Daman and Diu", "IN-MH": "Maharashtra", "TG": "Telangana", "LAKSHADWEEP": "Lakshadweep",
		"LADAKH": "Ladakh", "Tamil  Nadu": "Tamil Nadu", "": "", " Bavaria  Süd": "Bavaria Süd", "MIZORAM": "Mizoram", "CHHATTISGARH": "Chhattisgarh",
	})
	check("NormalisePincode", NormalisePincode, map[string]string{
		"400081": "400081", "400081.0": "400081", "'400081": "400081", "400 081": "400081", " 400-081 ": "400081", "": "",
		"012345": "012345", "SW1A 1AA": "SW1A 1AA", "4000811": "4000811",
	})
	check("NormalisePhone", NormalisePhone, map[string]string{
		"9876543210": "+919876543210", "+91 98765 43210": "+919876543210", "09876543210": "+919876543210", "919876543210": "+919876543210",
		"0091 98765-43210": "+919876543210", "'+919876543210": "+919876543210", "9876543210.0": "+919876543210", "(022) 2345-6789": "+912223456789",
		"+1 (415) 555-0100": "+14155550100", "+44 20 7946 0958": "+442079460958", "98XXXXXX10": "98XXXXXX10", "12345": "12345", "": "",
		"9.87654E+09": "9.87654E+09",
	})
	for _, s := range StatesOfIndia() {
		if NormaliseState(s) != s || NormaliseState(foldText(s)) != s {
			t.Errorf("%q is not its own name", s)
		}
	}
}

func TestCustomerKey(t *testing.T) {
	t.Parallel()
	key := func(phone, mail string) string { return CustomerKey(Customer{Phone: phone, Email: mail, Name: "Asha"}) }
	if key("9876543210", "a@x.in") != key("+91 98765 43210", "") || key("", "A@x.in ") != key("", "a@X.in") {
		t.Error("one person has two keys")
	}
	if key("", "") != "" || key("98XXXXXX10", "") != "" {
		t.Error("a name or a masked phone identifies nobody")
	}
	a := Order{Ref: Ref{Channel: "a"}, Facts: Facts{Customer: Customer{ID: "7"}}}
	b := a
	b.Ref.Channel = "b"
	if a.CustomerKey() == "" || a.CustomerKey() == b.CustomerKey() {
		t.Error("a platform's customer id means something within its channel only")
	}
}
