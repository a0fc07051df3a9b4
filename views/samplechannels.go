package views

import (
	"time"

	"github.com/palmonas/palmonas-crm/order"
)

// SampleChannels is the list with every state among its rows.
func SampleChannels() ChannelsView {
	c := SampleClock()
	ago := func(d time.Duration) time.Time { return c.Now.Add(-d) }
	run := func(fetched, created, updated, rejected int) RunView {
		return RunView{ID: "r1", Kind: "pull", Started: ago(65 * time.Second), Finished: ago(62 * time.Second),
			Tally: TallyView{Fetched: fetched, Created: created, Updated: updated, Unchanged: fetched - created - updated - rejected, Rejected: rejected}}
	}
	reading, failed := run(12480, 11200, 0, 3), run(0, 0, 0, 0)
	reading.Finished, reading.By, failed.Error = time.Time{}, "Nisha Kulkarni", "HTTP 503: Service Unavailable"
	row := func(id, name string, p order.Platform, adapter string, s ChannelState, r RunView) ChannelRow {
		return ChannelRow{ID: id, Name: name, Platform: p, Adapter: adapter, State: s, Interval: time.Minute, LastSuccess: ago(62 * time.Second), Run: r, Complete: ago(20 * time.Minute)}
	}
	rows := []ChannelRow{
		row("amazon-in", "Amazon India", order.Amazon, "Amazon Selling Partner API", ChannelReading, reading),
		row("flipkart", "Flipkart", order.Flipkart, "Flipkart Seller API", ChannelFailing, failed),
		row("blinkit", "Blinkit", order.Blinkit, "Blinkit", ChannelResting, run(40, 2, 0, 0)),
		row("swiggy", "Swiggy Instamart", order.Swiggy, "Swiggy", ChannelRefused, failed),
		row("website", "palmonas.com", order.Organic, "WooCommerce", ChannelOK, run(3, 1, 2, 0)),
		row("pop-up", "Pop-up store", order.Organic, "No API: files and hand", ChannelManual, RunView{}),
		row("outlet", "Outlet", order.Organic, "Shopify", ChannelPaused, run(1, 0, 0, 0)),
		row("studio", "Studio", order.Organic, "Own website", ChannelNever, RunView{}),
	}
	rows[1].Failures, rows[1].Until, rows[1].Stale, rows[1].Behind, rows[1].LastSuccess = 4, c.Now.Add(90*time.Second), true, 41*time.Minute, ago(42*time.Minute)
	rows[1].Backlog, rows[1].Oldest, rows[1].Open, rows[1].Refused, rows[1].Quarantined = 12, ago(9*time.Minute), 3, 1, 2
	rows[2].Until = c.Now.Add(10 * time.Minute)
	rows[3].LastSuccess, rows[3].Stale, rows[3].Behind = ago(50*time.Hour), true, 50*time.Hour
	rows[5].LastSuccess, rows[5].Complete, rows[7].LastSuccess, rows[7].Complete = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return ChannelsView{Clock: c, Rows: rows, MayManage: true, MaySync: true}
}

// SampleChannel is a channel with everything that can be wrong.
func SampleChannel() ChannelView {
	all := SampleChannels()
	row := all.Rows[1]
	hour := all.Now.Truncate(time.Hour)
	v := ChannelView{
		Clock: all.Clock, Channel: row, Enabled: true, Version: 4, MayManage: true, MaySync: true, MayReveal: true,
		Runs:       []RunView{row.Run, all.Rows[0].Run, all.Rows[4].Run},
		Quarantine: []QuarantinedView{sampleRecord(), {ID: "q2", Source: "platform", Reason: "the record is not JSON", FirstAt: hour, LastAt: hour, Times: 1}},
		Ledger:     LedgerView{Clock: all.Clock, Channel: row.ID, MaySync: true},
		Form:       SampleChannelForm(),
		Hooks:      HooksView{Channel: row.ID, Address: "https://crm.example.com/webhooks/flipkart", Secrets: 2, Version: 4, MayManage: true},
		Fetch:      FetchView{Channel: row.ID},
	}
	for i := range 48 {
		h := HourView{Start: hour.Add(time.Duration(i-48) * time.Hour), Theirs: 10 + i%7, Ours: 10 + i%7, At: hour}
		if i == 40 {
			h.Ours -= 3
			v.Ledger.Gaps = append(v.Ledger.Gaps, h)
		}
		v.Ledger.Hours = append(v.Ledger.Hours, h)
	}
	for i := range v.Runs {
		v.Runs[i].ID = "run" + string(rune('a'+i))
	}
	return v
}

func sampleRecord() QuarantinedView {
	c := SampleClock()
	return QuarantinedView{ID: "q1", PlatformOrderID: "OD429837465", Source: "webhook", Reason: "total is not an amount", FirstAt: c.Now.Add(-26 * time.Hour), LastAt: c.Now.Add(-time.Hour), Times: 9}
}

// SampleChannelForm is the settings of a channel.
func SampleChannelForm() ChannelFormView {
	return ChannelFormView{
		ID: "flipkart", Adapter: "flipkart-v3", AdapterName: "Flipkart Seller API", Platform: "flipkart", Name: "Flipkart", Remote: true,
		BaseURL: "https://api.flipkart.net/sellers", Example: "https://api.flipkart.net/sellers", Interval: "1m", Version: 4,
		Credentials: []SettingField{{Name: "credential.app_id", Label: "Application id", Set: true, Required: true}, {Name: "credential.app_secret", Label: "Application secret", Hint: "As Flipkart shows it.", Required: true}},
		Options:     []SettingField{{Name: "option.delivery_days", Label: "Days to deliver", Hint: "1 to 60.", Value: "5"}, {Name: "option.auth", Label: "Travels in", Value: "query", Choices: []string{"header", "query"}}},
		More:        "webhook_url = https://crm.example.com/\n",
	}
}

// SampleRecord is a quarantined record with a preview.
func SampleRecord() RecordView {
	r := SampleReplay()
	return RecordView{Clock: SampleClock(), Channel: "flipkart", ChannelName: "Flipkart", Record: sampleRecord(), Payload: "{\n  \"orderId\": \"OD429837465\",\n  \"total\": \"twelve\"\n}", Replay: &r}
}

// SampleReplay is what reading the quarantine again would change.
func SampleReplay() ReplayView {
	return ReplayView{Clock: SampleClock(), Channel: "flipkart", ChannelName: "Flipkart", More: 2, Items: []ReplayItem{
		{ID: "q1", PlatformOrderID: "OD429837465", Outcome: "Changes an order", Good: true, Changes: []ChangeView{{"Status", "Pending", "Shipped"}, {"AWB", "", "14225310078941"}}},
		{ID: "q2", Outcome: "Still not understood"},
	}}
}
