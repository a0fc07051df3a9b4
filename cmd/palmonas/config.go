package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/bearer"
	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/tracing"
)

// config is every setting after flags, environment and defaults.
type config struct {
	addr           string
	mongoURI       string // empty: the embedded database
	dataDir        string
	secretKey      []byte // nil: to be made in the data directory
	oldKey         []byte // nil: no rotation goes on
	publicURL      *url.URL
	location       *time.Location
	logLevel       slog.Level
	logFormat      string // text, json or empty for the terminal's
	metricsToken   string
	tokenSecret    []byte        // nil: derived from the secret key
	tokenLifetime  time.Duration // of a login through the API
	trustedProxies []netip.Prefix
	publicGuessed  bool // publicURL follows addr
	insecure       bool // plain http may leave this machine
	signOn         signOn
	traces         tracing.Collector
}

// settings names every variable; another PALMONAS_ name is a typing error that
// would otherwise silently do nothing.
var settings = []string{"PORT", "PALMONAS_ADDR", "MONGODB_URI", "PALMONAS_DATA_DIR", "PALMONAS_SECRET_KEY", "PALMONAS_SECRET_KEY_OLD", "JWT_SECRET",
	"JWT_EXPIRES_IN", "PALMONAS_PUBLIC_URL", "PALMONAS_INSECURE", "PALMONAS_TIMEZONE", "PALMONAS_LOG_LEVEL", "PALMONAS_LOG_FORMAT",
	"PALMONAS_METRICS_TOKEN", "PALMONAS_TRUSTED_PROXIES", "PALMONAS_TEST_MONGODB_URI",
	"PALMONAS_OIDC_ISSUER", "PALMONAS_OIDC_CLIENT_ID", "PALMONAS_OIDC_CLIENT_SECRET", "PALMONAS_OIDC_NAME", "PALMONAS_OIDC_NEW_USERS"}

// environment looks settings up, secrets also as X_FILE, and collects faults.
type environment struct {
	vars   map[string]string
	faults []error
}

func newEnvironment(env []string) *environment {
	e := &environment{vars: map[string]string{}}
	for _, kv := range env {
		k, v, _ := strings.Cut(kv, "=")
		e.vars[k] = v
		if strings.HasPrefix(k, "PALMONAS_") && !slices.Contains(settings, strings.TrimSuffix(k, "_FILE")) {
			e.fault("%s is not a setting", k)
		}
	}
	return e
}

func (e *environment) fault(format string, a ...any) {
	e.faults = append(e.faults, fmt.Errorf(format, a...))
}

func (e *environment) get(name, fallback string) string {
	if v := e.vars[name]; v != "" {
		return v
	}
	if file := e.vars[name+"_FILE"]; file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			e.fault("%s_FILE: %v", name, err)
			return fallback
		}
		return strings.TrimSpace(string(b))
	}
	return fallback
}

// loadConfig reads the environment and reports every fault together.
func loadConfig(env []string) (config, error) {
	e := newEnvironment(env)
	c := config{
		addr:         e.get("PALMONAS_ADDR", ""),
		mongoURI:     e.get("MONGODB_URI", ""),
		dataDir:      e.get("PALMONAS_DATA_DIR", "./data"),
		logFormat:    e.get("PALMONAS_LOG_FORMAT", ""),
		metricsToken: e.get("PALMONAS_METRICS_TOKEN", ""),
	}
	if c.addr == "" {
		c.addr = ":" + e.get("PORT", "8080")
	}
	if _, port, err := net.SplitHostPort(c.addr); err != nil {
		e.fault("PALMONAS_ADDR %q is not host:port", c.addr)
	} else if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		e.fault("PORT or PALMONAS_ADDR: %q is not a port from 0 to 65535", port)
	}
	var err error
	if c.location, err = time.LoadLocation(e.get("PALMONAS_TIMEZONE", "Asia/Kolkata")); err != nil {
		e.fault("PALMONAS_TIMEZONE: %v", err)
	}
	if err := c.logLevel.UnmarshalText([]byte(e.get("PALMONAS_LOG_LEVEL", "info"))); err != nil {
		e.fault("PALMONAS_LOG_LEVEL: use debug, info, warn or error")
	}
	if !slices.Contains([]string{"", "text", "json"}, c.logFormat) {
		e.fault("PALMONAS_LOG_FORMAT: use text or json")
	}
	c.secretKey = e.secretKey(c.mongoURI != "")
	c.oldKey = e.oldKey(c.secretKey)
	c.tokenSecret, c.tokenLifetime = e.tokenSecret(), e.tokenLifetime()
	if c.metricsToken != "" && len(c.metricsToken) < bearer.MinSecret {
		e.fault("PALMONAS_METRICS_TOKEN has fewer than %d characters; make one with: openssl rand -base64 32", bearer.MinSecret)
	}
	if c.insecure, err = strconv.ParseBool(e.get("PALMONAS_INSECURE", "false")); err != nil {
		e.fault("PALMONAS_INSECURE: use true or false")
	}
	c.setPublicURL(e)
	c.signOn = e.signOn()
	if c.traces, err = tracing.Settings(func(name string) string { return e.get(name, "") }, version); err != nil {
		e.faults = append(e.faults, err)
	}
	for _, s := range strings.FieldsFunc(e.get("PALMONAS_TRUSTED_PROXIES", ""), func(r rune) bool { return r == ',' || r == ' ' }) {
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			e.fault("PALMONAS_TRUSTED_PROXIES: %q is not a CIDR such as 10.0.0.0/8", s)
			continue
		}
		c.trustedProxies = append(c.trustedProxies, prefix)
	}
	return c, errors.Join(e.faults...)
}

func (c *config) setPublicURL(e *environment) {
	text := e.get("PALMONAS_PUBLIC_URL", "")
	if text == "" {
		c.guessPublicURL()
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" {
		e.fault("PALMONAS_PUBLIC_URL %q is not an address such as https://orders.example.com", text)
		return
	}
	c.publicURL = u
}

// sealedWay refuses a public address over which passwords and sessions would
// travel readable for everybody, unless somebody said that they may.
func (c *config) sealedWay() error {
	if c.publicURL.Scheme == "https" || loopback(c.publicURL.Hostname()) || c.insecure {
		return nil
	}
	return fmt.Errorf("PALMONAS_PUBLIC_URL %s is not https: passwords and sessions would travel in clear; put a TLS proxy in front, or allow it with --insecure (PALMONAS_INSECURE=true)", c.publicURL)
}

func (c *config) guessPublicURL() {
	_, port, _ := net.SplitHostPort(c.addr)
	c.publicURL, c.publicGuessed = &url.URL{Scheme: "http", Host: "localhost:" + port}, true
}

func (e *environment) secretKey(required bool) []byte {
	text := e.get("PALMONAS_SECRET_KEY", "")
	if text == "" {
		if required {
			e.fault("PALMONAS_SECRET_KEY is required with MONGODB_URI; make one with: openssl rand -base64 32")
		}
		return nil
	}
	key := decodeKey(text)
	if key == nil {
		e.fault("PALMONAS_SECRET_KEY is not %d bytes in base64; make one with: openssl rand -base64 %d", channel.KeySize, channel.KeySize)
		return nil
	}
	if slices.Max(key) == slices.Min(key) {
		e.fault("PALMONAS_SECRET_KEY is a placeholder; make one with: openssl rand -base64 %d", channel.KeySize)
	}
	return key
}

// oldKey is the key before secretKey, while everything sealed is renewed.
func (e *environment) oldKey(now []byte) []byte {
	text := e.get("PALMONAS_SECRET_KEY_OLD", "")
	if text == "" {
		return nil
	}
	key := decodeKey(text)
	switch {
	case key == nil:
		e.fault("PALMONAS_SECRET_KEY_OLD is not %d bytes in base64", channel.KeySize)
	case now == nil:
		e.fault("PALMONAS_SECRET_KEY_OLD is of use only beside PALMONAS_SECRET_KEY, which holds the new key")
	case string(key) == string(now):
		e.fault("PALMONAS_SECRET_KEY_OLD is the same as PALMONAS_SECRET_KEY; put the new key into PALMONAS_SECRET_KEY")
	}
	return key
}

// decodeKey is nil for what is no key.
func decodeKey(text string) []byte {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != channel.KeySize {
		return nil
	}
	return key
}
