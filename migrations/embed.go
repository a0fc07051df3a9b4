// Package migrations holds the numbered steps that bring a database up to
// date, one folder per engine. Steps only go forward and are never edited once
// released. A number means the same step in both folders, so that "version 3"
// says the same of either database.
package migrations

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

//go:embed sqlite mongo
var files embed.FS

// The folders.
const (
	SQLite = "sqlite"
	Mongo  = "mongo"
)

// Step is one migration.
type Step struct {
	Number int
	Name   string // such as first_light
	Text   string
}

// Steps returns the steps of one folder, ascending from 1 without gaps; a file
// that is not named NNNN_name.ext, or a gap, is an error.
func Steps(folder string) ([]Step, error) {
	entries, err := fs.ReadDir(files, folder) // sorted by name
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	var steps []Step
	for _, e := range entries {
		number, rest, _ := strings.Cut(e.Name(), "_")
		n, err := strconv.Atoi(number)
		if err != nil || len(number) != 4 {
			return nil, fmt.Errorf("migrations: %s/%s is not named NNNN_name", folder, e.Name())
		}
		if n != len(steps)+1 {
			return nil, fmt.Errorf("migrations: %s/%s has number %d where %d is next", folder, e.Name(), n, len(steps)+1)
		}
		text, err := fs.ReadFile(files, path.Join(folder, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("migrations: %w", err)
		}
		steps = append(steps, Step{Number: n, Name: strings.TrimSuffix(rest, path.Ext(rest)), Text: string(text)})
	}
	return steps, nil
}
