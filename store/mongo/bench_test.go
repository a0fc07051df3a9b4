package mongo

import (
	"testing"

	"github.com/palmonas/palmonas-crm/store"
	"github.com/palmonas/palmonas-crm/store/storetest"
)

func BenchmarkInbox(b *testing.B) {
	serverURI(b) // skips
	storetest.BenchInbox(b, func(b *testing.B) store.Store { return openEngine(b, Config{}) })
}
