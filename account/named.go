package account

import (
	"slices"
	"strings"
)

// Named lists the ids of the users whom a text names: an id exactly, or the
// beginning of a word of the name, in any case.
func Named(users []User, text string) []string {
	text = strings.ToLower(strings.TrimSpace(text))
	var ids []string
	for _, u := range users {
		name := strings.ToLower(u.Name)
		if strings.ToLower(string(u.ID)) == text {
			return []string{string(u.ID)}
		}
		if strings.HasPrefix(name, text) || strings.Contains(name, " "+text) {
			ids = append(ids, string(u.ID))
		}
	}
	slices.Sort(ids)
	return ids
}
