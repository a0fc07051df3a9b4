package handlers

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

const (
	credentialField = "credential." //nolint:gosec // the beginning of a field name
	optionField     = "option."
	removed         = "-" // typed for a credential that is not needed any more
	maxSetting      = 8000
	maxInterval     = 7 * 24 * time.Hour
	defaultInterval = 5 * time.Minute
)

// settings is a channel as somebody edits it.
type settings struct {
	channel.Channel
	secrets channel.Secrets
	adapter channel.Description
}

// fields are those its form may have.
func (x settings) fields(more ...string) []string {
	names := append(more, "name", "action")
	if x.Adapter == channel.Manual {
		if x.ID == "" { // the platform of a channel never changes
			names = append(names, "platform")
		}
		return names
	}
	names = append(names, "base_url", "interval", "more")
	for _, n := range x.credentials() {
		names = append(names, credentialField+n.Name)
	}
	for _, o := range x.adapter.Options {
		names = append(names, optionField+o.Name)
	}
	return names
}

// credentials are those the adapter asks for, then others that are set.
func (x settings) credentials() []channel.Setting {
	all := slices.Clone(x.adapter.Credentials)
	for _, name := range slices.Sorted(maps.Keys(x.secrets.Credentials)) {
		if !slices.ContainsFunc(all, func(s channel.Setting) bool { return s.Name == name }) {
			all = append(all, channel.Setting{Name: name, Label: name})
		}
	}
	return all
}

// read takes over what was typed. Empty credentials keep what was there.
func (x *settings) read(f url.Values) (faults order.FieldErrors) {
	fault := func(field, message string) { faults = append(faults, order.FieldError{Field: field, Message: message}) }
	text := func(field string) string {
		s, err := readText(f.Get(field), maxSetting)
		if err != nil {
			fault(field, err.Error())
		}
		return s
	}
	before := *x
	if x.Name = text("name"); x.Name == "" {
		fault("name", "Give it a name.")
	}
	if x.Adapter == channel.Manual && x.Platform == "" {
		if x.Platform = order.Platform(f.Get("platform")); !slices.Contains(order.Platforms(), x.Platform) {
			fault("platform", "Choose a platform.")
		}
	}
	if x.Adapter == channel.Manual {
		return faults
	}
	x.BaseURL = strings.TrimRight(text("base_url"), "/")
	if _, err := ingest.ParseAddress(x.BaseURL); err != nil {
		fault("base_url", sentence(err.Error()))
	}
	d, err := time.ParseDuration(f.Get("interval"))
	if x.Interval = d; err != nil || d < channel.MinInterval || d > maxInterval {
		fault("interval", "Write a time from "+views.Interval(channel.MinInterval)+" to a week, such as 5m.")
	}
	faults = append(faults, x.readOptions(f, text)...)
	faults = append(faults, x.readCredentials(before, text)...)
	return faults
}

func (x *settings) readOptions(f url.Values, text func(string) string) (faults order.FieldErrors) {
	options := map[string]string{}
	for _, o := range x.adapter.Options {
		if v := text(optionField + o.Name); v != "" {
			options[o.Name] = v
		}
	}
	for line := range strings.Lines(text("more")) {
		name, value, ok := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		_, twice := options[name]
		switch {
		case strings.TrimSpace(line) == "":
		case !ok || name == "" || value == "":
			faults = append(faults, order.FieldError{Field: "more", Message: "Write name = value, one a line."})
		case twice:
			faults = append(faults, order.FieldError{Field: "more", Message: "The option " + printable(name) + " is given twice."})
		default:
			options[name] = value
		}
	}
	x.Options = options
	return faults
}

// readCredentials keeps those that were left empty, but not when an address now
// leads to another server: whoever edits a channel must not learn its secrets by
// sending them elsewhere.
func (x *settings) readCredentials(before settings, text func(string) string) (faults order.FieldErrors) {
	kept := map[string]string{}
	moved := !slices.Equal(before.servers(), x.servers()) && len(before.secrets.Credentials) > 0
	for _, s := range before.credentials() {
		field := credentialField + s.Name
		v := text(field)
		switch old := before.secrets.Credentials[s.Name]; {
		case v == removed && !s.Required:
		case v != "":
			kept[s.Name] = v
		case old == "":
		case moved:
			faults = append(faults, order.FieldError{Field: field, Message: "An address leads to another server now. Enter this again."})
		default:
			kept[s.Name] = old
		}
	}
	x.secrets.Credentials = kept
	return faults
}

// servers are the hosts that the settings send credentials to.
func (x settings) servers() []string {
	var hosts []string
	for _, text := range append(slices.Collect(maps.Values(x.Options)), x.BaseURL) {
		if u, err := url.Parse(text); err == nil && u.Host != "" {
			hosts = append(hosts, u.Scheme+"://"+strings.ToLower(u.Host))
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// form is the settings as the page shows them; secrets only as set or not.
func (x settings) form() views.ChannelFormView {
	v := views.ChannelFormView{ID: x.ID, Adapter: x.Adapter, AdapterName: x.adapter.Label, Platform: string(x.Platform), Name: x.Name,
		Remote: x.Adapter != channel.Manual, BaseURL: x.BaseURL, Example: x.adapter.Address, Interval: views.Interval(x.Interval), Version: x.Version}
	for _, c := range x.credentials() {
		set := x.secrets.Credentials[c.Name] != ""
		if set && !c.Required {
			c.Hint = strings.TrimSpace(c.Hint + " Write - to remove it.")
		}
		v.Credentials = append(v.Credentials, views.SettingField{Name: credentialField + c.Name, Label: c.Label, Hint: c.Hint, Set: set, Required: c.Required})
	}
	more := maps.Clone(x.Options)
	for _, o := range x.adapter.Options {
		v.Options = append(v.Options, views.SettingField{Name: optionField + o.Name, Label: o.Label, Hint: o.Hint, Value: x.Options[o.Name], Required: o.Required, Choices: o.Choices})
		delete(more, o.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(more)) {
		v.More += name + " = " + more[name] + "\n"
	}
	return v
}

// typed puts back what was sent, but for secrets.
func typed(v views.ChannelFormView, f url.Values) views.ChannelFormView {
	v.Name, v.BaseURL, v.Interval, v.More = f.Get("name"), f.Get("base_url"), f.Get("interval"), f.Get("more")
	if f.Has("platform") {
		v.Platform = f.Get("platform")
	}
	for i := range v.Options {
		v.Options[i].Value = f.Get(v.Options[i].Name)
	}
	return v
}

// adapterFaults puts what an adapter misses at the fields it names.
func (x settings) adapterFaults(err error) order.FieldErrors {
	var faults order.FieldErrors
	for line := range strings.Lines(err.Error()) {
		line = x.redact(strings.TrimSpace(line))
		if _, rest, ok := strings.Cut(line, x.ID+": "); ok {
			line = rest
		}
		field := ""
		for _, s := range x.credentials() {
			if mentions(line, s.Name) {
				field = credentialField + s.Name
			}
		}
		for _, s := range x.adapter.Options {
			if mentions(line, s.Name) {
				field = optionField + s.Name
			}
		}
		if field == "" && mentions(line, "base_url") {
			field = "base_url"
		}
		faults = append(faults, order.FieldError{Field: field, Message: sentence(line)})
	}
	return faults
}

// mentions finds a whole word.
func mentions(text, word string) bool {
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}), word)
}

// redact keeps secrets out of what a platform or a network says.
func (x settings) redact(text string) string {
	for _, all := range [][]string{slices.Collect(maps.Values(x.secrets.Credentials)), x.secrets.Webhook} {
		for _, secret := range all {
			for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
				if len(form) > 3 {
					text = strings.ReplaceAll(text, form, "•••")
				}
			}
		}
	}
	return text
}
