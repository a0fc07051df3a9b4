package account

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Entry is one line of the audit: who did what to which thing, from where, and
// what it was before and after. It holds ids and field names, never personal
// data; Before and After leave such values out.
type Entry struct {
	Seq    int64     `json:"seq"` // from 1, without gaps
	At     time.Time `json:"at"`
	By     string    `json:"by"`  // user id; "system" for the program itself, empty before sign-in
	Via    string    `json:"via"` // page, api, cli, job
	IP     string    `json:"ip"`
	Ref    string    `json:"ref"`    // request or job id
	Action string    `json:"action"` // such as order.status, user.disable, export.run, customer.reveal
	Object string    `json:"object"` // such as order:1f3…, user:a1b2
	Note   string    `json:"note"`
	Before string    `json:"before"` // compact JSON, or empty
	After  string    `json:"after"`
	// Prev is the hash of the entry before, Hash this one's: changing,
	// dropping or reordering any entry breaks the chain from there on.
	Prev string `json:"prev"`
	Hash string `json:"-"`
}

// Seal returns the entry as the next one after the entry with this sequence
// number and hash (zero values before the first). Its texts and time become
// what every database can keep, so that the hash stands wherever it is moved.
func (e Entry) Seal(seq int64, prev string) Entry {
	for _, s := range []*string{&e.By, &e.Via, &e.IP, &e.Ref, &e.Action, &e.Object, &e.Note, &e.Before, &e.After} {
		*s = strings.ToValidUTF8(*s, "\uFFFD")
	}
	e.Seq, e.Prev, e.At = seq+1, prev, e.At.UTC().Truncate(time.Millisecond)
	e.Hash = e.sum()
	return e
}

// Follows reports why e cannot stand after the entry with this sequence number
// and hash, or nil.
func (e Entry) Follows(seq int64, prev string) error {
	switch {
	case e.Seq != seq+1:
		return fmt.Errorf("audit entry %d follows %d: entries are missing or out of order", e.Seq, seq)
	case e.Prev != prev:
		return fmt.Errorf("audit entry %d does not continue entry %d", e.Seq, seq)
	case e.sum() != e.Hash:
		return fmt.Errorf("audit entry %d was changed after it was written", e.Seq)
	}
	return nil
}

// sum hashes the entry's canonical JSON: the fields in the order above.
func (e Entry) sum() string {
	b, err := json.Marshal(e)
	if err != nil {
		panic(err) // plain texts and numbers always encode
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
