package sqlite

import (
	"context"
	"database/sql"
	"sync"
)

// statements keeps prepared statements by their text: preparing costs more
// than running most of them. What queries look like is decided by their shape,
// not their values, so there are few; past the bound they run unprepared.
type statements struct {
	pool *sql.DB
	mu   sync.Mutex
	made map[string]*sql.Stmt
}

const maxStatements = 300

func newStatements(pool *sql.DB) *statements {
	return &statements{pool: pool, made: map[string]*sql.Stmt{}}
}

// query runs a statement that reads.
func (s *statements) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	st, err := s.get(ctx, text) //nolint:sqlclosecheck // it is kept for the next time
	if err != nil {
		return nil, err
	}
	if st == nil {
		return s.pool.QueryContext(ctx, text, args...)
	}
	return st.QueryContext(ctx, args...)
}

// row runs a statement that reads one row.
func (s *statements) row(ctx context.Context, text string, args []any, into ...any) error {
	rows, err := s.query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err and Scan tell
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := rows.Scan(into...); err != nil {
		return err
	}
	return rows.Close()
}

func (s *statements) get(ctx context.Context, text string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st, ok := s.made[text]; ok || len(s.made) >= maxStatements {
		return st, nil
	}
	st, err := s.pool.PrepareContext(ctx, text) //nolint:sqlclosecheck // close does
	if err != nil {
		return nil, err
	}
	s.made[text] = st
	return st, nil
}

func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.made {
		_ = st.Close() // the pool closes next and reports
	}
	clear(s.made)
}
