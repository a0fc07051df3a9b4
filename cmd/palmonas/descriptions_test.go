package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
)

// described is a channel filled in as the form of its adapter asks for it.
func described(d channel.Description, without string) ingest.Config {
	c := ingest.Config{Now: time.Now, Channel: channel.Channel{ID: "c", Platform: channel.Adapters()[d.Adapter], Adapter: d.Adapter, Name: "C",
		BaseURL: d.Address, Interval: time.Minute, Options: map[string]string{}}, Secrets: channel.Secrets{Credentials: map[string]string{}}}
	for i, s := range d.Credentials {
		alone := i == len(d.Credentials)-1
		if s.Name != without && (s.Required || alone) {
			c.Secrets.Credentials[s.Name] = "a-secret-value"
		}
	}
	for _, s := range d.Options {
		if s.Required && s.Name != without {
			c.Channel.Options[s.Name] = "4711"
		}
	}
	return c
}

// What the forms ask for is what the adapters want.
func TestDescriptionsFitTheAdapters(t *testing.T) {
	t.Parallel()
	known := channel.Adapters()
	for _, d := range channel.Descriptions() {
		if _, ok := known[d.Adapter]; !ok {
			t.Errorf("%s is described and unknown", d.Adapter)
		}
		delete(known, d.Adapter)
		if d.Adapter == channel.Manual {
			continue
		}
		build := builders()[d.Adapter]
		p, err := build(described(d, ""))
		if err != nil {
			t.Errorf("%s: filled in as asked: %v", d.Adapter, err)
			continue
		}
		if _, receives := p.(ingest.Receiver); receives != (d.Hooks != channel.NoHooks) {
			t.Errorf("%s: takes webhooks: %v, described: %q", d.Adapter, receives, d.Hooks)
		}
		for _, s := range slices.Concat(d.Credentials, d.Options) {
			if _, err := build(described(d, s.Name)); s.Required && (err == nil || !strings.Contains(err.Error(), s.Name)) {
				t.Errorf("%s without %s: %v", d.Adapter, s.Name, err)
			}
			for _, choice := range s.Choices[min(1, len(s.Choices)):] {
				c := described(d, "")
				c.Channel.Options[s.Name] = choice
				if _, err := build(c); err != nil {
					t.Errorf("%s: %s = %s: %v", d.Adapter, s.Name, choice, err)
				}
			}
		}
	}
	for name := range known {
		t.Errorf("%s is not described", name)
	}
	if got := channel.Describe("other"); got.Label != "other" {
		t.Errorf("%+v", got)
	}
}
