package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/metrics"
	"github.com/palmonas/palmonas-crm/store/sqlite"
	"github.com/palmonas/palmonas-crm/upkeep"
)

// finding is what one examination found out.
type finding struct {
	what string
	bad  bool   // it has to be mended; otherwise good, or a warning
	warn string // what to do; empty when all is well
	said string
}

// runDoctor examines an installation without changing it, and says of each
// fault what to do. It may run beside a server.
func runDoctor(ctx context.Context, p program) error {
	var call, deep bool
	if err := p.flags("doctor", "doctor [--channels] [--deep]", func(fs *flag.FlagSet) {
		fs.BoolVar(&call, "channels", false, "also call each platform once")
		fs.BoolVar(&deep, "deep", false, "also read the embedded database from end to end")
	}); err != nil {
		return err
	}
	c, err := loadConfig(p.env)
	if err != nil {
		return err
	}
	d := &doctor{p: p, c: c}
	d.ground()
	if c.mongoURI == "" && !c.hasDatabase() {
		d.add(finding{what: "database", warn: "palmonas serve makes it at its first start", said: "there is none yet in " + c.dataDir})
		return d.end()
	}
	d.schema(ctx)
	if deep && c.mongoURI == "" {
		d.read(ctx)
	}
	a, err := openApp(ctx, c, newLogger(c, p.stderr), shared)
	if err != nil {
		d.add(finding{what: "database", bad: true, said: err.Error(), warn: "mend what it says, or restore a backup"})
		return d.end()
	}
	defer a.close(ctx) //nolint:errcheck // nothing was written
	d.people(ctx, a)
	d.channels(ctx, a, call)
	d.copies(ctx, a)
	return d.end()
}

type doctor struct {
	p     program
	c     config
	found []finding
}

func (d *doctor) add(f finding) {
	mark := "ok  "
	switch {
	case f.bad:
		mark = "BAD "
	case f.warn != "":
		mark = "warn"
	}
	fmt.Fprintf(d.p.stdout, "%s  %-12s %s\n", mark, f.what, f.said)
	if f.warn != "" {
		fmt.Fprintf(d.p.stdout, "      %-12s → %s\n", "", f.warn)
	}
	d.found = append(d.found, f)
}

func (d *doctor) end() error {
	bad := 0
	for _, f := range d.found {
		if f.bad {
			bad++
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d examinations found a fault", bad, len(d.found))
	}
	return nil
}

// ground is what the program stands on: settings, data directory, disk.
func (d *doctor) ground() {
	f := finding{what: "address", said: d.c.publicURL.String()}
	if d.c.publicURL.Scheme != "https" && !loopback(d.c.publicURL.Hostname()) {
		f.warn = "set PALMONAS_PUBLIC_URL to the https address of your proxy; cookies are not Secure without it"
	}
	d.add(f)
	d.add(finding{what: "time zone", said: d.c.location.String() + ", " + time.Now().In(d.c.location).Format("2 Jan 2006, 15:04 MST")})
	if d.c.mongoURI != "" {
		return
	}
	info, err := os.Stat(d.c.dataDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.add(finding{what: "data", said: d.c.dataDir + " is not there yet"})
		return
	case err != nil:
		d.add(finding{what: "data", bad: true, said: err.Error(), warn: "let the user of palmonas read and write it"})
		return
	case info.Mode().Perm()&0o077 != 0:
		d.add(finding{what: "data", said: fmt.Sprintf("%s may be read by others (mode %o)", d.c.dataDir, info.Mode().Perm()), warn: "chmod 700 " + d.c.dataDir})
	default:
		d.add(finding{what: "data", said: d.c.dataDir})
	}
	free, err := metrics.FreeBytes(d.c.dataDir)
	disk := finding{what: "disk", said: fmt.Sprintf("%.1f GB free", float64(free)/1e9)}
	switch {
	case err != nil:
		disk.said, disk.warn = "free space is not known: "+err.Error(), "look after it by hand"
	case free < 500e6:
		disk.bad, disk.warn = true, "free some space; nothing is lost when the disk is full, but nothing new is stored"
	case free < 2e9:
		disk.warn = "free some space soon"
	}
	d.add(disk)
}

func loopback(host string) bool { return loopbackOnly(net.JoinHostPort(host, "0")) == nil }

func (d *doctor) schema(ctx context.Context) {
	todo, err := pendingSteps(ctx, d.c)
	switch {
	case err != nil:
		d.add(finding{what: "schema", bad: true, said: err.Error(), warn: "run the version of palmonas that wrote it, or restore a backup"})
	case len(todo) > 0:
		d.add(finding{what: "schema", said: fmt.Sprintf("%d steps to do", len(todo)), warn: "palmonas migrate; serve does so too"})
	default:
		d.add(finding{what: "schema", said: "up to date"})
	}
}

func (d *doctor) read(ctx context.Context) {
	c, err := sqlite.Check(ctx, filepath.Join(d.c.dataDir, database))
	if err != nil {
		d.add(finding{what: "integrity", bad: true, said: err.Error(), warn: "palmonas restore --replace FILE with the newest good backup"})
		return
	}
	d.add(finding{what: "integrity", said: fmt.Sprintf("whole: %d orders, %d users", c.Orders, c.Users)})
}

func (d *doctor) people(ctx context.Context, a *app) {
	users, err := a.store.Users().List(ctx)
	admins := 0
	for _, u := range users {
		if u.Role == account.Admin && !u.Disabled && u.PasswordHash != "" {
			admins++
		}
	}
	f := finding{what: "people", said: fmt.Sprintf("%d users, %d administrators", len(users), admins)}
	if err != nil {
		f = finding{what: "people", bad: true, said: err.Error(), warn: "see the database"}
	} else if admins == 0 {
		f.warn = "palmonas user add --email E --name N --role admin"
	}
	d.add(f)
}

func (d *doctor) channels(ctx context.Context, a *app, call bool) {
	all, err := a.store.Channels().List(ctx)
	if err != nil {
		d.add(finding{what: "channels", bad: true, said: err.Error(), warn: "see the database"})
		return
	}
	for _, c := range all {
		d.add(d.channel(ctx, a, c, call))
	}
	if len(all) == 0 {
		d.add(finding{what: "channels", said: "none yet", warn: "add one on the page Channels, or with palmonas channel add"})
	}
}

func (d *doctor) channel(ctx context.Context, a *app, c channel.Channel, call bool) finding {
	f := finding{what: c.ID}
	p, err := a.store.Channels().Progress(ctx, c.ID)
	if err != nil {
		return finding{what: c.ID, bad: true, said: err.Error(), warn: "see the database"}
	}
	since, stale := ingest.Stale(c, p, time.Now())
	switch err := a.syncer.Accepts(c); {
	case errors.Is(err, channel.ErrSeal):
		f.bad, f.said, f.warn = true, "its credentials cannot be opened", "restore "+keyFile+" or PALMONAS_SECRET_KEY, or enter the credentials again"
	case err != nil:
		f.bad, f.said, f.warn = true, err.Error(), "mend its settings on the page of the channel"
	case !c.Enabled:
		f.said = "paused"
	case c.Adapter == channel.Manual:
		f.said = "orders by hand and by file"
	case stale:
		f.bad, f.said, f.warn = true, "not read since "+since.UTC().Format(time.RFC3339)+": "+p.LastRun.Error, "palmonas channel test "+c.ID
	default:
		f.said = "read " + since.UTC().Format(time.RFC3339)
	}
	if !call || f.bad || c.Adapter == channel.Manual {
		return f
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := a.syncer.Try(ctx, c); err != nil {
		f.bad, f.said, f.warn = true, err.Error(), "mend its settings on the page of the channel"
	} else {
		f.said += "; its platform answers"
	}
	return f
}

// copies looks at the age of the newest backup.
func (d *doctor) copies(ctx context.Context, a *app) {
	if d.c.mongoURI != "" {
		d.add(finding{what: "backups", said: "made by mongodump; not looked at"})
		return
	}
	plan, err := a.backups().Plan(ctx)
	if err != nil {
		d.add(finding{what: "backups", bad: true, said: err.Error(), warn: "see the database"})
		return
	}
	last, err := a.backups().LastBackup(ctx)
	f := finding{what: "backups", said: "newest of " + last.Format(time.RFC3339)}
	switch {
	case err != nil:
		f.bad, f.said, f.warn = true, err.Error(), "let the user of palmonas read "+upkeep.Folder
	case plan.Off:
		f.said, f.warn = "switched off", "make sure that something else copies the database"
	case last.IsZero():
		f.said, f.warn = "none yet", "palmonas serve makes one a day; palmonas backup FILE makes one now"
	case time.Since(last) > 26*time.Hour:
		f.warn = "it is older than a day: look for “backup failed” in the log"
	}
	d.add(f)
}
