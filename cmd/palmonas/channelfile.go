package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/order"
)

// channelFile is what channel add reads. A value written as "env:NAME" is
// taken from the environment, so that the file need not hold secrets.
type channelFile struct {
	ID            string            `json:"id"`
	Platform      order.Platform    `json:"platform"`
	Adapter       string            `json:"adapter"`
	Name          string            `json:"name"`
	BaseURL       string            `json:"base_url"`
	Credentials   map[string]string `json:"credentials"`
	Options       map[string]string `json:"options"`
	Enabled       *bool             `json:"enabled"`
	Interval      string            `json:"interval"`
	WebhookSecret string            `json:"webhook_secret"`
}

// defaultInterval is the pause between pulls unless the file says otherwise.
const defaultInterval = 5 * time.Minute

func readChannelFile(path string, stdin io.Reader, getenv func(string) string) (channel.Channel, channel.Secrets, error) {
	var none channel.Channel
	text, err := readAll(path, stdin)
	if err != nil {
		return none, channel.Secrets{}, err
	}
	var f channelFile
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return none, channel.Secrets{}, fmt.Errorf("%s: %w", path, err)
	}
	c := channel.Channel{ID: f.ID, Platform: f.Platform, Adapter: f.Adapter, Name: f.Name, BaseURL: strings.TrimRight(f.BaseURL, "/"),
		Options: f.Options, Enabled: f.Enabled == nil || *f.Enabled, Interval: defaultInterval, Version: 1}
	if f.Interval != "" {
		if c.Interval, err = time.ParseDuration(f.Interval); err != nil {
			return none, channel.Secrets{}, fmt.Errorf("interval: %w", err)
		}
	}
	secrets := channel.Secrets{Credentials: map[string]string{}}
	for name, value := range f.Credentials {
		if secrets.Credentials[name], err = fromEnv(value, getenv); err != nil {
			return none, channel.Secrets{}, fmt.Errorf("credentials.%s: %w", name, err)
		}
	}
	if f.WebhookSecret != "" {
		secret, err := fromEnv(f.WebhookSecret, getenv)
		if err != nil {
			return none, channel.Secrets{}, fmt.Errorf("webhook_secret: %w", err)
		}
		secrets.Webhook = []string{secret}
	}
	return c, secrets, c.Validate()
}

func fromEnv(value string, getenv func(string) string) (string, error) {
	name, ok := strings.CutPrefix(value, "env:")
	if !ok {
		return value, nil
	}
	if v := getenv(name); v != "" {
		return v, nil
	}
	return "", fmt.Errorf("the environment has no %s", name)
}

func readAll(path string, stdin io.Reader) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(path)
}
