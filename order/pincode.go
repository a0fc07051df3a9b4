package order

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// pinArea is a run of three-digit pincode prefixes and where they lie.
type pinArea struct {
	from, to int
	states   []string
}

const (
	bihar   = "Bihar"
	daman   = "Dadra and Nagar Haveli and Daman and Diu"
	ladakh  = "Ladakh"
	kashmir = "Jammu and Kashmir"
	jhark   = "Jharkhand"
	puduch  = "Puducherry"
	tamil   = "Tamil Nadu"
	uttar   = "Uttar Pradesh"
	uttara  = "Uttarakhand"
)

// pinAreas is how India Post numbers its circles and sorting districts: the
// first digit is the zone, the first two the circle, the first three the
// sorting district (All India Pincode Directory, data.gov.in). Later entries
// are exceptions of earlier ones. A district on a border, or one that became
// another state's after its number was given, has both states: in 194 older
// addresses say Jammu and Kashmir, in 507 some villages went to Andhra Pradesh.
func pinAreas() []pinArea {
	one := func(from, to int, states ...string) pinArea { return pinArea{from, to, states} }
	return []pinArea{
		one(110, 110, "Delhi"), one(121, 136, "Haryana"), one(140, 152, "Punjab"), one(160, 160, "Chandigarh", "Punjab"),
		one(171, 177, "Himachal Pradesh"), one(180, 193, kashmir), one(194, 194, ladakh, kashmir),
		one(201, 285, uttar), one(244, 244, uttar, uttara), one(246, 247, uttar, uttara), one(248, 249, uttara), one(262, 262, uttar, uttara), one(263, 263, uttara),
		one(301, 345, "Rajasthan"), one(360, 396, "Gujarat"), one(362, 362, "Gujarat", daman), one(396, 396, "Gujarat", daman),
		one(400, 445, "Maharashtra"), one(403, 403, "Goa"), one(450, 488, "Madhya Pradesh"), one(490, 497, "Chhattisgarh"),
		one(500, 509, "Telangana"), one(507, 507, "Telangana", "Andhra Pradesh"), one(515, 535, "Andhra Pradesh"), one(533, 533, "Andhra Pradesh", puduch),
		one(560, 591, "Karnataka"), one(600, 643, tamil), one(605, 605, tamil, puduch), one(607, 607, tamil, puduch), one(609, 609, tamil, puduch),
		one(670, 695, "Kerala"), one(673, 673, "Kerala", puduch), one(682, 682, "Kerala", "Lakshadweep"),
		one(700, 743, "West Bengal"), one(737, 737, "Sikkim"), one(744, 744, "Andaman and Nicobar Islands"), one(751, 770, "Odisha"),
		one(781, 788, "Assam"), one(781, 782, "Assam", "Meghalaya"), one(790, 792, "Arunachal Pradesh"), one(793, 794, "Meghalaya"), one(795, 795, "Manipur"),
		one(796, 796, "Mizoram"), one(797, 798, "Nagaland"), one(799, 799, "Tripura"),
		one(800, 855, bihar), one(813, 814, bihar, jhark), one(815, 818, jhark), one(822, 822, jhark), one(825, 835, jhark),
		one(900, 999, "APO"),
	}
}

// PincodeStates lists the states in which a pincode may lie, the likeliest
// first; none for a text that is not a pincode, or a number that India Post
// has not given out.
func PincodeStates(pincode string) []string {
	pin := NormalisePincode(pincode)
	if !IsPincode(pin) {
		return nil
	}
	prefix, err := strconv.Atoi(pin[:3])
	if err != nil {
		return nil
	}
	for _, a := range slices.Backward(pinAreas()) {
		if a.from <= prefix && prefix <= a.to {
			return a.states
		}
	}
	return nil
}

// CheckPincode says in a sentence what is doubtful about an Indian address'
// pincode, or nothing. It never means that an order cannot be sent: people
// write former states and neighbouring ones, and the parcel arrives.
func CheckPincode(a Address) string {
	pin, state := strings.TrimSpace(a.Pincode), NormaliseState(a.State)
	if pin == "" || a.Country != "" && a.Country != "IN" || strings.Contains(pin, "•") {
		return ""
	}
	if !IsPincode(NormalisePincode(pin)) {
		return "This is not a pincode: it has six digits and does not begin with 0."
	}
	states := PincodeStates(pin)
	switch {
	case len(states) == 0:
		return "No post office has a pincode that begins with " + NormalisePincode(pin)[:3] + "."
	case state == "" || !slices.Contains(StatesOfIndia(), state) || slices.Contains(states, state) || states[0] == "APO":
		return ""
	}
	return fmt.Sprintf("Pincode %s lies in %s, not in %s.", NormalisePincode(pin), strings.Join(states, " or "), state)
}
