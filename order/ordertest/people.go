package ordertest

import (
	"fmt"
	"strings"

	"github.com/palmonas/palmonas-crm/order"
)

func (s synth) customer() order.Customer {
	firstName := pick(s, "Aarav", "Aditi", "Akash", "Ananya", "Anjali", "Arjun", "Avni", "Bhavna", "Charu", "Deepa", "Dev", "Diya",
		"Farah", "Gauri", "Harsh", "Ishaan", "Ishita", "Jaya", "Kabir", "Kavya", "Kiran", "Lakshmi", "Leela", "Manoj", "Meera",
		"Mohan", "Naina", "Neha", "Nikhil", "Pooja", "Pranav", "Priya", "Rahul", "Rhea", "Rohan", "Saanvi", "Sana", "Shreya",
		"Simran", "Sneha", "Tanvi", "Tara", "Uma", "Varun", "Vidya", "Vikram", "Yash", "Zoya")
	last := pick(s, "Agarwal", "Bansal", "Bhat", "Chopra", "Das", "Desai", "Dutta", "Fernandes", "Ghosh", "Gupta", "Iyer", "Jain",
		"Joshi", "Kapoor", "Khan", "Kulkarni", "Kumar", "Malhotra", "Mehta", "Menon", "Mishra", "Nair", "Naidu", "Pandey",
		"Patel", "Pillai", "Rao", "Reddy", "Saxena", "Shah", "Sharma", "Singh", "Sinha", "Thomas", "Trivedi", "Varma", "Yadav")
	// One in three orders is by a customer who has ordered before.
	person := s.IntN(1 << 20)
	if s.IntN(3) == 0 {
		person %= 4096
	}
	return order.Customer{
		ID: fmt.Sprint("c", person), Name: firstName + " " + last,
		Email:   strings.ToLower(firstName+"."+last) + fmt.Sprint(person, "@example.com"),
		Phone:   fmt.Sprintf("+91%d%09d", 2+person%4, (person*7919)%1_000_000_000),
		Address: s.address(),
	}
}

type place struct{ city, state, pin string }

func (s synth) address() order.Address {
	p := pick(s, place{"Mumbai", "Maharashtra", "400"}, place{"Pune", "Maharashtra", "411"}, place{"Nagpur", "Maharashtra", "440"},
		place{"New Delhi", "Delhi", "110"}, place{"Bengaluru", "Karnataka", "560"}, place{"Mysuru", "Karnataka", "570"},
		place{"Chennai", "Tamil Nadu", "600"}, place{"Coimbatore", "Tamil Nadu", "641"}, place{"Hyderabad", "Telangana", "500"},
		place{"Kolkata", "West Bengal", "700"}, place{"Ahmedabad", "Gujarat", "380"}, place{"Surat", "Gujarat", "395"},
		place{"Jaipur", "Rajasthan", "302"}, place{"Lucknow", "Uttar Pradesh", "226"}, place{"Kochi", "Kerala", "682"},
		place{"Indore", "Madhya Pradesh", "452"}, place{"Guwahati", "Assam", "781"}, place{"Bhubaneswar", "Odisha", "751"})
	street := pick(s, "MG Road", "Station Road", "Park Street", "Lake View Road", "Temple Street", "Ring Road", "Market Lane")
	return order.Address{
		Line1: fmt.Sprintf("Flat %d, %s", 1+s.IntN(900), street), Line2: "Sector " + fmt.Sprint(1+s.IntN(60)),
		City: p.city, State: p.state, Pincode: p.pin + fmt.Sprintf("%03d", s.IntN(100)), Country: "IN",
	}
}

func (s synth) items() []order.Item {
	n := pick(s, 1, 1, 2, 2, 2, 3)
	items := make([]order.Item, n)
	for i := range items {
		items[i] = s.item(i)
	}
	return items
}

func (s synth) item(line int) order.Item {
	kind := pick(s, "Ring", "Necklace", "Earrings", "Bracelet", "Pendant", "Anklet", "Mangalsutra", "Bangle", "Nose Pin", "Chain")
	metal := pick(s, "18k Gold Plated", "Sterling Silver 925", "Rose Gold Plated", "Demi Fine Gold", "Rhodium Plated")
	style := pick(s, "Solitaire", "Kundan", "Pearl Drop", "Evil Eye", "Layered", "Infinity", "Heart", "Floral", "Minimal", "Zircon",
		"Temple", "Moonstone", "Baguette", "Leaf", "Halo", "Twist")
	design := s.IntN(40)
	quantity := pick(s, 1, 1, 1, 1, 2)
	price := int64(79900 + 10000*(design*7%45))
	gross := price * int64(quantity)
	discount := gross * int64(pick(s, 0, 0, 10, 15, 20)) / 100
	total := gross - discount
	return order.Item{
		LineID: fmt.Sprint(line + 1), SKU: fmt.Sprintf("PM-%s-%s%02d", initials(kind), initials(metal), design),
		ProductID: fmt.Sprintf("B0%s%05d", initials(style), design*131), Title: metal + " " + style + " " + kind,
		Quantity: quantity, UnitPrice: order.INR(price), Discount: order.INR(discount),
		Tax: order.INR(total * 3 / 103), Total: order.INR(total),
	}
}

// initials are the first letters of the words of a text, at least two.
func initials(text string) string {
	var b strings.Builder
	for _, w := range strings.Fields(text) {
		b.WriteString(strings.ToUpper(w[:min(2, len(w))]))
	}
	return b.String()
}
