package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/store"
)

func runChannel(ctx context.Context, p program) error {
	return p.subcommand(ctx, "channel", map[string]func(context.Context, program) error{
		"add": channelAdd, "list": channelList, "test": channelTest, "sync": channelSync,
	})
}

func channelAdd(ctx context.Context, p program) error {
	var file string
	if err := p.flags("channel add", "channel add --file channel.json", func(fs *flag.FlagSet) {
		fs.StringVar(&file, "file", "", "JSON file with the settings, - for standard input")
	}); err != nil {
		return err
	}
	if file == "" {
		return usageError("--file is missing")
	}
	vars := newEnvironment(p.env).vars
	c, secrets, err := readChannelFile(file, p.stdin, func(name string) string { return vars[name] })
	if err != nil {
		return err
	}
	return p.withNewApp(ctx, func(a *app) error {
		switch err := a.addChannel(ctx, c, secrets, time.Now()); {
		case errors.Is(err, store.ErrConflict):
			return fmt.Errorf("there is a channel %s already; give another id", c.ID)
		case err != nil:
			return err
		}
		if err := note(ctx, a.store, "channel.create", "channel:"+c.ID); err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "added channel %s; check it with: palmonas channel test %s\n", c.ID, c.ID)
		return nil
	})
}

// addChannel seals the secrets and stores the channel, once its adapter
// accepted the settings.
func (a *app) addChannel(ctx context.Context, c channel.Channel, secrets channel.Secrets, at time.Time) error {
	if err := c.Validate(); err != nil {
		return err
	}
	sealed, err := a.keys.Seal(c.ID, secrets)
	if err != nil {
		return err
	}
	c.Sealed, c.Version, c.CreatedAt, c.UpdatedAt = sealed, 1, at, at
	if err := a.syncer.Accepts(c); err != nil {
		return err
	}
	return a.store.Channels().Create(ctx, c)
}

func channelList(ctx context.Context, p program) error {
	if err := p.flags("channel list", "channel list", func(*flag.FlagSet) {}); err != nil {
		return err
	}
	return p.withApp(ctx, func(a *app) error {
		list, err := a.store.Channels().List(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tPLATFORM\tADAPTER\tEVERY\tSTATE\tLAST SUCCESS\tLAST ERROR")
		for _, c := range list {
			pr, err := a.store.Channels().Progress(ctx, c.ID)
			if err != nil {
				return err
			}
			state, last := "enabled", "never"
			if !c.Enabled {
				state = "paused"
			}
			if !pr.LastSuccess.IsZero() {
				last = pr.LastSuccess.UTC().Format(time.RFC3339)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.ID, c.Platform, c.Adapter, c.Interval, state, last, pr.LastRun.Error)
		}
		return w.Flush()
	})
}

func channelTest(ctx context.Context, p program) error {
	rest, err := p.parse("channel test", "channel test ID", func(*flag.FlagSet) {})
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usageError("usage: palmonas channel test ID")
	}
	return p.withApp(ctx, func(a *app) error {
		c, err := a.channel(ctx, rest[0])
		if err != nil {
			return err
		}
		if c.Adapter == channel.Manual {
			return fmt.Errorf("channel %s is manual: there is no platform to ask", c.ID)
		}
		start := time.Now()
		if err := a.syncer.Try(ctx, c); err != nil {
			return fmt.Errorf("channel %s: %w", c.ID, err)
		}
		fmt.Fprintf(p.stdout, "channel %s: the platform answered in %s\n", c.ID, time.Since(start).Round(time.Millisecond))
		return nil
	})
}

func (a *app) channel(ctx context.Context, id string) (channel.Channel, error) {
	c, err := a.store.Channels().Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return c, fmt.Errorf("no channel %s; palmonas channel list shows them", id)
	}
	return c, err
}

func channelSync(ctx context.Context, p program) error {
	var since, until, one string
	rest, err := p.parse("channel sync", "channel sync ID [--since T] [--until T] [--order PLATFORM_ORDER_ID]", func(fs *flag.FlagSet) {
		fs.StringVar(&since, "since", "", "read changes from this time on (YYYY-MM-DD or RFC 3339) instead of the saved position")
		fs.StringVar(&until, "until", "", "read changes up to this time")
		fs.StringVar(&one, "order", "", "read one order by the platform's id")
	})
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usageError("usage: palmonas channel sync ID [--since T] [--until T] [--order PLATFORM_ORDER_ID]")
	}
	return p.withApp(ctx, func(a *app) error {
		from, err := a.instant("--since", since)
		if err != nil {
			return err
		}
		to, err := a.instant("--until", until)
		if err != nil {
			return err
		}
		if _, err := a.channel(ctx, rest[0]); err != nil {
			return err
		}
		var run channel.Run
		switch {
		case one != "":
			run, err = a.syncer.PullOne(ctx, rest[0], one)
		case !from.IsZero() || !to.IsZero():
			run, err = a.syncer.PullRange(ctx, rest[0], from, to)
		default:
			run, err = a.syncer.Pull(ctx, rest[0], "")
			if errors.Is(err, ingest.ErrOvertaken) { // by a server, which was at it too
				run, err = a.syncer.Pull(ctx, rest[0], "")
			}
		}
		fmt.Fprintf(p.stdout, "%s fetched=%d created=%d updated=%d unchanged=%d rejected=%d\n",
			rest[0], run.Fetched, run.Created, run.Updated, run.Unchanged, run.Rejected)
		return err
	})
}

// instant reads a day (its start in the shop's zone) or a time.
func (a *app) instant(flagName, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, a.config.location); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, usageError("%s %q is neither YYYY-MM-DD nor RFC 3339", flagName, text)
	}
	return t, nil
}
