package shop

// Common names and real places, combined at random; mail addresses and phones
// are of ranges that belong to nobody.

var givenNames = [...]string{
	"Aarav", "Aditi", "Akash", "Ananya", "Anjali", "Arjun", "Asha", "Bhavna", "Deepak", "Divya", "Farhan", "Gauri", "Harpreet",
	"Isha", "Jaya", "Karthik", "Kavita", "Kiran", "Lakshmi", "Manish", "Meera", "Mohammed", "Neha", "Nikhil", "Pallavi", "Pooja",
	"Priya", "Rahul", "Ravi", "Ritu", "Rohan", "Sana", "Sandeep", "Shreya", "Simran", "Sneha", "Sunita", "Swati", "Tanvi", "Vikram",
}

var surnames = [...]string{
	"Agarwal", "Ahmed", "Banerjee", "Bhat", "Chatterjee", "Chauhan", "Das", "Desai", "D'Souza", "Fernandes", "Ghosh", "Gill",
	"Gupta", "Iyer", "Jain", "Joshi", "Kapoor", "Kaur", "Khan", "Kulkarni", "Kumar", "Mehta", "Menon", "Mishra", "Nair", "Naidu",
	"Patel", "Patil", "Pillai", "Rao", "Reddy", "Roy", "Saxena", "Shah", "Sharma", "Shetty", "Singh", "Sinha", "Verma", "Yadav",
}

var scripts = [...]struct{ First, Last string }{
	{"आशा", "वर्मा"}, {"रवि", "शर्मा"}, {"ಕವಿತಾ", "ರಾವ್"}, {"மீனா", "குமார்"}, {"సునీత", "రెడ్డి"}, {"অনন্যা", "ঘোষ"},
	{"દીપા", "પટેલ"}, {"ਸਿਮਰਨ", "ਕੌਰ"}, {"അനു", "നായർ"}, {"Zoë", "D’Cruz"},
}

var streets = [...]string{
	"MG Road", "Station Road", "Gandhi Nagar", "Nehru Street", "Shanti Niwas, 2nd Cross", "Lake View Apartments", "Sector 21",
	"Park Street", "Rajaji Salai", "Tilak Marg", "Civil Lines", "Green Park", "Temple Road", "Market Yard", "Anna Nagar",
	"Flat 4B, Sai Residency", "Ring Road", "Old Post Office Lane", "फ्लैट 12, शांति नगर", "C-Block, Model Town",
}

var landmarks = [...]string{"the post office", "Hanuman Mandir", "the metro station", "SBI ATM", "City Hospital", "the school", "the bus stand", "the water tank"}

type place struct {
	city, state, code string
	pins              []string
}

// places carry the state codes of WooCommerce's own list.
var places = [...]place{
	{"Mumbai", "Maharashtra", "MH", []string{"400001", "400050", "400076", "400101"}},
	{"Mumbai", "Maharashtra", "MH", []string{"400058", "400064", "400093"}},
	{"Pune", "Maharashtra", "MH", []string{"411001", "411014", "411045"}},
	{"Nagpur", "Maharashtra", "MH", []string{"440001", "440010"}},
	{"Nashik", "Maharashtra", "MH", []string{"422001"}},
	{"New Delhi", "Delhi", "DL", []string{"110001", "110017", "110092"}},
	{"Bengaluru", "Karnataka", "KA", []string{"560001", "560034", "560102"}},
	{"Bengaluru", "Karnataka", "KA", []string{"560066", "560078"}},
	{"Mysuru", "Karnataka", "KA", []string{"570001"}},
	{"Chennai", "Tamil Nadu", "TN", []string{"600002", "600028", "600040"}},
	{"Coimbatore", "Tamil Nadu", "TN", []string{"641001"}},
	{"Madurai", "Tamil Nadu", "TN", []string{"625001"}},
	{"Hyderabad", "Telangana", "TS", []string{"500001", "500034", "500081"}},
	{"Visakhapatnam", "Andhra Pradesh", "AP", []string{"530001", "530017"}},
	{"Vijayawada", "Andhra Pradesh", "AP", []string{"520001"}},
	{"Kolkata", "West Bengal", "WB", []string{"700001", "700019", "700091"}},
	{"Ahmedabad", "Gujarat", "GJ", []string{"380001", "380015"}},
	{"Surat", "Gujarat", "GJ", []string{"395003", "395007"}},
	{"Vadodara", "Gujarat", "GJ", []string{"390001"}},
	{"Jaipur", "Rajasthan", "RJ", []string{"302001", "302017"}},
	{"Udaipur", "Rajasthan", "RJ", []string{"313001"}},
	{"Lucknow", "Uttar Pradesh", "UP", []string{"226001", "226010"}},
	{"Varanasi", "Uttar Pradesh", "UP", []string{"221001"}},
	{"Noida", "Uttar Pradesh", "UP", []string{"201301"}},
	{"Gurugram", "Haryana", "HR", []string{"122001", "122018"}},
	{"Chandigarh", "Chandigarh", "CH", []string{"160017", "160022"}},
	{"Ludhiana", "Punjab", "PB", []string{"141001"}},
	{"Amritsar", "Punjab", "PB", []string{"143001"}},
	{"Kochi", "Kerala", "KL", []string{"682001", "682016"}},
	{"Thiruvananthapuram", "Kerala", "KL", []string{"695001"}},
	{"Bhopal", "Madhya Pradesh", "MP", []string{"462001"}},
	{"Indore", "Madhya Pradesh", "MP", []string{"452001", "452010"}},
	{"Patna", "Bihar", "BR", []string{"800001"}},
	{"Ranchi", "Jharkhand", "JH", []string{"834001"}},
	{"Raipur", "Chhattisgarh", "CT", []string{"492001"}},
	{"Bhubaneswar", "Odisha", "OR", []string{"751001", "751024"}},
	{"Guwahati", "Assam", "AS", []string{"781001", "781005"}},
	{"Shillong", "Meghalaya", "ML", []string{"793001"}},
	{"Dehradun", "Uttarakhand", "UK", []string{"248001"}},
	{"Shimla", "Himachal Pradesh", "HP", []string{"171001"}},
	{"Jammu", "Jammu and Kashmir", "JK", []string{"180001"}},
	{"Panaji", "Goa", "GA", []string{"403001"}},
	{"Puducherry", "Puducherry", "PY", []string{"605001"}},
	{"Gangtok", "Sikkim", "SK", []string{"737101"}},
}
