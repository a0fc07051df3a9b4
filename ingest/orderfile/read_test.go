package orderfile

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/palmonas/palmonas-crm/order"
)

var importedAt = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)

// result is what reading a text gave.
type result struct {
	sum     Summary
	reports []order.Report
	rejects []Reject
	err     error
}

func (r result) byID(id string) order.Report {
	i := slices.IndexFunc(r.reports, func(x order.Report) bool { return x.Ref.PlatformOrderID == id })
	if i < 0 {
		return order.Report{}
	}
	return r.reports[i]
}

func readAll(tb testing.TB, in io.Reader, o Options) result {
	tb.Helper()
	o.Channel, o.ImportedAt, o.TempDir = "c", importedAt, tb.TempDir()
	if o.Location == nil {
		o.Location = ist(tb)
	}
	var res result
	res.sum, res.err = Read(context.Background(), in, o, func(batch []order.Report) error {
		res.reports = append(res.reports, batch...)
		return nil
	}, func(r Reject) error {
		res.rejects = append(res.rejects, r)
		return nil
	})
	return res
}

func readText(tb testing.TB, text string, o Options) result {
	tb.Helper()
	res := readAll(tb, strings.NewReader(text), o)
	if res.err != nil {
		tb.Fatal(res.err)
	}
	return res
}

const sale = `index,Order ID,Date,Status,Fulfilment,Sales Channel ,ship-service-level,Style,SKU,Category,Size,ASIN,Courier Status,Qty,currency,Amount,ship-city,ship-state,ship-postal-code,ship-country,promotion-ids,B2B,fulfilled-by
0,405-1,05-13-22,Shipped - Delivered to Buyer,Merchant,Amazon.in,Standard,S1,S1-M,Set,M,B01,Shipped,1,INR,406.0,MUMBAI,MAHARASHTRA,400081.0,IN,"a,b",False,Easy Ship
1,405-2,06-05-2022,Pending,Merchant,Amazon.in,Standard,S1,S1-M,Set,M,B01,,0,,,"PUNE, CAMP",PB,,IN,,False,
2,405-3,05-14-22,Shipped - Lost in Transit,Amazon,Amazon.in,Standard,S1,S1-M,Set,M,B01,Shipped,2,INR,800.50,,,,,,False,
3,405-1,05-13-22,Shipped - Delivered to Buyer,Merchant,Amazon.in,Standard,S1,S1-M,Set,M,B01,Shipped,1,INR,406.0,MUMBAI,MAHARASHTRA,400081.0,IN,"a,b",False,Easy Ship
4,405-4,05-14-22,Shipped - Teleported,Amazon,Amazon.in,Standard,S1,S1-M,Set,M,B01,Shipped,1,INR,10,,,,,,False,
`

func TestReadSaleReport(t *testing.T) {
	t.Parallel()
	res := readText(t, sale, Options{Platform: order.Amazon})
	if res.sum.Format != AmazonSale || res.sum.Rows != 5 || res.sum.Orders != 4 || len(res.rejects) != 0 {
		t.Fatalf("%+v %v", res.sum, res.rejects)
	}
	one := res.byID("405-1")
	item := order.Item{SKU: "S1-M", ProductID: "B01", Title: "Set, M", Quantity: 1, UnitPrice: order.INR(40600), Total: order.INR(40600)}
	placed := time.Date(2022, 5, 12, 18, 30, 0, 0, time.UTC)
	want := order.Report{
		Ref: order.Ref{Channel: "c", PlatformOrderID: "405-1"}, Platform: order.Amazon, Source: order.FromImport, Status: order.Delivered,
		At: placed, Version: importedAt.UnixMilli(),
		Facts: order.Facts{OrderNumber: "405-1", OrderedAt: placed, PlatformStatus: "Shipped - Delivered to Buyer",
			Customer: order.Customer{Address: order.Address{City: "MUMBAI", State: "Maharashtra", Pincode: "400081", Country: "IN"}},
			Items:    []order.Item{item, item}, Subtotal: order.INR(81200), Total: order.INR(81200)},
	}
	if diff := cmp.Diff(want, one); diff != "" {
		t.Errorf("rows apart (-want +got)\n%s", diff)
	}
	two := res.byID("405-2")
	if two.Facts.Total.Known() || two.Facts.Customer.Address.City != "PUNE, CAMP" || two.Facts.Customer.Address.State != "Punjab" {
		t.Errorf("%+v", two.Facts)
	}
	if day := two.Facts.OrderedAt.In(ist(t)).Format(time.DateOnly); day != "2022-06-05" {
		t.Errorf("06-05-2022 is read as %s", day)
	}
	if lost := res.byID("405-3"); lost.Status != order.Shipped || !slices.Equal(lost.Facts.Flags, []order.Flag{order.DeliveryException}) {
		t.Errorf("lost: %s %v", lost.Status, lost.Facts.Flags)
	}
	if odd := res.byID("405-4"); odd.Status != order.Shipped || odd.Facts.PlatformStatus != "Shipped - Teleported" {
		t.Errorf("an unknown tail leaves the head word: %s %q", odd.Status, odd.Facts.PlatformStatus)
	}
}

// TestReadEncodings reads one text in every wrapping.
func TestReadEncodings(t *testing.T) {
	t.Parallel()
	const text = "Order ID,Order Date,Customer Name,Amount,Status\n7,2026-11-01,Zoë Müller,12.50,shipped\n"
	encode := func(e encoding.Encoding) string {
		s, err := e.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	var zipped bytes.Buffer
	zip := gzip.NewWriter(&zipped)
	io.WriteString(zip, encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)))
	zip.Close()
	for name, in := range map[string]string{
		"utf-8": text, "with a mark": "\ufeff" + text, "windows-1252": encode(charmap.Windows1252), "crlf": strings.ReplaceAll(text, "\n", "\r\n"),
		"utf-16 le": encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)), "utf-16 be": encode(unicode.UTF16(unicode.BigEndian, unicode.UseBOM)),
		"utf-16 without a mark": encode(unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)), "gzip": zipped.String(),
		"tabs": strings.ReplaceAll(text, ",", "\t"), "semicolons": strings.ReplaceAll(text, ",", ";"), "no end of line": strings.TrimSpace(text),
		"title rows": "Report of my shop\n\nMade on,1 November\n" + text, "quotes": strings.ReplaceAll(text, "Zoë Müller", `"Zoë Müller"`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res := readText(t, in, Options{Platform: order.Organic})
			if len(res.reports) != 1 || len(res.rejects) != 0 {
				t.Fatalf("%+v %v", res.sum, res.rejects)
			}
			f := res.reports[0].Facts
			if f.Customer.Name != "Zoë Müller" || f.Total != order.INR(1250) || res.reports[0].Status != order.Shipped {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestReadWorkbook(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	defer book.Close()
	if _, err := book.NewSheet("Orders"); err != nil {
		t.Fatal(err)
	}
	for i, cells := range [][]any{
		{"Sales of November"}, {},
		{"S.No.", "Order Id", "Order Date", "Item Id", "Product Name", "Supply City", "Customer City ", "Customer State", "Order Status", "Quantity", "Selling Price (Rs)", "Total Tax", "Total Gross Bill Amount"},
		{1, "800000001", 46091.5, "1", "Ring", "Bengaluru", "Mysuru", "KA", "DELIVERED", 2, 599.5, 34.925, 1199},
		{2, "800000002", "10-Mar-2026", "1", "Ring", "Bengaluru", "", "", "CANCELLED", 1, "1,199.00", "--", "-"},
		{3, 800000003, "nonsense", "1", "Ring", "Bengaluru", "", "", "DELIVERED", 1, 1, 1, 1},
		{4, "8.00000004E+17", 46091, "1", "Ring", "Bengaluru", "", "", "DELIVERED", 1, 1, 1, 1},
	} {
		if err := book.SetSheetRow("Orders", fmt.Sprintf("A%d", i+1), &cells); err != nil {
			t.Fatal(err)
		}
	}
	var file bytes.Buffer
	if err := book.Write(&file); err != nil {
		t.Fatal(err)
	}
	look, err := Preview(bytes.NewReader(file.Bytes()), 1, Options{TempDir: t.TempDir()})
	if err != nil || look.Format != Blinkit || look.Sheet != "Orders" || len(look.Rows) != 1 || len(look.Missing) != 0 {
		t.Fatalf("%+v, %v", look, err)
	}
	res := readText(t, file.String(), Options{Platform: order.Blinkit})
	if len(res.reports) != 2 || res.sum.Format != Blinkit {
		t.Fatalf("%+v", res)
	}
	one, two := res.reports[0], res.reports[1]
	if at := one.Facts.OrderedAt.In(ist(t)).Format("2006-01-02 15:04"); at != "2026-03-10 12:00" {
		t.Errorf("serial date is read as %s", at)
	}
	if one.Facts.Total != order.INR(119900) || one.Facts.Tax != order.INR(3493) || one.Facts.Items[0].UnitPrice != order.INR(59950) ||
		one.Facts.Customer.Address.State != "Karnataka" || one.Status != order.Delivered {
		t.Errorf("%+v", one)
	}
	if two.Status != order.Cancelled || two.Facts.Total != order.INR(119900) {
		t.Errorf("%+v", two)
	}
	var reasons []string
	for _, r := range res.rejects {
		reasons = append(reasons, fmt.Sprint(r.Line, " ", r.Reason))
	}
	if len(reasons) != 2 || reasons[0] != `6 ordered_at: "nonsense" is not a date` || !strings.HasPrefix(reasons[1], "7 order id") {
		t.Errorf("%q", reasons)
	}
}

const flatHeader = "amazon-order-id\tmerchant-order-id\tpurchase-date\tlast-updated-date\torder-status\tsales-channel\tproduct-name\tsku\tasin\titem-status\tquantity\tcurrency\titem-price\titem-tax\tshipping-price\tgift-wrap-price\titem-promotion-discount\tship-promotion-discount\tship-city\tship-state\tship-postal-code\tship-country\n"

func TestReadFlatFile(t *testing.T) {
	t.Parallel()
	text := flatHeader +
		"404-1\t\t2026-03-10T09:42:09+05:30\t2026-03-11T10:00:00+05:30\tShipped\tAmazon.in\tNecklace, 18\" (\"gold\")\tN-1\tB0\tShipped\t2\tINR\t2499.00\t72.79\t40.00\t10\t249.90\t40.00\tपुणे\tMAHARASHTRA\t411001\tIN\n" +
		"404-1\t\t2026-03-10T09:42:09+05:30\t2026-03-11T12:00:00+05:30\tShipped\tAmazon.in\tRing\tR-1\tB1\tCancelled\t0\t\t\t\t\t\t\t\tपुणे\tMAHARASHTRA\t411001\tIN\n" +
		"404-2\t\t2026-03-12T00:10:00+00:00\t2026-03-12T00:10:00+00:00\tPending\tAmazon.in\tRing\tR-1\tB1\tUnshipped\t1\n"
	res := readText(t, text, Options{Platform: order.Amazon})
	if res.sum.Format != AmazonAllOrders || len(res.reports) != 2 || len(res.rejects) != 0 {
		t.Fatalf("%+v %v", res.sum, res.rejects)
	}
	one := res.reports[0]
	f := one.Facts
	if f.Items[0].Title != `Necklace, 18" ("gold")` || f.Items[0].Total != order.INR(224910) || f.Items[0].UnitPrice != order.INR(124950) || f.Items[1].Status != order.Cancelled {
		t.Errorf("items %+v", f.Items)
	}
	if f.Total != order.INR(225910) || f.Discount != order.INR(28990) || f.Shipping != order.INR(5000) || f.Tax != order.INR(7279) || f.Subtotal != order.INR(249900) {
		t.Errorf("amounts %+v", f)
	}
	if !one.At.Equal(time.Date(2026, 3, 11, 6, 30, 0, 0, time.UTC)) || one.Version != 0 || one.Status != order.Shipped {
		t.Errorf("source time %s version %d status %s", one.At, one.Version, one.Status)
	}
	if cut := res.reports[1]; cut.Status != order.Pending || cut.Facts.Total.Known() {
		t.Errorf("a row that is cut short: %+v", cut)
	}
}

func TestReadShopify(t *testing.T) {
	t.Parallel()
	text := `Name,Email,Financial Status,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem fulfillment status,Shipping Name,Shipping Address1,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Cancelled at,Payment Method,Id,Lineitem discount
#1001,asha@example.com,paid,fulfilled,INR,1500.00,50.00,75.60,1550.00,0.00,2026-03-10 12:30:00 +0530,1,Ring,1000.00,R-1,fulfilled,Asha Rao,1 MG Road,Pune,'411001,MH,IN,'+919876543210,,Razorpay,5001,0.00
#1001,asha@example.com,,,,,,,,,2026-03-10 12:30:00 +0530,2,Chain,250.00,C-1,fulfilled,,,,,,,,,,,0.00
#1002,ravi@example.com,pending,unfulfilled,INR,100.00,0.00,0.00,100.00,0.00,2026-03-10 12:40:00 +0530,1,Ring,100.00,R-1,pending,,,,,,,,,Cash on Delivery (COD),5002,0.00
#1003,ravi@example.com,refunded,unfulfilled,INR,100.00,0.00,0.00,100.00,0.00,2026-03-10 12:40:00 +0530,1,Ring,100.00,R-1,pending,,,,,,,,2026-03-11 12:40:00 +0530,Razorpay,5003,0.00
`
	res := readText(t, text, Options{Platform: order.Organic})
	if res.sum.Format != Shopify || len(res.reports) != 3 || len(res.rejects) != 0 {
		t.Fatalf("%+v %v", res.sum, res.rejects)
	}
	one := res.byID("5001")
	c := order.Customer{Name: "Asha Rao", Email: "asha@example.com", Phone: "+919876543210",
		Address: order.Address{Line1: "1 MG Road", City: "Pune", State: "Maharashtra", Pincode: "411001", Country: "IN"}}
	if one.Facts.OrderNumber != "#1001" || one.Facts.Customer != c || one.Facts.Total != order.INR(155000) || len(one.Facts.Items) != 2 ||
		one.Facts.Items[1].Total != order.INR(50000) || one.Status != order.Shipped || one.Facts.Payment != order.Prepaid {
		t.Errorf("%+v", one)
	}
	if two := res.byID("5002"); two.Status != order.Confirmed || two.Facts.Payment != order.COD {
		t.Errorf("cash on delivery: %s %s", two.Status, two.Facts.Payment)
	}
	if three := res.byID("5003"); three.Status != order.Refunded {
		t.Errorf("refunded: %s", three.Status)
	}
}

func TestReadFlipkart(t *testing.T) {
	t.Parallel()
	text := `Ordered On,Shipment ID,ORDER ITEM ID,Order Id,HSN CODE,Order State,Order Type,FSN,SKU,Product,Invoice Amount,Selling Price Per Item,Quantity,Buyer name,Ship to name,Address Line 1,City,State,PIN Code,Dispatch by date,Tracking ID
"Aug 26, 2026",S1,'335123456789012345,OD335123456789012345,7117,Ready to dispatch,NON_FBF,F1,R-1,Ring,1299.00,649.50,2,Asha,Asha R,1 MG Road,Pune,MH,411001,"Aug 27, 2026 12:00:00",FMPC123
`
	res := readText(t, text, Options{Platform: order.Flipkart})
	if len(res.reports) != 1 || res.sum.Format != Flipkart {
		t.Fatalf("%+v %v", res.sum, res.rejects)
	}
	r := res.reports[0]
	if r.Facts.Items[0].LineID != "335123456789012345" || r.Status != order.Processing || r.Facts.SubStatus != "ready_to_ship" || r.Facts.Total != order.INR(129900) ||
		r.Facts.Customer.Name != "Asha R" || !r.Facts.ShipBy.Equal(time.Date(2026, 8, 27, 6, 30, 0, 0, time.UTC)) || r.Facts.Shipment.AWB != "FMPC123" {
		t.Errorf("%+v", r)
	}
}

func TestReadGenericMapping(t *testing.T) {
	t.Parallel()
	const text = "Bill,When,Buyer,Mobile,What,Pcs,Paid\nB-1,05/06/2026 4:30 PM,Asha,98765 43210,Ring,2,\"1,299\"\nB-2,25/06/2026,Ravi,,Chain,1,499\n"
	res := readAll(t, strings.NewReader(text), Options{Platform: order.Organic})
	var missing *MissingError
	if !errors.As(res.err, &missing) || !slices.Equal(missing.Fields, []Field{OrderID, OrderedAt}) {
		t.Fatalf("%v", res.err)
	}
	m := Mapping{OrderID: "Bill", OrderedAt: "when", Name: "Buyer", Phone: "Mobile", Title: "What", Quantity: "Pcs", LineTotal: "Paid"}
	res = readText(t, text, Options{Platform: order.Organic, Mapping: m})
	r := res.byID("B-1")
	if r.Facts.Total != order.INR(129900) || r.Facts.Customer.Phone != "+919876543210" || r.Facts.Items[0].Quantity != 2 || r.Status != "" {
		t.Errorf("%+v", r)
	}
	if at := r.Facts.OrderedAt.In(ist(t)).Format("2006-01-02 15:04"); at != "2026-06-05 16:30" {
		t.Errorf("day first: %s", at)
	}
	m[SKU] = "Colour"
	if res := readAll(t, strings.NewReader(text), Options{Platform: order.Organic, Mapping: m}); res.err == nil || !strings.Contains(res.err.Error(), "Colour") {
		t.Errorf("a column that is not there: %v", res.err)
	}
}

func TestReadRejects(t *testing.T) {
	t.Parallel()
	const text = "order_id,order_date,sku,quantity,amount,status\n" + // 1
		"1,2026-11-01,A,1,10,shipped\n" + // 2
		"2,2026-11-01,A,1,10,shipped\n" + // 3
		"2,2026-11-01,B,one,10,shipped\n" + // 4: bad quantity, takes line 3 along
		",2026-11-01,B,1,10,shipped\n" + // 5: no id
		"3,2026-13-01,B,1,10,shipped\n" + // 6: no such month
		"4,2026-11-01,\"B,1,10,shipped\n" + // 7: quote never closed
		"5,2026-11-01,B,1,12.345,shipped\n" + // 8: a fraction of a paisa
		"6,2026-11-01,B,-1,10,shipped\n" + // 9: negative
		"7,,B,1,10,shipped\n" + // 10: no date
		"4.05E+17,2026-11-01,B,1,10,shipped\n" + // 11: damaged id
		"\n" +
		"8,2026-11-01,\"two\nlines\",1,10,shipped\n" + // 13, 14
		"9,2026-11-01,=1+1,1,10,nowhere\n" // 15
	res := readText(t, text, Options{Platform: order.Organic})
	got := map[int]string{}
	for _, r := range res.rejects {
		got[r.Line] = r.Reason
	}
	want := map[int]string{
		3: "line 4 of the same order was rejected", 4: `quantity: "one" is not a whole number`, 5: "there is no order id",
		6: `ordered_at: "2026-13-01" is not a date`, 7: "a quote is opened and never closed", 8: `line_total: not an amount: "12.345" has more than 2 decimals`,
		9: `quantity -1 of "B"`, 10: "there is no order date", 11: `order id "4.05E+17" was damaged by a spreadsheet: format the column as text before saving`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(res.reports) != 3 || res.sum.Rejected != 9 || res.sum.Rows != 12 || res.sum.Orders != 3 {
		t.Errorf("%d reports, %+v", len(res.reports), res.sum)
	}
	if r := res.byID("8"); r.Facts.Items[0].SKU != "two\nlines" {
		t.Errorf("%+v", r.Facts.Items)
	}
	if r := res.byID("9"); r.Status != "" || r.Facts.PlatformStatus != "nowhere" {
		t.Errorf("an unknown word is kept, not mapped: %s %q", r.Status, r.Facts.PlatformStatus)
	}
}

func TestReadRefusesFiles(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in   string
		o    Options
		want error
	}{
		"empty":            {"", Options{}, ErrUnreadable},
		"blank":            {"\n\n \n", Options{}, ErrUnreadable},
		"broken gzip":      {"\x1f\x8bxx", Options{}, ErrUnreadable},
		"broken workbook":  {"PK\x03\x04nonsense", Options{}, ErrUnreadable},
		"too large":        {sale, Options{MaxBytes: 100}, ErrTooLarge},
		"another platform": {sale, Options{Platform: order.Flipkart}, ErrWrongPlatform},
	} {
		if res := readAll(t, strings.NewReader(tt.in), tt.o); !errors.Is(res.err, tt.want) || len(res.reports) > 0 {
			t.Errorf("%s: %v", name, res.err)
		}
	}
	if res := readAll(t, strings.NewReader(sale), Options{Format: "sap"}); res.err == nil {
		t.Error("an unknown format was accepted")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	long := sale + strings.Repeat("9,405-9,05-14-22,Shipped,Amazon,Amazon.in,Standard,S1,S1-M,Set,M,B01,Shipped,1,INR,10,,,,,,False,\n", 1500)
	if _, err := Read(ctx, strings.NewReader(long), Options{Channel: "c"}, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context ended: %v", err)
	}
}
