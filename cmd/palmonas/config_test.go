package main

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConfigReportsEveryFault(t *testing.T) {
	t.Parallel()
	_, err := loadConfig([]string{
		"PALMONAS_ADDR=nowhere", "PALMONAS_TIMEZONE=Mars/Olympus", "PALMONAS_LOG_LEVEL=loud", "PALMONAS_PUBLIC_URL=ftp://x",
		"PALMONAS_TRUSTED_PROXIES=10.0.0.0/8,everyone", "MONGODB_URI=mongodb://db", "PALMONAS_LOG_FORMT=json",
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"PALMONAS_ADDR", "PALMONAS_TIMEZONE", "PALMONAS_LOG_LEVEL", "PALMONAS_PUBLIC_URL",
		`"everyone"`, "PALMONAS_SECRET_KEY is required", "PALMONAS_LOG_FORMT is not a setting"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s in:\n%v", want, err)
		}
	}
}

func TestConfigPort(t *testing.T) {
	t.Parallel()
	for _, port := range []string{"abc", "99999", "-1", "80 80"} {
		if _, err := loadConfig([]string{"PORT=" + port}); err == nil || !strings.Contains(err.Error(), "PORT") {
			t.Errorf("PORT=%s: %v", port, err)
		}
	}
}

func TestConfigDefaults(t *testing.T) {
	t.Parallel()
	c, err := loadConfig([]string{"PORT=9000", "HOME=/nowhere"})
	if err != nil {
		t.Fatal(err)
	}
	if c.addr != ":9000" || c.publicURL.String() != "http://localhost:9000" || c.location.String() != "Asia/Kolkata" || c.dataDir != "./data" {
		t.Errorf("%+v", c)
	}
}

func TestSecretKey(t *testing.T) {
	t.Parallel()
	good := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(good+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		env  string
		want string // part of the error, empty for none
	}{
		"direct":      {"PALMONAS_SECRET_KEY=" + good, ""},
		"from a file": {"PALMONAS_SECRET_KEY_FILE=" + file, ""},
		"no file":     {"PALMONAS_SECRET_KEY_FILE=" + file + ".missing", "PALMONAS_SECRET_KEY_FILE"},
		"short":       {"PALMONAS_SECRET_KEY=c2hvcnQ=", "not 32 bytes"},
		"placeholder": {"PALMONAS_SECRET_KEY=" + base64.StdEncoding.EncodeToString(make([]byte, 32)), "placeholder"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := loadConfig([]string{tc.env})
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestLocalKeyIsKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "secret.key")
	first, err := localKey(path)
	if err != nil {
		t.Fatal(err)
	}
	again, err := localKey(path)
	if err != nil || string(first) != string(again) {
		t.Fatalf("the key changed: %v", err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := localKey(path); err == nil {
		t.Error("a damaged key was accepted")
	}
}
