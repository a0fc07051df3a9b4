package mongo

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"

	"github.com/palmonas/palmonas-crm/account"
)

// users implements store.Users.
type users struct{ coll *mongo.Collection }

type userDoc struct {
	ID           string    `bson:"_id"`
	Email        string    `bson:"email"`
	Name         string    `bson:"name"`
	Role         string    `bson:"role"`
	Granted      []string  `bson:"granted,omitempty"`
	Denied       []string  `bson:"denied,omitempty"`
	Channels     []string  `bson:"channels,omitempty"`
	ScopedAt     time.Time `bson:"scopedAt,omitempty"`
	PasswordHash string    `bson:"passwordHash,omitempty"`
	Disabled     bool      `bson:"disabled,omitempty"`
	Epoch        int64     `bson:"epoch"`
	LastLoginAt  time.Time `bson:"lastLoginAt,omitempty"`
	Theme        string    `bson:"theme,omitempty"`
	Density      string    `bson:"density,omitempty"`
	Keys         string    `bson:"keys,omitempty"`
	Version      int64     `bson:"version"`
	CreatedAt    time.Time `bson:"createdAt,omitempty"`
	UpdatedAt    time.Time `bson:"updatedAt,omitempty"`
}

func toUserDoc(u account.User) userDoc {
	return userDoc{
		ID: string(u.ID), Email: u.Email, Name: u.Name, Role: string(u.Role), Granted: recast[string](u.Granted),
		Denied: recast[string](u.Denied), Channels: u.Channels, ScopedAt: u.ScopedAt, PasswordHash: u.PasswordHash, Disabled: u.Disabled, Epoch: u.Epoch, LastLoginAt: u.LastLoginAt,
		Theme: u.Theme, Density: u.Density, Keys: u.Keys, Version: u.Version, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
	}
}

func (d userDoc) user() account.User {
	return account.User{
		ID: account.ID(d.ID), Email: d.Email, Name: d.Name, Role: account.Role(d.Role), Granted: recast[account.Permission](d.Granted),
		Denied: recast[account.Permission](d.Denied), Channels: d.Channels, ScopedAt: d.ScopedAt, PasswordHash: d.PasswordHash, Disabled: d.Disabled, Epoch: d.Epoch, LastLoginAt: d.LastLoginAt,
		Theme: d.Theme, Density: d.Density, Keys: d.Keys, Version: d.Version, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt,
	}
}

// Get implements store.Users.
func (r users) Get(ctx context.Context, id account.ID) (account.User, error) {
	return r.one(ctx, bson.D{{Key: "_id", Value: string(id)}})
}

// ByEmail implements store.Users.
func (r users) ByEmail(ctx context.Context, email string) (account.User, error) {
	return r.one(ctx, bson.D{{Key: "email", Value: email}})
}

func (r users) one(ctx context.Context, filter bson.D) (account.User, error) {
	var d userDoc
	err := r.coll.FindOne(ctx, filter).Decode(&d)
	return d.user(), failed("read user", err)
}

// List implements store.Users. Users are few, so they are sorted here.
func (r users) List(ctx context.Context) ([]account.User, error) {
	cur, err := r.coll.Find(ctx, bson.D{})
	docs, err := readAll[userDoc](ctx, cur, err)
	if err != nil {
		return nil, failed("list users", err)
	}
	slices.SortFunc(docs, func(a, b userDoc) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	var list []account.User
	for _, d := range docs {
		list = append(list, d.user())
	}
	return list, nil
}

// Create implements store.Users.
func (r users) Create(ctx context.Context, u account.User) error {
	_, err := r.coll.InsertOne(ctx, toUserDoc(u))
	return failed("create user", err)
}

// Update implements store.Users. A change raises the version; an e-mail that
// another user has is store.ErrConflict.
func (r users) Update(ctx context.Context, id account.ID, fn func(*account.User) error) (account.User, error) {
	d, err := update(ctx, r.coll, string(id), func(d userDoc) (userDoc, int64, error) {
		u := d.user()
		err := fn(&u)
		u.ID, u.Version = id, d.Version+1
		return toUserDoc(u), d.Version, err
	})
	return d.user(), err
}
