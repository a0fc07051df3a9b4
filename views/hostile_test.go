package views

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

// hostile makes n texts that have broken pages somewhere: markup, broken
// markup, scripts, addresses, control characters, other directions, and
// mixtures of them.
func hostile(n int) []string {
	seeds := []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</textarea><script>1</script>`, `</title><h1>`,
		`</option></select><b>`, `<!-- `, `-->`, `<![CDATA[`, `]]>`, `&lt;b&gt;`, `&#x3c;b&#x3e;`, `&amp;amp;`, "`${alert(1)}`", `{{ 7*7 }}`, `{ v.Name }`,
		`javascript:alert(1)`, `JaVaScRiPt:alert(1)`, `data:text/html,<script>`, `//evil.example`, `\\evil.example`, `https://evil.example/"onclick="1`,
		"\x00", "\x01\x02\x1b[31m", "a\r\nb\tc", "\u202egnp.exe", "\u200b\u200d\ufeff", "\u2028x\u2029", "\u202e<b>\u202c", "मोती की बाली", "🧿💍👩🏽‍🦱", "\xff\xfe broken \xc3",
		`<svg/onload=alert(1)>`, `<a href=javascript:1>`, `<base href=//evil>`, `<meta http-equiv=refresh>`, `<style>*{}`, `<iframe srcdoc="<b>">`, `<hx-partial hx-target="#q">`,
		`' OR 1=1 --`, `$(rm -rf /)`, `%3Cscript%3E`, `+ADw-script+AD4-`, `<`, `>`, `"`, `'`, `&`, `=`, `/`, `\`, strings.Repeat("<b>", 300), strings.Repeat("W", 3000),
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	all := append([]string(nil), seeds...)
	for len(all) < n {
		s := seeds[rnd.IntN(len(seeds))] + seeds[rnd.IntN(len(seeds))]
		if rnd.IntN(2) == 0 {
			cut := rnd.IntN(len(s))
			s = s[cut:] + s[:cut]
		}
		all = append(all, "x"+s)
	}
	return all[:n]
}

// fill sets every plain string inside v to what next returns. Words of the
// domain with types of their own (statuses, platforms, sorts) are left: they
// come from lists.
func fill(v reflect.Value, next func() string) {
	switch v.Kind() {
	case reflect.String:
		if v.CanSet() && v.Type() == reflect.TypeFor[string]() {
			v.SetString(next())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type() != reflect.TypeFor[Clock]() {
				fill(v.Field(i), next)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			fill(v.Index(i), next)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			fill(v.Elem(), next)
		}
	}
}

// shape is the structure of a document: its tags and the names of their
// attributes. Addresses must stay harmless whatever they hold.
func shape(t *testing.T, doc string) string {
	t.Helper()
	var b strings.Builder
	tokens(t, doc, func(k html.Token) {
		if k.Type == html.TextToken {
			return
		}
		if k.Type == html.CommentToken {
			t.Errorf("a comment appeared: %q", k.Data)
		}
		fmt.Fprintf(&b, "%s %s", k.Type, k.Data)
		for _, a := range k.Attr {
			b.WriteString(" " + a.Key)
			if (a.Key == "href" || a.Key == "action" || a.Key == "hx-get" || a.Key == "hx-post") && !safeAddress(a.Val) && a.Val != string(templ.FailedSanitizationURL) {
				t.Errorf("%s=%q", a.Key, a.Val)
			}
		}
		b.WriteByte('\n')
	})
	return b.String()
}

// subject is a page and the view whose texts are filled. Each call makes both
// anew, with every optional text present.
type subject struct {
	name  string
	build func() (view any, page func() templ.Component)
}

func subjects() []subject {
	return []subject{
		{"layout", func() (any, func() templ.Component) {
			p := samplePage()
			p.CSRF, p.Flash = "x", "x"
			return &p, func() templ.Component {
				p.Assets, p.Theme, p.Density, p.Active = "/static/0", "dark", "", "/orders"
				p.User.Role = account.Admin
				return with(Layout(p), text("x"))
			}
		}},
		{"login", func() (any, func() templ.Component) {
			v := LoginView{Email: "x", Next: "x", Message: "x", Errors: order.FieldErrors{{Field: "email", Message: "x"}}}
			return &v, func() templ.Component { v.Errors[0].Field = "email"; return Login(PageView{}, v) }
		}},
		{"orders", func() (any, func() templ.Component) {
			v := ordersCase(func(v *OrdersView) { v.Filter = sampleFilter() })
			return &v, func() templ.Component { v.Filter.Q = onePart(v.Filter.Q); return Orders(PageView{}, v) }
		}},
		{"orders table", func() (any, func() templ.Component) {
			v := ordersCase(func(v *OrdersView) { v.Masked, v.Filter.After = true, "x" })
			return &v, func() templ.Component { v.Filter.Q = onePart(v.Filter.Q); return OrdersTable(v) }
		}},
		{"orders refused", func() (any, func() templ.Component) {
			v := ordersCase(func(v *OrdersView) { v.Rows, v.Errors, v.Typed = nil, faults(), typed() })
			return &v, func() templ.Component {
				v.Errors[0].Field, v.Errors[1].Field, v.Errors[2].Field = "q", "from", "platform"
				v.Typed.Set("q", onePart(v.Errors[0].Message))
				v.Typed.Set("from", v.Errors[1].Message)
				v.Typed.Set("tag", v.Errors[2].Message)
				return Orders(PageView{}, v)
			}
		}},
		{"order", func() (any, func() templ.Component) {
			v := orderCase(func(v *OrderView) { v.Status = wrongStatus() })
			return &v, func() templ.Component {
				// Whether an address is a web page decides about its link: TestWeb.
				v.Order.Facts.Shipment.TrackingURL = "https://www.example.com/"
				v.Status.Errors[0].Field, v.Status.Errors[1].Field = "status", "note"
				return Order(PageView{}, v)
			}
		}},
		{"masked order", func() (any, func() templ.Component) {
			v := maskedOrder()
			return &v, func() templ.Component {
				v.Order.Facts.Shipment.TrackingURL = "https://www.example.com/"
				return Order(PageView{}, v)
			}
		}},
		{"conflict", func() (any, func() templ.Component) {
			v := conflictOrder()
			return &v, func() templ.Component {
				v.Order.Facts.Shipment.TrackingURL = ""
				return OrderBody(v)
			}
		}},
		{"imports", func() (any, func() templ.Component) {
			v := refusedUpload()
			return &v, func() templ.Component {
				v.Upload.Errors[0].Field, v.Upload.Errors[1].Field = "file", "channel"
				v.Jobs[0].Rejects = "" // TestRejectsAddress
				v.Upload.Format, v.Upload.Channel = "table", "website"
				return Imports(PageView{}, v)
			}
		}},
		{"preview", func() (any, func() templ.Component) {
			v := SamplePreview()
			v.Errors = order.FieldErrors{{Field: "", Message: "x"}, {Field: "column-1", Message: "x"}}
			return &v, func() templ.Component {
				v.Errors[0].Field, v.Errors[1].Field = "", "column-1"
				for i := range v.Columns {
					v.Columns[i].Field = v.Fields[i].Value
				}
				v.Orders[0].Reject, v.Orders[1].Reject = "", ""
				return Preview(PageView{}, v)
			}
		}},
		{"job", func() (any, func() templ.Component) {
			v := SampleJob("failed")
			return &v, func() templ.Component { v.State, v.Rejects = "failed", ""; return Job(PageView{}, v) }
		}},
		{"running job", func() (any, func() templ.Component) {
			v := SampleJob("running")
			v.CSRF = "x"
			return &v, func() templ.Component { v.State = "running"; return JobCard(v) }
		}},
		{"channels", func() (any, func() templ.Component) {
			v := SampleChannels()
			return &v, func() templ.Component {
				for i := range v.Rows {
					v.Rows[i].ID += string(rune('a' + i)) // ids are chosen apart
				}
				return Channels(PageView{}, v)
			}
		}},
		{"channel", func() (any, func() templ.Component) {
			v := SampleChannel()
			v.Form, v.Hooks = refusedForm(), freshSecret()
			v.Form.Test = &TestView{Said: "x"}
			return &v, func() templ.Component {
				for i, f := range []string{"", "version", "name", "base_url", "interval", "credential.app_secret", "option.delivery_days", "option.auth", "more"} {
					v.Form.Errors[i].Field = f
				}
				v.Form.Credentials[0].Name, v.Form.Credentials[1].Name = "credential.app_id", "credential.app_secret"
				v.Form.Options[0].Name, v.Form.Options[1].Name = "option.delivery_days", "option.auth"
				return Channel(PageView{}, v)
			}
		}},
		{"record", func() (any, func() templ.Component) {
			v := SampleRecord()
			return &v, func() templ.Component { return Record(PageView{}, v) }
		}},
		{"error", func() (any, func() templ.Component) {
			v := ErrorView{Status: 401, Message: "x", RequestID: "x", Next: "x"}
			return &v, func() templ.Component { return Error(PageView{}, v) }
		}},
	}
}

// onePart keeps a search in one piece, since each of its parts is shown by itself.
func onePart(q string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(q) + `"`
}

// Whatever a text holds, it stays text: the page keeps its structure.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	n := 1000
	if testing.Short() {
		n = 100
	}
	texts := hostile(n)
	for _, s := range subjects() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			view, page := s.build()
			plain := 0
			fill(reflect.ValueOf(view), func() string { plain++; return fmt.Sprintf("x%d", plain) })
			want := shape(t, render(t, page()))
			for i := range texts {
				view, page := s.build()
				at := i
				fill(reflect.ValueOf(view), func() string { at++; return texts[at%len(texts)] })
				if got := shape(t, render(t, page())); got != want {
					t.Fatalf("texts from %q on change the structure:\n%s", texts[(i+1)%len(texts)], firstDifference(want, got))
				}
			}
		})
	}
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return fmt.Sprintf("line %d: want %q, got %q", i, a[i], b[min(i, len(b)-1)])
		}
	}
	return fmt.Sprintf("%d lines more", len(b)-len(a))
}
