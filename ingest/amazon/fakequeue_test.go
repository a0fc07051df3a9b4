package amazon

import (
	"crypto/md5" //nolint:gosec // what SQS sends along
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// sqsQueue is a standard SQS queue behind its JSON protocol.
type sqsQueue struct {
	t   testing.TB
	url string

	mu     sync.Mutex
	held   []sqsMessage // in the queue, shown or not
	shown  int          // messages given out, repeats included
	asked  int          // long polls
	gone   []string     // message ids deleted
	refuse string       // the error of every call
	came   chan struct{}
}

type sqsMessage struct{ id, body string }

func newQueueServer(t testing.TB) *sqsQueue {
	q := &sqsQueue{t: t, came: make(chan struct{}, 1)}
	srv := httptest.NewServer(q)
	t.Cleanup(srv.Close)
	q.url = srv.URL + "/123456789012/order-changes"
	return q
}

func (q *sqsQueue) send(id, body string) {
	q.mu.Lock()
	q.held = append(q.held, sqsMessage{id, body})
	q.mu.Unlock()
	select {
	case q.came <- struct{}{}:
	default:
	}
}

func (q *sqsQueue) left() (ids []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.held {
		ids = append(ids, m.id)
	}
	return ids
}

func (q *sqsQueue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if auth := r.Header.Get("Authorization"); !strings.Contains(auth, "Credential=AKIATEST/") || !strings.Contains(auth, "/us-east-1/sqs/aws4_request") {
		q.t.Errorf("signed as %q", auth)
	}
	q.mu.Lock()
	refuse := q.refuse
	q.mu.Unlock()
	if refuse != "" {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":"com.amazon.coral.service#%s","message":"no"}`, refuse)
		return
	}
	var in struct {
		QueueURL string `json:"QueueUrl"`
		Wait     int    `json:"WaitTimeSeconds"`
		Most     int    `json:"MaxNumberOfMessages"`
		Entries  []struct{ Id, ReceiptHandle string }
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.QueueURL != q.url {
		q.t.Errorf("queue %q, %v", in.QueueURL, err)
	}
	switch op := r.Header.Get("X-Amz-Target"); op {
	case "AmazonSQS.ReceiveMessage":
		if len(q.left()) == 0 {
			q.wait(r, time.Duration(in.Wait)*time.Second)
		}
		q.give(w, in.Most)
	case "AmazonSQS.DeleteMessageBatch":
		done := []map[string]string{}
		for _, e := range in.Entries {
			q.drop(e.ReceiptHandle)
			done = append(done, map[string]string{"Id": e.Id})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"Successful": done, "Failed": []any{}})
	default:
		q.t.Errorf("called %s", op)
	}
}

func (q *sqsQueue) wait(r *http.Request, d time.Duration) {
	q.mu.Lock()
	q.asked++
	q.mu.Unlock()
	select {
	case <-q.came:
	case <-r.Context().Done():
	case <-time.After(d):
	}
}

// give shows messages again until they are deleted, as if each had been hidden
// long enough.
func (q *sqsQueue) give(w http.ResponseWriter, most int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := []map[string]string{}
	for _, m := range q.held[:min(most, len(q.held))] {
		sum := md5.Sum([]byte(m.body)) //nolint:gosec // see above
		out = append(out, map[string]string{"MessageId": m.id, "ReceiptHandle": "r-" + m.id, "Body": m.body, "MD5OfBody": hex.EncodeToString(sum[:])})
	}
	q.shown += len(out)
	_ = json.NewEncoder(w).Encode(map[string]any{"Messages": out})
}

func (q *sqsQueue) drop(receipt string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	id := strings.TrimPrefix(receipt, "r-")
	q.held = slices.DeleteFunc(q.held, func(m sqsMessage) bool { return m.id == id })
	q.gone = append(q.gone, id)
}
