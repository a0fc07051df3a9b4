package sqlite

import (
	"context"
	"database/sql"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// users implements store.Users.
type users db

func (s *users) Get(ctx context.Context, id account.ID) (account.User, error) {
	u, err := loadOne[account.User](s.reader.QueryRowContext(ctx, "SELECT doc FROM users WHERE id=?", string(id)))
	return u, wrap(err, "user %s", id)
}

func (s *users) ByEmail(ctx context.Context, email string) (account.User, error) {
	u, err := loadOne[account.User](s.reader.QueryRowContext(ctx, "SELECT doc FROM users WHERE email=?", email))
	return u, wrap(err, "user by e-mail")
}

func (s *users) List(ctx context.Context) ([]account.User, error) {
	list, err := loadAll[account.User](ctx, (*db)(s), "SELECT doc FROM users ORDER BY name, id")
	return list, wrap(err, "users")
}

func (s *users) Create(ctx context.Context, u account.User) error {
	u = cleanUser(u)
	err := insertNew(ctx, (*db)(s), "INSERT INTO users (id, email, name, doc) VALUES (?, ?, ?, ?)", string(u.ID), u.Email, u.Name, toJSON(u))
	return wrap(err, "user %s", u.ID)
}

// Update implements store.Users. A change raises the version; an e-mail that
// another user has is store.ErrConflict.
func (s *users) Update(ctx context.Context, id account.ID, fn func(*account.User) error) (account.User, error) {
	var result account.User
	err := (*db)(s).write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		u, err := loadOne[account.User](tx.QueryRowContext(ctx, "SELECT doc FROM users WHERE id=?", string(id)))
		if err != nil {
			return wrap(err, "user %s", id)
		}
		version := u.Version
		if err := fn(&u); err != nil {
			return err
		}
		u.ID, u.Version = id, version+1
		result = cleanUser(u)
		_, err = tx.ExecContext(ctx, "UPDATE users SET email=?, name=?, doc=? WHERE id=?", u.Email, u.Name, toJSON(result), string(id))
		if taken(err) {
			err = store.ErrConflict
		}
		return wrap(err, "user %s", id)
	})
	if err != nil {
		return account.User{}, err
	}
	return result, nil
}

func cleanUser(u account.User) account.User {
	u.LastLoginAt, u.ScopedAt, u.CreatedAt, u.UpdatedAt = ms(u.LastLoginAt), ms(u.ScopedAt), ms(u.CreatedAt), ms(u.UpdatedAt)
	return u
}
