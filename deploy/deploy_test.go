// Package deploy tests the files beside it against the program.
package deploy

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/palmonas/palmonas-crm/channel"
	"github.com/palmonas/palmonas-crm/metrics"
	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/store/sqlite"
)

// exposed lists the metrics that a process with one channel tells about.
func exposed(t *testing.T) []string {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir() + "/test.db"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c := channel.Channel{ID: "shop", Platform: order.Organic, Adapter: "custom", Enabled: true, Interval: time.Minute}
	if err := s.Channels().Create(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	m := metrics.New("test")
	m.Watch(metrics.Watched{Store: s, Now: time.Now, Log: slog.New(slog.DiscardHandler), DataDir: t.TempDir(), Database: "none",
		Stale:      func(channel.Channel, channel.Progress, time.Time) (time.Time, bool) { return time.Time{}, false },
		LastBackup: nil})
	m.Began()("/orders", http.MethodGet, http.StatusForbidden, 0, false)
	m.Run(channel.Run{Channel: "shop", Kind: channel.Pull, Finished: time.Now()})
	m.Hook("shop", http.StatusAccepted)
	if _, err := m.Store(s).Orders().Count(t.Context(), nil, 1); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	resp, err := m.Transport("shop", http.NewFileTransport(http.Dir(t.TempDir()))).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, r)
	var names []string
	for _, l := range regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`).FindAllStringSubmatch(w.Body.String(), -1) {
		names = append(names, l[1])
		if l[2] == "histogram" {
			names = append(names, l[1]+"_bucket", l[1]+"_sum", l[1]+"_count")
		}
	}
	return append(names, "palmonas_backup_last_success_timestamp_seconds")
}

// TestMetricsExist: an alert or a panel about a metric with another name would
// stay silent for ever.
func TestMetricsExist(t *testing.T) {
	t.Parallel()
	names := exposed(t)
	for _, file := range []string{"prometheus-rules.yml", "grafana-dashboard.json"} {
		text := read(t, file)
		used := regexp.MustCompile(`\bpalmonas_[a-z_]+`).FindAllString(text, -1)
		if len(used) < 10 {
			t.Errorf("%s: only %d metrics found", file, len(used))
		}
		for _, name := range used {
			if !slices.Contains(names, name) {
				t.Errorf("%s uses %s, which does not exist", file, name)
			}
		}
	}
	if !json.Valid([]byte(read(t, "grafana-dashboard.json"))) {
		t.Error("the dashboard is not JSON")
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func parse(t *testing.T, file string) (all []map[string]any) {
	t.Helper()
	d := yaml.NewDecoder(strings.NewReader(read(t, file)))
	for {
		var one map[string]any
		if err := d.Decode(&one); err != nil {
			if len(all) == 0 {
				t.Fatalf("%s: %v", file, err)
			}
			return all
		}
		all = append(all, one)
	}
}

// at walks into maps and lists.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func TestCompose(t *testing.T) {
	t.Parallel()
	c := parse(t, "../docker-compose.yml")[0]
	for _, name := range []string{"palmonas", "mongo"} {
		s := at(c, "services", name)
		if at(s, "cap_drop", 0) != "ALL" || at(s, "security_opt", 0) != "no-new-privileges:true" || at(s, "mem_limit") == nil || at(s, "pids_limit") == nil {
			t.Errorf("%s is not fenced in", name)
		}
		if at(s, "stop_grace_period") != "40s" {
			t.Errorf("%s has no time to stop", name)
		}
	}
	if at(c, "services", "mongo", "ports") != nil {
		t.Error("the database publishes a port")
	}
	if at(c, "services", "palmonas", "depends_on", "mongo", "condition") != "service_healthy" {
		t.Error("the program does not wait for the database")
	}
	if port, _ := at(c, "services", "palmonas", "ports", 0).(string); !strings.HasPrefix(port, "127.0.0.1:") {
		t.Error("the program is open to the network without TLS")
	}
	secrets, _ := at(c, "secrets").(map[string]any)
	for name, s := range secrets {
		if file, _ := at(s, "file").(string); !strings.HasPrefix(file, "./deploy/secrets/") {
			t.Errorf("secret %s comes from %v", name, s)
		}
	}
}

func TestKubernetes(t *testing.T) {
	t.Parallel()
	for _, d := range parse(t, "kubernetes.yml") {
		if at(d, "kind") != "Deployment" {
			continue
		}
		pod := at(d, "spec", "template", "spec")
		c := at(pod, "containers", 0)
		if at(d, "spec", "replicas") != 3 || at(pod, "securityContext", "runAsNonRoot") != true || at(c, "securityContext", "readOnlyRootFilesystem") != true {
			t.Error("three replicas, not root, nothing to write but the volume")
		}
		if at(c, "readinessProbe", "httpGet", "path") != "/readyz" || at(c, "livenessProbe", "httpGet", "path") != "/healthz" {
			t.Error("probes")
		}
		if grace, _ := at(pod, "terminationGracePeriodSeconds").(int); grace < 35 {
			t.Errorf("%d s to stop", grace)
		}
		return
	}
	t.Error("no Deployment")
}
