package report

import "strings"

// categories are the words that name a kind of thing in titles, each with the
// category it belongs to, the more telling ones first: a "necklace set with
// earrings" is a set. They match from the beginning of a word on.
func categories() [][2]string {
	return [][2]string{
		{"gift", "Gift boxes"}, {"hamper", "Gift boxes"}, {"combo", "Sets"}, {"set", "Sets"},
		{"mangalsutra", "Mangalsutras"}, {"nose", "Nose pins"}, {"anklet", "Anklets"}, {"payal", "Anklets"}, {"toe ring", "Toe rings"},
		{"earring", "Earrings"}, {"stud", "Earrings"}, {"hoop", "Earrings"}, {"jhumka", "Earrings"}, {"drops", "Earrings"}, {"ear cuff", "Earrings"},
		{"bracelet", "Bracelets"}, {"bangle", "Bangles"}, {"kada", "Bangles"}, {"watch", "Watches"}, {"brooch", "Brooches"}, {"maang", "Maang tikkas"}, {"tikka", "Maang tikkas"},
		{"necklace", "Necklaces"}, {"haar", "Necklaces"}, {"choker", "Necklaces"}, {"chain", "Necklaces"}, {"pendant", "Pendants"}, {"locket", "Pendants"},
		{"ring", "Rings"}, {"band", "Rings"}, {"charm", "Charms"},
	}
}

// Category is the kind of thing a title names. Platforms tell no category with
// an order, so it is read from the title; a title of one or two words that none
// of them fits is a category of its own, anything else is "Other".
func Category(title string) string {
	lower := " " + strings.ToLower(title)
	for _, c := range categories() {
		if strings.Contains(lower, " "+c[0]) {
			return c[1]
		}
	}
	name, _, _ := strings.Cut(title, ",")
	if words := strings.Fields(name); len(words) > 0 && len(words) <= 2 {
		return strings.Join(words, " ")
	}
	return "Other"
}
