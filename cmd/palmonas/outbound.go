package main

import (
	"net/netip"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/outbound"
)

// guard keeps outbound webhooks to public addresses. The demo, which nobody
// else can reach, may tell programs on this machine.
func guard(demo bool) outbound.Guard {
	if !demo {
		return outbound.Guard{}
	}
	return outbound.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
}

// outboundJob follows the change log and sends webhooks, in one process.
func (a *app) outboundJob(demo bool) ingest.Job {
	service := outbound.New(outbound.Config{Store: a.store, Keys: a.keys, Guard: guard(demo), Now: time.Now})
	return ingest.Job{Name: "webhooks", Every: outbound.Every, Deadline: outbound.Deadline, Run: outbound.NewWorker(service, version, a.log).Run}
}
