package views

import "strings"

// words says who is there.
func (v ViewersView) words() string {
	switch n := len(v.Names); {
	case n == 0:
		return Count(v.Count, "colleague has", "colleagues have") + " this open"
	case n == 1 && v.Count == 1:
		return v.Names[0] + " has this open too"
	case n == v.Count && n <= 3:
		return strings.Join(v.Names[:n-1], ", ") + " and " + v.Names[n-1] + " have this open too"
	default:
		return v.Names[0] + " and " + Count(v.Count-1, "other has", "others have") + " this open too"
	}
}
