package amazon

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
)

const (
	marketplaceIndia = "A21TJRUUN4KGV"
	defaultTokenURL  = "https://api.amazon.com/auth/o2/token" //nolint:gosec // an address
)

type settings struct {
	channel      string
	base         *url.URL
	tokenURL     string
	marketplace  string
	since        time.Time // zero: 30 days before the first call
	clientID     string
	clientSecret string
	refreshToken string
	reports      bool // long ranges come from the Reports API
	hooks        standardwebhook.Verifier
	queue        queueSettings
}

// Values of the option backfill: where orders of more than two days ago come
// from.
const (
	backfillList    = "list"
	backfillReports = "reports"
)

var marketplacePattern = regexp.MustCompile(`^[A-Z0-9]{10,20}$`)

func readSettings(cfg ingest.Config) (settings, error) {
	var faults []error
	fault := func(format string, a ...any) { faults = append(faults, fmt.Errorf(format, a...)) }
	credential := func(name string) string {
		v := strings.TrimSpace(cfg.Secrets.Credentials[name])
		if v == "" {
			fault("credential %s is missing", name)
		}
		return v
	}
	option := func(name, fallback string) string {
		if v := strings.TrimSpace(cfg.Channel.Options[name]); v != "" {
			return v
		}
		return fallback
	}
	set := settings{
		channel:      cfg.Channel.ID,
		clientID:     credential("client_id"),
		clientSecret: credential("client_secret"),
		refreshToken: credential("refresh_token"),
		marketplace:  option("marketplace_id", marketplaceIndia),
		tokenURL:     option("token_url", defaultTokenURL),
	}
	base, err := ingest.ParseAddress(cfg.Channel.BaseURL)
	if err != nil {
		fault("base_url: %w", err)
	}
	set.base = base
	if _, err := ingest.ParseAddress(set.tokenURL); err != nil {
		fault("option token_url: %w", err)
	}
	if !marketplacePattern.MatchString(set.marketplace) {
		fault("option marketplace_id %q is not a marketplace id", set.marketplace)
	}
	if text := option("since", ""); text != "" {
		if set.since, err = time.Parse(time.RFC3339, text); err != nil {
			fault("option since %q is not an RFC 3339 time", text)
		}
	}
	switch text := option("backfill", backfillList); text {
	case backfillList, backfillReports:
		set.reports = text == backfillReports
	default:
		fault("option backfill %q: use %s or %s", text, backfillList, backfillReports)
	}
	if set.hooks, err = standardwebhook.NewVerifier(cfg.Secrets.Webhook); err != nil {
		faults = append(faults, err)
	}
	secret := func(name string) string { return strings.TrimSpace(cfg.Secrets.Credentials[name]) }
	var wrong []error
	set.queue, wrong = readQueue(option("queue_url", ""), secret("aws_access_key_id"), secret("aws_secret_access_key"))
	faults = append(faults, wrong...)
	if len(faults) > 0 {
		return settings{}, fmt.Errorf("amazon: %w", errors.Join(faults...))
	}
	return set, nil
}
