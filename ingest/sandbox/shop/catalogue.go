package shop

import "fmt"

// article is one piece of the catalogue. HSN 7113 is precious metal, 7117
// imitation jewellery; prices are in paise and include 3 % GST. One article has
// no SKU, as happens in real shops.
type article struct {
	sku, title, hsn string
	price           int64
}

var catalogue = [...]article{
	{"PLM-RNG-001", "Gold Plated Twist Ring, Adjustable", "7117", 799_00},
	{"PLM-RNG-002", "Solitaire Ring, 925 Silver, Size 12", "7113", 1899_00},
	{"PLM-RNG-003", "Stackable Ring Set of 5", "7117", 999_00},
	{"PLM-RNG-004", "Couple Bands “Saath”, 925 Silver", "7113", 2499_00},
	{"PLM-RNG-005", "Evil Eye Ring", "7117", 649_00},
	{"PLM-RNG-006", "Rose Gold Infinity Ring, Size 14", "7113", 2199_00},
	{"PLM-EAR-001", "Oxidised Jhumka Earrings", "7117", 549_00},
	{"PLM-EAR-002", "Kundan Jhumka, Gold Plated", "7117", 1299_00},
	{"PLM-EAR-003", "Everyday Hoops 20 mm | झुमका Edition", "7117", 899_00},
	{"PLM-EAR-004", "Pearl Studs, 925 Silver", "7113", 1149_00},
	{"PLM-EAR-005", "Temple Chandbali Earrings", "7117", 1599_00},
	{"PLM-EAR-006", "Zirconia Drop Earrings", "7117", 1099_00},
	{"PLM-MNG-001", "Minimal Mangalsutra, Single Diamond", "7113", 3499_00},
	{"PLM-MNG-002", "Mangalsutra Bracelet, Black Beads", "7117", 1199_00},
	{"PLM-MNG-003", "Long Mangalsutra with Vati Pendant", "7117", 1799_00},
	{"PLM-BNG-001", "Kada Bangle, Antique Gold", "7117", 1499_00},
	{"PLM-BNG-002", "Openable Bangle Pair, Size 2.6", "7117", 1999_00},
	{"PLM-BNG-003", "Silver Bangle Set of 4, Size 2.4", "7113", 4299_00},
	{"PLM-NCK-001", "Layered Pearl Necklace, 18\" (Pack of 1)", "7117", 2499_00},
	{"PLM-NCK-002", "Choker Set with Earrings", "7117", 2899_00},
	{"PLM-NCK-003", "Initial Pendant Chain, 925 Silver", "7113", 1699_00},
	{"PLM-NCK-004", "Evil Eye “Nazar” Necklace", "7117", 899_00},
	{"PLM-NCK-005", "Temple Haar, Lakshmi Motif", "7117", 3999_00},
	{"PLM-ANK-001", "Ghungroo Anklets, Pair", "7117", 749_00},
	{"PLM-ANK-002", "Silver Payal with Meenakari, Pair", "7113", 2299_00},
	{"PLM-BRC-001", "Tennis Bracelet, Zirconia", "7117", 1399_00},
	{"PLM-BRC-002", "Charm Bracelet, Rose Gold", "7117", 1249_00},
	{"PLM-BRC-003", "Rudraksha Bracelet, Men", "7117", 1099_00},
	{"PLM-NSP-001", "Nath Nose Pin, Clip-on", "7117", 399_00},
	{"PLM-NSP-002", "Silver Nose Stud, Set of 3", "7113", 699_00},
	{"PLM-TKA-001", "Maang Tikka, Kundan", "7117", 849_00},
	{"PLM-TOE-001", "Toe Rings, 925 Silver, Pair", "7113", 599_00},
	{"PLM-GFT-001", "Gift Box “Rakhi” with Bracelet", "7117", 1599_00},
	{"", "Jewellery Care Kit", "7117", 299_00},
}

// Article returns an article of the catalogue as a line of one piece; false
// when there is none of this number. Numbers start at 1.
func Article(number int) (Line, bool) {
	if number < 1 || number > len(catalogue) {
		return Line{}, false
	}
	a := catalogue[number-1]
	return Line{Product: number, SKU: a.sku, ASIN: asin(number), Title: a.title, HSN: a.hsn, Quantity: 1, Unit: a.price, Amount: a.price,
		Priced: true}, true
}

func asin(number int) string { return fmt.Sprintf("B0PLM%05d", number) }
