package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
)

// userOptions are those of a run in which people work while orders arrive.
type userOptions struct {
	bases           []string // of the servers that share one database
	email, password string
	users, accounts int
	think, during   time.Duration
	every           time.Duration
	hooks           float64 // a second
	hookChannel     string
	secret          standardwebhook.Secret
	metricsToken    string
	streams         bool
}

// runUsers lets people work at a server, or at several on one database, and
// orders arrive meanwhile. It prints what pages took, what went wrong, how long
// a change took to each server's open pages, and the servers' memory over time.
// The error tells that something went wrong.
func runUsers(ctx context.Context, args []string, w io.Writer) error {
	o, err := parseUsers(args)
	if err != nil {
		return err
	}
	r := newRun(o)
	people, err := r.signInAll(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: %d people with %s to think at %d servers, %.0f webhooks a second, for %s\n\n",
		time.Now().Format("2 Jan 2006 15:04"), o.users, o.think, len(o.bases), o.hooks, o.during)
	ctx, cancel := context.WithTimeout(ctx, o.during)
	defer cancel()
	var all sync.WaitGroup
	for i, p := range people {
		all.Go(func() {
			// Nobody begins at the same moment.
			if pause(ctx, o.think*time.Duration(i)/time.Duration(o.users)) {
				p.work(ctx)
			}
		})
		if o.streams {
			all.Go(func() { p.listen(ctx) })
		}
	}
	if o.hooks > 0 {
		all.Go(func() { r.sendHooks(ctx) })
	}
	all.Go(func() { r.sample(ctx, w) })
	all.Wait()
	return r.report(w)
}

func parseUsers(args []string) (o userOptions, err error) {
	var urls, secret string
	fs := flag.NewFlagSet("bench users", flag.ContinueOnError)
	fs.StringVar(&urls, "url", "http://localhost:8080", "where the server is; several on one database, separated by commas")
	fs.StringVar(&o.email, "email", "", "who signs in; %d stands for the number of the account, from 1")
	fs.StringVar(&o.password, "password", "", "with which password")
	fs.IntVar(&o.users, "users", 50, "people at work")
	fs.IntVar(&o.accounts, "accounts", 10, "accounts that they share; an account has at most ten sessions and five open streams")
	fs.DurationVar(&o.think, "think", time.Second, "how long they look at a page")
	fs.DurationVar(&o.during, "for", 10*time.Minute, "how long")
	fs.DurationVar(&o.every, "every", 10*time.Second, "how often memory is read")
	fs.Float64Var(&o.hooks, "hooks", 0, "webhooks with an order to send a second")
	fs.StringVar(&o.hookChannel, "hook-channel", "", "channel with the adapter custom that takes them")
	fs.StringVar(&secret, "hook-secret", "", "its webhook secret")
	fs.StringVar(&o.metricsToken, "metrics-token", "", "for /metrics, where the server wants one")
	fs.BoolVar(&o.streams, "streams", true, "keep each person's page live, as a browser does")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	for u := range strings.SplitSeq(urls, ",") {
		o.bases = append(o.bases, strings.TrimSuffix(strings.TrimSpace(u), "/"))
	}
	if o.users < 1 || o.accounts < 1 || o.every <= 0 {
		return o, errors.New("--users, --accounts and --every must be above 0")
	}
	if o.hooks > 0 {
		if o.secret, err = standardwebhook.ParseSecret(secret); err != nil {
			return o, fmt.Errorf("--hook-secret: %w", err)
		}
	}
	return o, nil
}

// pause waits; false when ctx ended meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
