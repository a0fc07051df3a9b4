package views

import (
	"bytes"
	"compress/gzip"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
)

func channelCase(change func(*ChannelView)) ChannelView {
	v := SampleChannel()
	change(&v)
	return v
}

func refusedForm() ChannelFormView {
	v := SampleChannelForm()
	v.CSRF = "token"
	for _, f := range []string{"", "version", "name", "base_url", "interval", "credential.app_secret", "option.delivery_days", "option.auth", "more"} {
		v.Errors = append(v.Errors, order.FieldError{Field: f, Message: "is wrong"})
	}
	return v
}

func newForm() ChannelFormView {
	v := refusedForm()
	v.New, v.Platforms = true, []Choice{{"amazon", "Amazon"}, {"organic", "Website"}}
	v.Errors = order.FieldErrors{{Field: "id", Message: "is taken"}, {Field: "platform", Message: "is unknown"}}
	v.Test = &TestView{Said: "The credentials were refused."}
	return v
}

func freshSecret() HooksView {
	v := SampleChannel().Hooks
	v.Fresh, v.CSRF = "whsec_c2FtcGxl", "token"
	return v
}

func givenSecret() HooksView {
	v := SampleChannel().Hooks
	v.Given, v.Secrets, v.Errors = true, 0, order.FieldErrors{{Field: "secret", Message: "is missing"}, {Field: "version", Message: "has changed"}}
	return v
}

func channelPages() map[string]templ.Component {
	p := samplePage()
	p.Active, p.Events = "/channels", ""
	looker := SampleChannels()
	looker.MayManage, looker.MaySync = false, false
	return map[string]templ.Component{
		"Channels":        Channels(p, SampleChannels()),
		"Channels/looker": Channels(p, looker),
		"Channels/none":   Channels(p, ChannelsView{Clock: SampleClock(), MayManage: true}),
		"Channel":         Channel(p, SampleChannel()),
		"Channel/looker": Channel(p, channelCase(func(v *ChannelView) {
			v.MayManage, v.MaySync, v.MayReveal, v.Hooks.MayManage, v.Ledger.MaySync = false, false, false, false, false
			v.Hooks.Secrets, v.Channel.State, v.Ledger.Gaps = 1, ChannelOK, nil
		})),
		"Channel/paused": Channel(p, channelCase(func(v *ChannelView) {
			v.Channel, v.Enabled, v.Runs, v.Quarantine, v.Ledger.Hours, v.Ledger.Gaps = SampleChannels().Rows[6], false, nil, nil, nil, nil
		})),
		"Channel/manual": Channel(p, channelCase(func(v *ChannelView) {
			v.Channel, v.Form = SampleChannels().Rows[5], ChannelFormView{ID: "pop-up", Name: "Pop-up store"}
		})),
		"Channel/refused": Channel(p, channelCase(func(v *ChannelView) { v.Channel, v.Form = SampleChannels().Rows[3], refusedForm() })),
		"NewChannel":      NewChannel(p, ChannelFormView{New: true, Adapters: []Choice{{"shopify", "Shopify"}, {"manual", "No API"}}}),
		"NewChannel/form": NewChannel(p, newForm()),
		"Record":          Record(p, SampleRecord()),
		"Record/binary":   Record(p, RecordView{Clock: SampleClock(), Channel: "c", ChannelName: "C", Binary: true}),
		"Replay":          Replay(p, SampleReplay()),
		"Replay/done":     Replay(p, ReplayView{Clock: SampleClock(), Channel: "c", ChannelName: "C", Done: true, Items: SampleReplay().Items}),
	}
}

func channelParts() map[string]templ.Component {
	stale := channelCase(func(v *ChannelView) { v.Channel = SampleChannels().Rows[4]; v.Channel.Stale = true })
	return map[string]templ.Component{
		"ChannelsTable":   ChannelsTable(SampleChannels()),
		"ChannelLive":     ChannelLive(stale),
		"ChannelForm":     ChannelForm(refusedForm()),
		"ChannelVersion":  ChannelVersion(7),
		"TestResult":      TestResult(TestView{OK: true, Said: "It works."}),
		"HooksCard":       HooksCard(freshSecret()),
		"HooksCard/given": HooksCard(givenSecret()),
		"FetchForm":       FetchForm(FetchView{Channel: "c", Order: "x", Errors: order.FieldErrors{{Field: "order", Message: "is unknown"}}, CSRF: "token"}),
		"Said":            Said("success", "Done."),
	}
}

func TestChannelWords(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{5 * time.Second: "5s", time.Minute: "1m", 90 * time.Second: "1m30s", time.Hour: "1h", 90 * time.Minute: "1h30m", 24 * time.Hour: "24h", 10 * time.Minute: "10m"} {
		got := Interval(d)
		if back, err := time.ParseDuration(got); got != want || err != nil || back != d {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "", 30 * time.Second: "30 s behind", 3 * time.Minute: "3 min behind", 5 * time.Hour: "5 h behind", 72 * time.Hour: "3 days behind"} {
		if got := (ChannelRow{Behind: d}).lag(); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	for want, r := range map[string]RunView{
		"begins": {Started: time.Now()}, "failed": {Error: "x", Finished: time.Now()}, "nothing new": {Finished: time.Now()},
		"1,204 read · 3 new · 1 set aside": {Tally: TallyView{Fetched: 1204, Created: 3, Rejected: 1, Unchanged: 1200}},
	} {
		if got := r.figures(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Addresses of channels keep strange ids within one step of the path.
func TestChannelAddresses(t *testing.T) {
	t.Parallel()
	if got := recordURL("a/b?c", "../x"); got != "/channels/a%2Fb%3Fc/quarantine/..%2Fx" {
		t.Error(got)
	}
}

// maxChannelBytes is the budget of a page of channels, compressed.
const maxChannelBytes = 6000

func TestChannelPageWeights(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]templ.Component{"channels": Channels(samplePage(), SampleChannels()), "channel": Channel(samplePage(), SampleChannel())} {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		doc := render(t, c)
		if _, err := z.Write([]byte(doc)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes, %d compressed", name, len(doc), b.Len())
		if b.Len() > maxChannelBytes {
			t.Errorf("%s: %d bytes compressed, at most %d", name, b.Len(), maxChannelBytes)
		}
	}
}
