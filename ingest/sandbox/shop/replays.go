package shop

import (
	"crypto/sha256"
	"sync"
)

// maxReplays bounds how many idempotency keys a platform remembers.
const maxReplays = 10_000

// Replays gives the answer of the first time to requests that are sent again
// under the same idempotency key. The zero value is ready. It is safe for
// concurrent use; requests with a key run one at a time.
type Replays struct {
	mu   sync.Mutex
	seen map[string]replay
}

type replay struct {
	request [sha256.Size]byte
	status  int
	body    any
}

// Do runs a request under a key, or answers as it did before; reused says that
// the key belongs to another request. Answers from 500 on are not remembered.
func (r *Replays) Do(key, request string, run func() (status int, body any)) (status int, body any, reused bool) {
	sum := sha256.Sum256([]byte(request))
	r.mu.Lock()
	defer r.mu.Unlock()
	if before, ok := r.seen[key]; ok {
		return before.status, before.body, before.request != sum
	}
	if status, body = run(); status < 500 {
		if r.seen == nil || len(r.seen) >= maxReplays {
			r.seen = map[string]replay{}
		}
		r.seen[key] = replay{sum, status, body}
	}
	return status, body, false
}
