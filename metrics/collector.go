package metrics

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/store"
)

// Watched is what is read anew whenever Prometheus asks.
type Watched struct {
	Store store.Store
	Now   func() time.Time
	Log   *slog.Logger
	// Stale tells whether a channel has had no success for too long.
	Stale func(channel.Channel, channel.Progress, time.Time) (since time.Time, stale bool)
	// DataDir is the folder whose disk must not fill up; Database the file of
	// the embedded engine, empty with MongoDB.
	DataDir, Database string
	// LastBackup is when the newest backup succeeded; nil or the zero time when
	// there is none.
	LastBackup func(context.Context) (time.Time, error)
}

// scrapeTime bounds reading everything for one answer.
const scrapeTime = 5 * time.Second

// Watch adds what is read when Prometheus asks. Call it once.
func (m *Metrics) Watch(w Watched) { m.registry.MustRegister(&watcher{w, newGauges()}) }

type watcher struct {
	Watched
	gauges
}

type gauges struct {
	success, stale, failures, interval         *prometheus.Desc
	quarantine, wishes, refused, inbox, oldest *prometheus.Desc
	disk, wal, backup, sound                   *prometheus.Desc
}

func newGauges() gauges {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
	}
	return gauges{
		success:    desc("sync_last_success_timestamp_seconds", "When a channel was last read without an error; 0 when never.", "channel", "platform"),
		stale:      desc("channel_stale", "1 when a channel has had no success for three intervals.", "channel", "platform"),
		failures:   desc("sync_failures_in_a_row", "Failed runs since the last success.", "channel", "platform"),
		interval:   desc("sync_interval_seconds", "How often a channel is to be read.", "channel", "platform"),
		quarantine: desc("dead_letters", "Records set aside because they could not be understood.", "channel", "platform"),
		wishes:     desc("outbox_backlog", "Orders whose platform has not done what was set here.", "channel", "platform"),
		refused:    desc("outbox_refused", "Orders among them whose platform refused.", "channel", "platform"),
		inbox:      desc("inbox_backlog", "Webhooks that are stored and not worked off."),
		oldest:     desc("inbox_oldest_age_seconds", "Age of the oldest of them."),
		disk:       desc("disk_free_bytes", "Free bytes on the disk of the data directory."),
		wal:        desc("sqlite_wal_bytes", "Size of the embedded database's write-ahead log."),
		backup:     desc("backup_last_success_timestamp_seconds", "When the newest backup was made; 0 when never."),
		sound:      desc("scrape_complete", "1 when everything could be read, 0 when some figures are missing here."),
	}
}

// Describe implements prometheus.Collector.
func (w *watcher) Describe(to chan<- *prometheus.Desc) {
	g := w.gauges
	for _, d := range []*prometheus.Desc{g.success, g.stale, g.failures, g.interval, g.quarantine, g.wishes, g.refused, g.inbox, g.oldest,
		g.disk, g.wal, g.backup, g.sound} {
		to <- d
	}
}

// Collect implements prometheus.Collector. What cannot be read is left out.
func (w *watcher) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	sound := 1.0
	failed := func(what string, err error) bool {
		if err != nil {
			w.Log.Warn("metrics: not read", slog.String("what", what), slog.Any("err", err))
			sound = 0
		}
		return err != nil
	}
	channels, err := w.Store.Channels().List(ctx)
	failed("channels", err)
	for _, c := range channels {
		failed("channel "+c.ID, w.channel(ctx, c, gauge))
	}
	n, oldest, err := w.Store.Inbox().Backlog(ctx, "")
	if !failed("inbox", err) {
		gauge(w.inbox, float64(n))
		gauge(w.oldest, age(oldest, w.Now()))
	}
	if free, err := FreeBytes(w.DataDir); !failed("disk", err) {
		gauge(w.disk, float64(free))
	}
	if w.Database != "" {
		gauge(w.wal, float64(fileSize(w.Database+"-wal")))
	}
	if w.LastBackup != nil {
		if at, err := w.LastBackup(ctx); !failed("backup", err) {
			gauge(w.backup, stamp(at))
		}
	}
	gauge(w.sound, sound)
}

func (w *watcher) channel(ctx context.Context, c channel.Channel, gauge func(*prometheus.Desc, float64, ...string)) error {
	if !c.Enabled || c.Adapter == channel.Manual {
		return nil
	}
	platform := string(c.Platform)
	p, err := w.Store.Channels().Progress(ctx, c.ID)
	if err != nil {
		return err
	}
	_, stale := w.Stale(c, p, w.Now())
	gauge(w.success, stamp(p.LastSuccess), c.ID, platform)
	gauge(w.stale, truth(stale), c.ID, platform)
	gauge(w.failures, float64(p.Failures), c.ID, platform)
	gauge(w.interval, c.Interval.Seconds(), c.ID, platform)
	set, err := w.Store.Channels().QuarantineCount(ctx, c.ID)
	if err != nil {
		return err
	}
	gauge(w.quarantine, float64(set), c.ID, platform)
	open, refused, err := w.Store.Orders().OpenWishes(ctx, c.ID)
	if err != nil {
		return err
	}
	gauge(w.wishes, float64(open), c.ID, platform)
	gauge(w.refused, float64(refused), c.ID, platform)
	return nil
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func stamp(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

func age(t, now time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return max(now.Sub(t), 0).Seconds()
}

// fileSize is 0 for a file that is not there.
func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
