package swiggy

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/palmonas/palmonas-crm/ingest"
	"github.com/palmonas/palmonas-crm/ingest/standardwebhook"
)

const (
	headerHook = "X-Swiggy-Token"
	// eventOrder is the webhook type that carries a whole order.
	eventOrder = "ORDER_UPDATE"
)

// event is around every webhook.
type event struct {
	Type  text            `json:"eventType"`
	ID    text            `json:"eventId"`
	Order json.RawMessage `json:"order"`
}

// Values of the option webhook_auth.
const (
	authKey    = "static_key"
	authSigned = "standard_webhooks"
	authBoth   = "both"
)

// hooks tells which deliveries to accept.
type hooks struct {
	keys   []string
	signed bool
	sigs   standardwebhook.Verifier
}

// readHooks reads the option webhook_auth: static_key (the default) wants a
// webhook secret of ours in the header X-Swiggy-Token; standard_webhooks wants a
// signature by the Standard Webhooks specification, both wants both. With both,
// secrets that begin with whsec_ are for signatures and the others are keys. A
// channel without webhook secrets accepts nothing.
func readHooks(mode string, secrets []string) (hooks, error) {
	var keys, signing []string
	var faults []error
	for _, s := range secrets {
		switch s = strings.TrimSpace(s); {
		case s == "":
			faults = append(faults, errors.New("a webhook secret is empty"))
		case mode == authSigned, mode == authBoth && strings.HasPrefix(s, "whsec_"):
			signing = append(signing, s)
		default:
			keys = append(keys, s)
		}
	}
	h := hooks{keys: keys}
	switch mode {
	case "", authKey:
	case authSigned, authBoth:
		h.signed = true
	default:
		faults = append(faults, fmt.Errorf("option webhook_auth %q: use %s, %s or %s", mode, authKey, authSigned, authBoth))
	}
	if mode == authBoth && len(secrets) > 0 && (len(keys) == 0 || len(signing) == 0) {
		faults = append(faults, errors.New("option webhook_auth both needs a webhook secret that begins with whsec_ and one that does not"))
	}
	var err error
	if h.sigs, err = standardwebhook.NewVerifier(signing); err != nil {
		faults = append(faults, err)
	}
	return h, errors.Join(faults...)
}

func (h hooks) verify(head http.Header, body []byte, now time.Time) error {
	if len(h.keys) > 0 || !h.signed {
		if !anyOf(h.keys, head.Get(headerHook)) {
			return ingest.ErrBadSignature
		}
	}
	if h.signed {
		return h.sigs.Verify(head, body, now)
	}
	return nil
}

// anyOf compares without telling by the time it takes how much fits.
func anyOf(keys []string, given string) bool {
	got, found := sha256.Sum256([]byte(given)), 0
	for _, k := range keys {
		want := sha256.Sum256([]byte(k))
		found |= subtle.ConstantTimeCompare(got[:], want[:])
	}
	return found == 1
}
