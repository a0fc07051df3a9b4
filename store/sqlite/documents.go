package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/store"
)

// The small collections keep each thing as JSON beside the columns that they
// are looked up by.

func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs always encode
	}
	return string(b)
}

// loadOne reads the document that a statement selects, or store.ErrNotFound.
func loadOne[T any](row *sql.Row) (T, error) {
	var v T
	var doc string
	if err := row.Scan(&doc); err != nil {
		return v, missing(err)
	}
	return v, json.Unmarshal([]byte(doc), &v)
}

// load is loadOne outside a transaction; a webhook's whole cost was once half the
// preparing of such a statement.
func load[T any](ctx context.Context, s *db, text string, args ...any) (T, error) {
	var v T
	var doc []byte
	if err := s.statements.row(ctx, text, args, &doc); err != nil {
		return v, missing(err)
	}
	return v, json.Unmarshal(doc, &v)
}

// loadAll reads the documents that a statement selects.
func loadAll[T any](ctx context.Context, s *db, text string, args ...any) ([]T, error) {
	rows, err := s.statements.query(ctx, text, args...)
	if err != nil {
		return nil, explain(err)
	}
	defer rows.Close() //nolint:errcheck // Err tells
	var list []T
	for rows.Next() {
		var doc string
		var v T
		if err := rows.Scan(&doc); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(doc), &v); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, explain(rows.Err())
}

// insertNew inserts, and says store.ErrConflict when a unique value is taken.
func insertNew(ctx context.Context, s *db, text string, args ...any) error {
	err := s.exec(ctx, text, args...)
	if taken(err) {
		return store.ErrConflict
	}
	return err
}

// ms is a time as the database keeps it; the zero time stays zero.
func ms(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// wrap names what an error happened to.
func wrap(err error, format string, a ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, a...), err)
}
