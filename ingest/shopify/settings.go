package shopify

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
)

const (
	defaultVersion = "2026-07"
	maxRate        = 10_000
	// minOverlap is how far a run reads back over what the one before it read,
	// for changes that the store lists late.
	minOverlap = 10 * time.Minute
)

type settings struct {
	base         *url.URL // of the store
	version      string
	accessToken  string
	clientID     string
	clientSecret string
	hookSecrets  []string
	rate         float64  // zero: as the store announces
	cod          []string // in small letters
	notify       bool
	keepTests    bool
	overlap      time.Duration
}

var versionPattern = regexp.MustCompile(`^(20[0-9]{2}-(01|04|07|10)|unstable)$`)

func readSettings(cfg ingest.Config) (settings, error) {
	var faults []error
	fault := func(format string, a ...any) { faults = append(faults, fmt.Errorf(format, a...)) }
	credential := func(name string) string { return strings.TrimSpace(cfg.Secrets.Credentials[name]) }
	option := func(name string) string { return strings.TrimSpace(cfg.Channel.Options[name]) }
	set := settings{
		version: defaultVersion, overlap: max(minOverlap, 2*cfg.Channel.Interval),
		accessToken: credential("access_token"), clientID: credential("client_id"), clientSecret: credential("client_secret"),
	}
	var err error
	if set.base, err = ingest.ParseAddress(cfg.Channel.BaseURL); err != nil {
		fault("base_url: %w", err)
	}
	switch {
	case set.accessToken != "":
	case set.clientID == "" && set.clientSecret == "":
		fault("credential access_token is missing, or client_id and client_secret instead of it")
	case set.clientID == "":
		fault("credential client_id is missing")
	case set.clientSecret == "":
		fault("credential client_secret is missing")
	}
	for _, s := range append([]string{set.clientSecret}, cfg.Secrets.Webhook...) {
		if s = strings.TrimSpace(s); s != "" {
			set.hookSecrets = append(set.hookSecrets, s)
		}
	}
	if v := option("api_version"); v != "" {
		if set.version = v; !versionPattern.MatchString(v) {
			fault("option api_version %.20q: use a version such as %s", v, defaultVersion)
		}
	}
	if text := option("rate"); text != "" {
		if set.rate, err = strconv.ParseFloat(text, 64); err != nil || !(set.rate > 0 && set.rate <= maxRate) {
			fault("option rate %.20q: use calls a second, up to %d", text, maxRate)
		}
	}
	for name := range strings.SplitSeq(option("cod_gateways"), ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			set.cod = append(set.cod, name)
		}
	}
	set.notify, err = choice(option("notify_customer"), "false", "true")
	if err != nil {
		fault("option notify_customer: %w", err)
	}
	set.keepTests, err = choice(option("test_orders"), "skip", "keep")
	if err != nil {
		fault("option test_orders: %w", err)
	}
	if len(faults) > 0 {
		return settings{}, fmt.Errorf("shopify: %w", errors.Join(faults...))
	}
	return set, nil
}

// choice tells whether a text is the second of two words; empty is the first.
func choice(text, first, second string) (bool, error) {
	switch text {
	case "", first:
		return false, nil
	case second:
		return true, nil
	}
	return false, fmt.Errorf("%.20q: use %s or %s", text, first, second)
}
