package handlers

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// Limits of uploaded files.
const (
	maxUpload  = 64 << 20 // bytes as they are sent; compressed files count compressed
	keepUpload = 24 * time.Hour
	keepFiles  = 7 * 24 * time.Hour // what jobs left behind: rejected rows hold personal data
)

// upload is a file waiting to be imported. Its name on disk is its ID; what
// the sender called it is only ever shown.
type upload struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	By      account.ID `json:"by"`
	Channel string     `json:"channel"`
	Format  string     `json:"format"`
	Bytes   int64      `json:"bytes"`
	At      time.Time  `json:"at"`
}

// uploads keeps files in the data directory of this machine, and what jobs
// leave behind beside them. An os.Root keeps every path inside.
type uploads struct {
	root *os.Root
	path string
	now  func() time.Time
}

func openUploads(dataDir string, now func() time.Time) (*uploads, error) {
	if dataDir == "" {
		dataDir = filepath.Join(os.TempDir(), "palmonas")
	}
	for _, sub := range []string{"uploads", "jobs", exportFolder} {
		if err := os.MkdirAll(filepath.Join(dataDir, sub), 0o700); err != nil {
			return nil, err
		}
	}
	root, err := os.OpenRoot(dataDir)
	if err != nil {
		return nil, err
	}
	u := &uploads{root: root, path: dataDir, now: now}
	return u, u.purge()
}

var uploadID = regexp.MustCompile(`^[A-Z2-7]{26}$`) // rand.Text

// save stores a file, or nothing at all. More than maxUpload bytes are an
// *http.MaxBytesError. It cannot be found before it is described.
func (u *uploads) save(r io.Reader) (upload, error) {
	if err := u.purge(); err != nil {
		return upload{}, err
	}
	kept := upload{ID: rand.Text(), At: u.now()}
	path := "uploads/" + kept.ID
	f, err := u.root.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return upload{}, err
	}
	kept.Bytes, err = io.Copy(f, io.LimitReader(r, maxUpload+1))
	if err == nil && kept.Bytes > maxUpload {
		err = &http.MaxBytesError{Limit: maxUpload}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return upload{}, errors.Join(err, u.root.Remove(path))
	}
	return kept, nil
}

// describe keeps what is known of a saved file beside it.
func (u *uploads) describe(meta upload) error {
	b, err := json.Marshal(meta)
	if err != nil {
		return err
	}
	return u.root.WriteFile("uploads/"+meta.ID+".json", b, 0o600)
}

// remove forgets a file, described or not.
func (u *uploads) remove(id string) error {
	if err := u.root.Remove("uploads/" + id + ".json"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return u.root.Remove("uploads/" + id)
}

// find is a user's own upload; anybody else's is store.ErrNotFound.
func (u *uploads) find(id string, by account.ID) (upload, error) {
	if !uploadID.MatchString(id) {
		return upload{}, store.ErrNotFound
	}
	b, err := u.root.ReadFile("uploads/" + id + ".json")
	if errors.Is(err, fs.ErrNotExist) {
		return upload{}, store.ErrNotFound
	}
	var meta upload
	if err == nil {
		err = json.Unmarshal(b, &meta)
	}
	if err != nil {
		return upload{}, fmt.Errorf("upload %s: %w", id, err)
	}
	if meta.By != by {
		return upload{}, store.ErrNotFound
	}
	return meta, nil
}

func (u *uploads) open(id string) (*os.File, error) { return u.root.Open("uploads/" + id) }

// dir is where files may be unpacked for a while; purge sweeps it too.
func (u *uploads) dir() string { return filepath.Join(u.path, "uploads") }

// PurgeFiles removes files in the data directory whose time is over: uploads,
// exports and what jobs left behind.
func (s *Server) PurgeFiles() error { return s.uploads.purge() }

// purge removes uploads that nobody came back for, and old files of jobs.
func (u *uploads) purge() error {
	return errors.Join(u.purgeOlder("uploads", keepUpload), u.purgeOlder("jobs", keepFiles), u.purgeOlder(exportFolder, keepFolder), u.purgeExports())
}

func (u *uploads) purgeOlder(name string, keep time.Duration) error {
	dir, err := u.root.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || u.now().Sub(info.ModTime()) < keep {
			continue // gone meanwhile, or young
		}
		if err := u.root.RemoveAll(name + "/" + e.Name()); err != nil {
			return err
		}
	}
	return nil
}

// shownName is what the sender called a file, fit to be shown: its last part,
// without anything that does not print.
func shownName(s string) string {
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 100 {
		s = string(r[:100])
	}
	if s == "" {
		return "file"
	}
	return s
}
