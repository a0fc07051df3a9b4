package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/palmonas/palmonas-crm/account"
	"github.com/palmonas/palmonas-crm/store"
)

// How long a session lives.
const (
	idleTime  = 30 * time.Minute // without a page that a person asked for
	lifeTime  = 12 * time.Hour
	touchTime = time.Minute // the idle clock is written at most this often
	// pendingTime is how long a password waits for its second factor.
	pendingTime = 5 * time.Minute
)

// session is what a token stands for. Nothing else is kept inside: the user is
// read anew for each request.
type session struct {
	user       account.ID
	epoch      int64
	born, seen time.Time
	// proved is when its user last proved to be there: at the sign-in, or when a
	// page asked again.
	proved time.Time
	// bare says that a second factor is demanded and its user has none, abroad
	// that it began at the provider of single sign-on.
	bare, abroad bool
}

// alive reports whether neither clock has run out.
func (s session) alive(now time.Time) bool {
	return s.user != "" && now.Sub(s.born) < lifeTime && now.Sub(s.seen) < idleTime
}

// Keys inside an scs session.
const (
	sessUser, sessEpoch, sessBorn, sessSeen = "user", "epoch", "born", "seen"
	sessPending, sessNext                   = "pending", "next"
	sessBare                                = "bare"
	sessProved, sessAbroad                  = "proved", "abroad"
)

// sessions wraps the scs manager, which is used through Load and Commit only:
// its middleware would write a session back after every request, also after
// the logout that happened meanwhile.
type sessions struct {
	scs     *scs.SessionManager
	records store.Records
	now     func() time.Time
}

func newSessions(d Deps) *sessions {
	m := scs.New()
	m.Store = lasting{d.Store.Sessions(), d.Now}
	m.HashTokenInStore = true
	m.Lifetime = lifeTime
	m.Cookie.Persist = false
	m.Cookie.Name = "palmonas_session"
	if d.PublicURL.Scheme == "https" {
		m.Cookie.Name, m.Cookie.Secure = "__Host-palmonas_session", true
	}
	return &sessions{scs: m, records: d.Store.Records(), now: d.Now}
}

// cookie is the token that a request carries, or empty. Two cookies of our
// name are none: one of them was planted.
func (s *sessions) cookie(r *http.Request) string {
	all := r.CookiesNamed(s.scs.Cookie.Name)
	if len(all) != 1 {
		return ""
	}
	return all[0].Value
}

// load reads the session of a request; the context carries it to the methods
// below. A missing or dead session is the zero one.
func (s *sessions) load(r *http.Request) (context.Context, session, error) {
	ctx, err := s.scs.Load(r.Context(), s.cookie(r))
	if err != nil {
		return nil, session{}, err
	}
	got := session{
		user:  account.ID(s.scs.GetString(ctx, sessUser)),
		epoch: s.scs.GetInt64(ctx, sessEpoch),
		born:  time.UnixMilli(s.scs.GetInt64(ctx, sessBorn)),
		seen:  time.UnixMilli(s.scs.GetInt64(ctx, sessSeen)),
		bare:  s.scs.GetBool(ctx, sessBare),

		proved: time.UnixMilli(s.scs.GetInt64(ctx, sessProved)),
		abroad: s.scs.GetBool(ctx, sessAbroad),
	}
	if !got.alive(s.now()) {
		return ctx, session{}, nil
	}
	return ctx, got, nil
}

// start begins a session under a new token, whatever token the request had.
func (s *sessions) start(ctx context.Context, w http.ResponseWriter, u account.User, at place) error {
	now := s.now()
	at.Born = now
	return s.as(ctx, w, session{born: now, bare: at.bare, proved: at.proved, abroad: at.abroad}, u, at)
}

// as begins or goes on with a session under a new token.
func (s *sessions) as(ctx context.Context, w http.ResponseWriter, have session, u account.User, at place) error {
	token, err := s.renew(ctx, w, map[string]any{
		sessUser: string(u.ID), sessEpoch: u.Epoch, sessBorn: have.born.UnixMilli(), sessSeen: s.now().UnixMilli(),
		sessBare: have.bare, sessProved: have.proved.UnixMilli(), sessAbroad: have.abroad,
	})
	if err != nil {
		return err
	}
	return s.enlist(ctx, token, u, at)
}

// prove goes on with a session whose user has proved to be there, under a new
// token. It ends no later than it would have.
func (s *sessions) prove(ctx context.Context, w http.ResponseWriter, have session, u account.User) error {
	name := nameOf(s.scs.Token(ctx))
	k, err := s.places().Get(ctx, name)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if err := s.delist(ctx, name); err != nil {
		return err
	}
	return s.as(ctx, w, have, u, k.Value)
}

// token is the one that the session of a request has now: cookie says what it
// came with.
func (s *sessions) token(c context.Context) string { return s.scs.Token(c) }

// await begins a session of somebody who has given the password and not yet
// the second factor; it lets nobody in.
func (s *sessions) await(ctx context.Context, w http.ResponseWriter, u account.User, next string, abroad bool) error {
	_, err := s.renew(ctx, w, map[string]any{
		sessPending: string(u.ID), sessEpoch: u.Epoch, sessBorn: s.now().UnixMilli(), sessNext: next, sessAbroad: abroad,
	})
	return err
}

// pending is who is awaited, and where they want to go; the empty id when
// nobody is, or not any more.
func (s *sessions) pending(r *http.Request) (ctx context.Context, id account.ID, epoch int64, next string, err error) {
	ctx, err = s.scs.Load(r.Context(), s.cookie(r))
	if err != nil {
		return nil, "", 0, "", err
	}
	born := time.UnixMilli(s.scs.GetInt64(ctx, sessBorn))
	if s.now().Sub(born) > pendingTime {
		return ctx, "", 0, "", nil
	}
	return ctx, account.ID(s.scs.GetString(ctx, sessPending)), s.scs.GetInt64(ctx, sessEpoch), s.scs.GetString(ctx, sessNext), nil
}

// awaitedAbroad reports whether who is awaited came from the provider of single
// sign-on.
func (s *sessions) awaitedAbroad(ctx context.Context) bool { return s.scs.GetBool(ctx, sessAbroad) }

// renew gives the session a new token and nothing but these values.
func (s *sessions) renew(ctx context.Context, w http.ResponseWriter, values map[string]any) (string, error) {
	if err := s.scs.RenewToken(ctx); err != nil {
		return "", err
	}
	if err := s.scs.Clear(ctx); err != nil {
		return "", err
	}
	for k, v := range values {
		s.scs.Put(ctx, k, v)
	}
	token, expiry, err := s.scs.Commit(ctx)
	if err != nil {
		return "", err
	}
	s.scs.WriteSessionCookie(ctx, w, token, expiry)
	return token, nil
}

// touch moves the idle clock. A session that ended meanwhile stays ended.
func (s *sessions) touch(ctx context.Context, have session) error {
	now := s.now()
	if now.Sub(have.seen) < touchTime {
		return nil
	}
	s.scs.Put(ctx, sessSeen, now.UnixMilli())
	if _, _, err := s.scs.Commit(ctx); err != nil && !errors.Is(err, errDead) {
		return err
	}
	return nil
}

// end kills the session for good and takes the cookie back.
func (s *sessions) end(ctx context.Context, w http.ResponseWriter) error {
	name := nameOf(s.scs.Token(ctx))
	if err := s.scs.Destroy(ctx); err != nil {
		return err
	}
	if err := s.delist(ctx, name); err != nil {
		return err
	}
	s.scs.WriteSessionCookie(ctx, w, "", time.Time{})
	return nil
}

// errDead says that a session ended while a request used it.
var errDead = errors.New("the session has ended")

// lasting is a session store in which deleted tokens stay dead: a request that
// was under way during a logout cannot bring its session back, not even from
// another process. Delete leaves a tombstone first; Commit looks for one after
// it wrote, so that whichever comes second removes the session.
type lasting struct {
	store.Sessions
	now func() time.Time
}

const tombstone = "ended."

// Commit returns errDead for a token that was deleted.
func (l lasting) Commit(token string, data []byte, expiry time.Time) error {
	if err := l.Sessions.Commit(token, data, expiry); err != nil {
		return err
	}
	_, dead, err := l.Find(tombstone + token)
	if err == nil && !dead {
		return nil
	}
	if err == nil {
		err = errDead
	}
	return errors.Join(err, l.Sessions.Delete(token))
}

// Delete ends a token for good.
func (l lasting) Delete(token string) error {
	if err := l.Sessions.Commit(tombstone+token, []byte{1}, l.now().Add(lifeTime)); err != nil {
		return err
	}
	return l.Sessions.Delete(token)
}
