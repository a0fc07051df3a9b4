package order

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func kolkata(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

var noon = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC) // 12:00 in India

func ist(year int, month time.Month, day int) int64 {
	return time.Date(year, month, day, 0, 0, 0, 0, time.FixedZone("IST", 5*3600+1800)).UnixMilli()
}

func word(w string) Term { return Term{Field: Words, Text: []string{w}} }

func text(f Field, v ...string) Term { return Term{Field: f, Text: v} }

func TestParseExpr(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text  string
		want  Expr
		print string
	}{
		{"  ", nil, ""},
		{"Blue Kurta", And{word("blue"), word("kurta")}, "blue kurta"},
		{"405-8078784-5731545", word("40580787845731545"), "40580787845731545"},
		{`"OR" "a b"`, And{word("or"), word("a"), word("b")}, "or a b"},
		{"Ram & Co", And{word("ram"), word("co")}, "ram co"},
		{"status:pending,confirmed", text(FieldStatus, "confirmed", "pending"), "status:confirmed,pending"},
		{"STATUS:Shipped", text(FieldStatus, "shipped"), "status:shipped"},
		{"-tag:vip", Not{text(FieldTag, "vip")}, "-tag:vip"},
		{"--tag:vip", text(FieldTag, "vip"), "tag:vip"},
		{`tag:"high value",VIP`, text(FieldTag, "high value", "vip"), `tag:"high value",vip`},
		{"state:MH", text(FieldState, "maharashtra"), "state:maharashtra"},
		{"total>5000", Term{Field: FieldTotal, Lo: 500001, Hi: Highest}, "total>=5000.01"},
		{"total>=5000", Term{Field: FieldTotal, Lo: 500000, Hi: Highest}, "total>=5000.00"},
		{"total<5000", Term{Field: FieldTotal, Lo: Lowest, Hi: 500000}, "total<=4999.99"},
		{"total:1000..5000", Term{Field: FieldTotal, Lo: 100000, Hi: 500001}, "total:1000.00..5000.00"},
		{"total:499", Term{Field: FieldTotal, Lo: 49900, Hi: 49901}, "total:499.00"},
		{"units:2..", Term{Field: FieldUnits, Lo: 2, Hi: Highest}, "units>=2"},
		{"units:..", Term{Field: FieldUnits, Lo: Lowest, Hi: Highest}, "units:.."},
		{"date:2026-11-01..2026-11-30", Term{Field: FieldOrdered, Lo: ist(2026, 11, 1), Hi: ist(2026, 12, 1)}, "date:2026-11-01..2026-11-30"},
		{"date:today", Term{Field: FieldOrdered, Lo: ist(2026, 11, 22), Hi: ist(2026, 11, 23)}, "date:2026-11-22"},
		{"date:yesterday", Term{Field: FieldOrdered, Lo: ist(2026, 11, 21), Hi: ist(2026, 11, 22)}, "date:2026-11-21"},
		{"date:7d", Term{Field: FieldOrdered, Lo: ist(2026, 11, 16), Hi: ist(2026, 11, 23)}, "date:2026-11-16..2026-11-22"},
		{"shipby<today", Term{Field: FieldShipBy, Lo: Lowest, Hi: ist(2026, 11, 22)}, "shipby<=2026-11-21"},
		{"updated>2026-11-21", Term{Field: FieldUpdated, Lo: ist(2026, 11, 22), Hi: Highest}, "updated>=2026-11-22"},
		{"date>=2026-11-21T10:00:00Z", Term{Field: FieldOrdered, Lo: 1795255200000, Hi: Highest}, "date>=2026-11-21T10:00:00.000Z"},
		{"a OR b c", Or{word("a"), And{word("b"), word("c")}}, "a OR (b c)"},
		{"(a OR b) -(c d)", And{Or{word("a"), word("b")}, Not{And{word("c"), word("d")}}}, "(a OR b) -(c d)"},
		{"((a) OR (b OR c))", Or{word("a"), word("b"), word("c")}, "a OR b OR c"},
	}
	loc := kolkata(t)
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := ParseExprAt(tt.text, loc, noon)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Fatalf("(-want +got)\n%s", diff)
			}
			if text := PrintExpr(got, loc); text != tt.print {
				t.Errorf("prints %q, want %q", text, tt.print)
			}
		})
	}
}
