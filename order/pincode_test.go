package order

import (
	"compress/gzip"
	"encoding/csv"
	"io"
	"os"
	"slices"
	"testing"
)

func TestPincodeStates(t *testing.T) {
	t.Parallel()
	for pin, want := range map[string]string{
		"110001": "Delhi", "122001": "Haryana", "160017": "Chandigarh", "194101": "Ladakh", "201301": "Uttar Pradesh", "248001": "Uttarakhand",
		"302001": "Rajasthan", "380001": "Gujarat", "396210": "Gujarat", "400 050": "Maharashtra", "403001": "Goa", "452001": "Madhya Pradesh",
		"492001": "Chhattisgarh", "500032": "Telangana", "530001": "Andhra Pradesh", "560038": "Karnataka", "600001": "Tamil Nadu", "682001": "Kerala",
		"700001": "West Bengal", "737101": "Sikkim", "744101": "Andaman and Nicobar Islands", "751001": "Odisha", "781001": "Assam", "791111": "Arunachal Pradesh",
		"793001": "Meghalaya", "795001": "Manipur", "796001": "Mizoram", "797001": "Nagaland", "799001": "Tripura", "800001": "Bihar", "834001": "Jharkhand", "900056": "APO",
	} {
		if got := PincodeStates(pin); len(got) == 0 || got[0] != want {
			t.Errorf("%s lies in %v, want %s", pin, got, want)
		}
	}
	for _, pin := range []string{"", "1", "012345", "100001", "290001", "abcdef", "4000500", "६००००१"} {
		if got := PincodeStates(pin); got != nil {
			t.Errorf("%q lies in %v", pin, got)
		}
	}
}

// Every state that is named exists, and every state has a pincode.
func TestPincodeAreasNameStates(t *testing.T) {
	t.Parallel()
	states, seen := StatesOfIndia(), map[string]bool{}
	for _, a := range pinAreas() {
		if a.from > a.to || a.from < 100 || a.to > 999 {
			t.Errorf("%d to %d is no range", a.from, a.to)
		}
		for _, s := range a.states {
			if seen[s] = true; !slices.Contains(states, s) {
				t.Errorf("%s is no state", s)
			}
		}
	}
	for _, s := range states {
		if !seen[s] {
			t.Errorf("%s has no pincode", s)
		}
	}
}

func TestCheckPincode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		a    Address
		want string
	}{
		"agrees":           {Address{State: "MH", Pincode: "400050", Country: "IN"}, ""},
		"disagrees":        {Address{State: "Kerala", Pincode: "400050"}, "Pincode 400050 lies in Maharashtra, not in Kerala."},
		"border":           {Address{State: "Puducherry", Pincode: "605001"}, ""},
		"either":           {Address{State: "Goa", Pincode: "605001"}, "Pincode 605001 lies in Tamil Nadu or Puducherry, not in Goa."},
		"no state":         {Address{Pincode: "400050"}, ""},
		"no pincode":       {Address{State: "Kerala"}, ""},
		"not in India":     {Address{State: "Kerala", Pincode: "90210", Country: "US"}, ""},
		"unknown state":    {Address{State: "Bombay", Pincode: "560001"}, ""},
		"army":             {Address{State: "Punjab", Pincode: "900056"}, ""},
		"masked":           {Address{State: "Punjab", Pincode: "560•••"}, ""},
		"too short":        {Address{State: "Punjab", Pincode: "5600"}, "This is not a pincode: it has six digits and does not begin with 0."},
		"never given out":  {Address{State: "Punjab", Pincode: "290001"}, "No post office has a pincode that begins with 290."},
		"from spreadsheet": {Address{State: "Karnataka", Pincode: "560038.0"}, ""},
	} {
		if got := CheckPincode(c.a); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Real addresses rarely raise a warning, else nobody would read it.
func TestPincodesOfRealOrders(t *testing.T) {
	t.Parallel()
	f, err := os.Open("../../shared/data/amazon-in/amazon_sale_report_full.csv.gz")
	if err != nil {
		t.Skip("the shared files are not here")
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows := csv.NewReader(z)
	rows.FieldsPerRecord = -1
	n, doubtful := 0, 0
	for {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(row) < 17 || row[15] == "" || row[0] == "index" {
			continue
		}
		n++
		if CheckPincode(Address{State: row[14], Pincode: row[15], Country: row[16]}) != "" {
			doubtful++
		}
	}
	t.Logf("%d of %d addresses are doubtful", doubtful, n)
	if n < 100_000 || doubtful*100 > n {
		t.Errorf("%d of %d addresses are doubtful", doubtful, n)
	}
}
