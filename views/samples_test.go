package views

import (
	"context"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/order"
)

func render(t testing.TB, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func samplePage() PageView {
	return PageView{
		Title: "Orders", Active: "/orders", Assets: "/static/0123456789ab", Path: "/orders?q=ring", Events: "/events", Theme: "dark", Density: "compact",
		Views: sampleLinks(),
		User:  &account.User{Name: "Nisha Kulkarni", Email: "support@palmonas.demo", Role: account.Support},
	}
}

func sampleFilter() order.Filter {
	return order.Filter{
		Q: "ring", Platforms: []order.Platform{order.Amazon, order.Organic}, Channels: []string{"website"}, Statuses: []order.Status{order.Pending},
		From: "2026-11-01", To: "2026-11-22", Customer: "c1", Tag: "gift", Assignee: "u1", Sort: order.LargestFirst, Limit: 20, Page: 3,
	}
}

// text is a child for components that wrap others.
func text(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, templ.EscapeString(s))
		return err
	})
}

func with(parent, child templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return parent.Render(templ.WithChildren(ctx, child), w)
	})
}

func ordersCase(change func(*OrdersView)) OrdersView {
	v := SampleOrders(3)
	change(&v)
	return v
}

func orderCase(change func(*OrderView)) OrderView {
	v := SampleOrder()
	change(&v)
	return v
}

// masked is the order as somebody sees it who may only look.
func maskedOrder() OrderView {
	return orderCase(func(v *OrderView) {
		v.Masked, v.NoteForm.Allowed, v.Status.Next, v.Status.Blocked = true, false, nil, "You may look, but not change orders."
		v.May, v.Person, v.Twins, v.Walk = OrderRights{Reveal: true, Archive: true}, PersonView{}, nil, WalkView{}
		v.Order.Desk.Hold = &order.Hold{Reason: "Address to be checked", By: "u1", At: v.Now}
		v.Order.Desk.Archived = true
		wish := *v.Order.Wish
		wish.State, wish.Error = order.WishRefused, "the order is cancelled already"
		v.Order.Wish = &wish
		v.Order.History = append(v.Order.History,
			order.Event{Kind: order.EventSetAside, At: v.Now, Source: order.FromPlatform, Status: order.Cancelled},
			order.Event{Kind: order.EventPush, At: v.Now, Source: order.FromRule, Status: order.Processing, Note: "refused"})
	})
}

func conflictOrder() OrderView {
	return orderCase(func(v *OrderView) {
		c := SampleConflict()
		v.Status.Conflict, v.Status.Chosen, v.Status.Note = &c, order.Cancelled, "asked by phone"
		v.Order.Facts.Items, v.Order.Facts.Customer, v.Order.Facts.Shipment = nil, order.Customer{}, order.Shipment{}
	})
}

func wrongStatus() StatusFormView {
	v := SampleOrder().Status
	v.Chosen, v.Note, v.CSRF = order.Shipped, "by courier", "token"
	v.Errors = order.FieldErrors{{Field: "status", Message: "an order that is delivered cannot become shipped"}, {Field: "note", Message: "is too long"}}
	return v
}

// workedOrder is an order on which people have worked.
func workedOrder() OrderView {
	return orderCase(func(v *OrderView) {
		v.Order.Desk.Hold = &order.Hold{Reason: "Waits for the customer", Until: v.Now.AddDate(0, 0, 3), By: "u1", At: v.Now}
		v.Order.Desk.Address = &order.Address{Line1: "15, 3rd Cross", City: "Bengaluru", State: "Kerala", Pincode: "560038", Country: "IN"}
		v.Order.Desk.Contact = &order.Contact{Name: "L. Venkataraman", Phone: "+919876543211"}
		v.Order.Desk.Notes = append(v.Order.Desk.Notes, order.Note{Text: "@arjun please call, not mail a@example.com", By: "u1", At: v.Now.Add(-time.Hour)})
		v.Order.History = append(v.Order.History,
			order.Event{Kind: order.EventEdit, At: v.Now.Add(-time.Hour), Source: order.FromUser, By: "u1", Fields: []string{"notes"}},
			order.Event{Kind: order.EventEdit, At: v.Now, Source: order.FromUser, By: "u9", Fields: []string{"address"}})
		v.May.Rewrite, v.ByHand, v.Invoice, v.CSRF = true, true, "2026-27/0042", "token"
		v.Person.Least, v.Walk.Next = true, 0
	})
}

func refusedOrderForm(name string) OrderView {
	return orderCase(func(v *OrderView) {
		values := url.Values{"line1": {"somewhere"}, "pincode": {"12"}, "tags": {"a,,b"}, "reason": {""}, "until": {"tomorrow"}, "name": {"x"}, "phone": {"12"}, "email": {"no"}, "assignee": {"u7"}}
		v.Sent = SentForm{Name: name, Values: values}
		for _, field := range []string{"line1", "pincode", "state", "tags", "reason", "until", "phone", "email", "assignee"} {
			v.Sent.Errors = append(v.Sent.Errors, order.FieldError{Field: field, Message: "This is wrong: " + field})
		}
		v.Order.Desk.Hold = &order.Hold{Reason: "why", By: "u1", At: v.Now}
	})
}

// entryCase is an order being written down.
func entryCase(change func(*EntryView)) EntryView {
	v := EntryView{
		Clock: SampleClock(), Channels: []Choice{{"pop-up", "Pop-up store"}, {"phone", "Phone"}},
		Values: map[string]string{"channel": "phone", "orderedAt": "2026-11-22T14:05", "status": "confirmed", "paymentMethod": "cod", "customer.name": "Meera Iyer", "seed": "s1"},
		Rows:   []EntryRow{{"PLM-ER-0142-G", "Leaf drop earrings", "2", "1,299", "100", ""}, {Quantity: "1"}},
		Sums:   EntrySums{Subtotal: order.INR(259800), Discount: order.INR(10000), Total: order.INR(249800), Lines: []order.Money{order.INR(249800)}},
	}
	change(&v)
	return v
}

// pages are whole pages in every state that looks different.
func pages() map[string]templ.Component {
	p := samplePage()
	out := p
	out.User, out.Events, out.Title, out.Active = nil, "", "Sign in", ""
	admin := p
	admin.User = &account.User{Name: "", Role: account.Admin}
	admin.CSRF, admin.Flash, admin.Dev, admin.Active = "token", "Signed in.", true, "/imports"
	return map[string]templ.Component{
		"Layout":           with(Layout(admin), templ.Raw("<h1>Content</h1>")),
		"Login":            Login(out, LoginView{Next: "/orders"}),
		"Login/abroad":     Login(out, LoginView{Next: "/orders?q=ring", Provider: "Example ID", Leave: true, Notice: "You have signed out."}),
		"Login/refused":    Login(out, LoginView{Email: "a@example.com", Message: "E-mail or password is wrong."}),
		"Login/faulty":     Login(out, LoginView{Email: "a", Errors: order.FieldErrors{{Field: "email", Message: "not an e-mail address"}, {Field: "password", Message: "is missing"}}, Notice: "You have signed out."}),
		"Orders":           Orders(p, SampleOrders(9)),
		"Orders/filtered":  Orders(p, ordersCase(func(v *OrdersView) { v.Filter, v.Masked = sampleFilter(), true })),
		"Orders/cursor":    Orders(p, ordersCase(func(v *OrdersView) { v.Filter.After, v.Prev, v.Count, v.CountIsLower = "abc", "before", 10000, true })),
		"Orders/none":      Orders(p, ordersCase(func(v *OrdersView) { v.Rows, v.Count, v.NoOrders, v.Next = nil, 0, true, "" })),
		"Orders/no-match":  Orders(p, ordersCase(func(v *OrdersView) { v.Rows, v.Count, v.Filter = nil, 0, sampleFilter() })),
		"Orders/failed":    Orders(p, ordersCase(func(v *OrdersView) { v.Rows, v.Count, v.Failed, v.RequestID = nil, -1, true, "01JD3K9Q" })),
		"Orders/faulty":    Orders(p, ordersCase(func(v *OrdersView) { v.Rows, v.Errors, v.Typed = nil, faults(), typed() })),
		"Order":            Order(p, SampleOrder()),
		"Order/masked":     Order(p, maskedOrder()),
		"Order/conflict":   Order(p, conflictOrder()),
		"Entry":            Entry(p, entryCase(func(*EntryView) {})),
		"Entry/no-channel": Entry(p, entryCase(func(v *EntryView) { v.Channels = nil })),
		"Entry/offer":      Entry(p, entryCase(func(v *EntryView) { v.Channels, v.MayAddChannel, v.CSRF = nil, true, "token" })),
		"Order/worked":     Order(p, workedOrder()),
		"Order/refused":    Order(p, refusedOrderForm(FormAddress)),
		"Imports":          Imports(p, SampleImports()),
		"Imports/none":     Imports(p, ImportsView{Clock: SampleClock(), Upload: UploadView{Allowed: true, CSRF: "token"}}),
		"Imports/refused":  Imports(p, refusedUpload()),
		"Preview":          Preview(p, SamplePreview()),
		"Preview/fixed":    Preview(p, fixedPreview()),
		"Job":              Job(p, SampleJob("running")),
		"Job/done":         Job(p, SampleJob("done")),
		"Error":            Error(out, ErrorView{Status: 401, Next: "/orders?q=ring"}),
		"Error/not-found":  Error(p, ErrorView{Status: 404, RequestID: "01JD3K9Q"}),
		"Error/throttled":  Error(p, ErrorView{Status: 429, RetryAfter: 300}),
		"Error/unexpected": Error(p, ErrorView{Status: 500, RequestID: "01JD3K9Q", Message: "The store did not answer."}),
		"Styleguide":       Styleguide(p),
	}
}

func faults() order.FieldErrors {
	return order.FieldErrors{{Field: "q", Message: "there is no field colour"}, {Field: "from", Message: "2026-13-45 is not a day"}, {Field: "platform", Message: "ebay is unknown"}}
}

func typed() url.Values {
	return url.Values{"q": {"colour:red"}, "from": {"2026-13-45"}, "platform": {"ebay", "amazon"}, "sort": {"-total"}, "tag": {"gift"}, "limit": {"20"}}
}

func refusedUpload() ImportsView {
	v := SampleImports()
	v.Upload.Errors = order.FieldErrors{{Field: "file", Message: "is empty"}, {Field: "channel", Message: "is unknown"}}
	v.Jobs = []JobView{SampleJob("cancelled")}
	return v
}

func fixedPreview() PreviewView {
	v := SamplePreview()
	v.Fixed, v.Format = true, "Amazon order report"
	v.Errors = order.FieldErrors{{Field: "", Message: "The file has changed."}, {Field: "columns", Message: "Total is missing."}}
	return v
}

// parts are the components that are answered or used alone.
func parts() map[string]templ.Component {
	dry := SampleJob("done")
	dry.DryRun, dry.Rejects = true, ""
	unknown := SampleJob("running")
	unknown.Of, unknown.CSRF = 0, "token"
	failed := SampleJob("failed")
	return map[string]templ.Component{
		"Icon":          Icon("search"),
		"Badge":         Badge(order.OutForDelivery),
		"Badge/unknown": Badge(""),
		"FlagMark":      FlagMark(order.NeedsAttention),
		"PlatformTag":   PlatformTag(order.Organic),
		"Moment":        Moment(SampleClock(), SampleClock().Now),
		"Mistake":       Mistake("q", "is not understood"),
		"Notice":        with(Notice("danger", "circle-x"), text("no")),
		"Empty":         with(Empty("inbox", "Nothing", "At all."), text("do")),
		"Scheduled": Scheduled(SampleClock(), ScheduledView{ID: "s1", Name: "Late orders", Query: "flag:late", Format: "csv", Hour: 9, Minute: 5,
			Days: []time.Weekday{time.Monday, time.Friday}, Mail: true, Owner: "Asha", Last: SampleClock().Now.AddDate(0, 0, -1),
			Fault: "No mail server is set up.", Next: SampleClock().Now.AddDate(0, 0, 1)}, "/orders?q=flag%3Alate"),
		"Toast":          Toast("success", "Saved."),
		"OrdersTable":    OrdersTable(SampleOrders(2)),
		"OrderBody":      OrderBody(SampleOrder()),
		"OrderBody/said": OrderBody(orderCase(func(v *OrderView) { v.Said = "Status changed to Shipped." })),
		"EntryForm": EntryForm(entryCase(func(v *EntryView) {
			v.ID, v.Label, v.Version, v.Stale = 7, "PLM-7", 3, "Somebody has changed this order while you were writing."
			v.Errors = order.FieldErrors{{Field: "items.0.quantity", Message: "Write a whole number."}, {Field: "customer.address.pincode", Message: "is wrong"}, {Field: "body", Message: "cannot be stored"}}
		})),
		"OrderDrawer":       OrderDrawer(orderCase(func(v *OrderView) { v.Drawer = true })),
		"OrderForm":         OrderForm(SampleOrder(), FormTags),
		"OrderForm/assign":  OrderForm(refusedOrderForm(FormAssign), FormAssign),
		"OrderForm/tags":    OrderForm(refusedOrderForm(FormTags), FormTags),
		"OrderForm/hold":    OrderForm(refusedOrderForm(FormHold), FormHold),
		"OrderForm/contact": OrderForm(refusedOrderForm(FormContact), FormContact),
		"OrderForm/address": OrderForm(refusedOrderForm(FormAddress), FormAddress),
		"OrderForm/archive": OrderForm(refusedOrderForm(FormArchive), FormArchive),
		"OrderForm/restore": OrderForm(SampleOrder(), FormRestore),
		"OrderForm/reveal":  OrderForm(refusedOrderForm(FormReveal), FormReveal),
		"Viewers":           Viewers(ViewersView{Count: 1, Names: []string{"Arjun Mehta"}}),
		"Viewers/nobody":    Viewers(ViewersView{}),
		"Viewers/many":      Viewers(ViewersView{Count: 4, Names: []string{"Arjun Mehta", "Dev Patel"}}),
		"Viewers/unnamed":   Viewers(ViewersView{Count: 2}),
		"StatusForm":        StatusForm(SampleOrder().Status),
		"StatusForm/faulty": StatusForm(wrongStatus()),
		"StatusForm/final":  StatusForm(StatusFormView{Current: order.Refunded}),
		"NoteForm":          NoteForm(NoteFormView{ID: 1, Allowed: true, Text: " ", Errors: order.FieldErrors{{Field: "text", Message: "is empty"}}, CSRF: "token"}),
		"Conflict":          Conflict(SampleConflict()),
		"UploadForm":        UploadForm(SampleImports().Upload),
		"JobCard":           JobCard(unknown),
		"JobCard/dry-run":   JobCard(dry),
		"JobCard/failed":    JobCard(failed),
		"JobProgress":       JobProgress(SampleJob("running")),
		"ErrorBody":         ErrorBody(ErrorView{Status: 503, RetryAfter: 30}),
	}
}
