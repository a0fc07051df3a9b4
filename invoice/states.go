package invoice

import "slices"

// stateCode is the number that the GST network gives a state; it begins every
// GSTIN and stands beside the place of supply (CBIC, list of state codes for
// GSTIN). union marks the union territories without a legislature, where the
// UTGST Act takes the place of a state's.
type stateCode struct {
	name  string
	code  string
	union bool
}

func stateCodes() []stateCode {
	return []stateCode{
		{"Jammu and Kashmir", "01", false}, {"Himachal Pradesh", "02", false}, {"Punjab", "03", false}, {"Chandigarh", "04", true},
		{"Uttarakhand", "05", false}, {"Haryana", "06", false}, {"Delhi", "07", false}, {"Rajasthan", "08", false}, {"Uttar Pradesh", "09", false},
		{"Bihar", "10", false}, {"Sikkim", "11", false}, {"Arunachal Pradesh", "12", false}, {"Nagaland", "13", false}, {"Manipur", "14", false},
		{"Mizoram", "15", false}, {"Tripura", "16", false}, {"Meghalaya", "17", false}, {"Assam", "18", false}, {"West Bengal", "19", false},
		{"Jharkhand", "20", false}, {"Odisha", "21", false}, {"Chhattisgarh", "22", false}, {"Madhya Pradesh", "23", false}, {"Gujarat", "24", false},
		{"Dadra and Nagar Haveli and Daman and Diu", "26", true}, {"Maharashtra", "27", false}, {"Karnataka", "29", false}, {"Goa", "30", false},
		{"Lakshadweep", "31", true}, {"Kerala", "32", false}, {"Tamil Nadu", "33", false}, {"Puducherry", "34", false},
		{"Andaman and Nicobar Islands", "35", true}, {"Telangana", "36", false}, {"Andhra Pradesh", "37", false}, {"Ladakh", "38", true},
	}
}

// codeOf is the code of a state, empty for a name that has none.
func codeOf(state string) string {
	if i := slices.IndexFunc(stateCodes(), func(s stateCode) bool { return s.name == state }); i >= 0 {
		return stateCodes()[i].code
	}
	return ""
}

// stateOf is the state of a code.
func stateOf(code string) string {
	if i := slices.IndexFunc(stateCodes(), func(s stateCode) bool { return s.code == code }); i >= 0 {
		return stateCodes()[i].name
	}
	return ""
}

func isUnion(state string) bool {
	return slices.ContainsFunc(stateCodes(), func(s stateCode) bool { return s.name == state && s.union })
}

// abroad is the code for a place of supply outside India.
const abroad = "96"
