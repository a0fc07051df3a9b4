package amazon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/palmonas/palmonas-crm/ingest"
)

const (
	// queueWait is how long SQS lets a question for messages wait, queueBatch how
	// many it answers at most: both are its greatest.
	queueWait  = 20
	queueBatch = 10
	// queueHide is for how many seconds others do not get a message that we got:
	// ample for a write. What was not deleted by then comes again.
	queueHide    = 60
	queueTimeout = 30 * time.Second
)

// queued is a Platform whose notifications lie in the seller's SQS queue.
type queued struct {
	*Platform
	queue *queue
}

var _ ingest.Listener = (*queued)(nil)

// queue is an SQS queue. Its user needs sqs:ReceiveMessage and
// sqs:DeleteMessage on it, and nothing else.
type queue struct {
	client *sqs.Client
	url    string
}

func newQueue(set queueSettings, web *http.Client) *queue {
	client := http.Client{}
	if web != nil {
		client = *web
	}
	client.Timeout = queueTimeout
	// What the signature and the messages are for is no business of another host.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &queue{url: set.url, client: sqs.New(sqs.Options{
		Region: set.region, BaseEndpoint: aws.String(set.endpoint), HTTPClient: &client,
		// Who listens asks again anyway, and a failing queue should rest.
		Retryer: aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: set.keyID, SecretAccessKey: set.secretKey, Source: "channel"}, nil
		}),
	})}
}

// Check is Platform's, and proves the queue's credentials too. A message that
// happens to lie there is not touched: it shows again after a second.
func (p *queued) Check(ctx context.Context) error {
	if err := p.Platform.Check(ctx); err != nil {
		return err
	}
	_, err := p.queue.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &p.queue.url, MaxNumberOfMessages: 1, VisibilityTimeout: 1})
	if err != nil {
		return fmt.Errorf("amazon: check: queue: %w", queueError(err))
	}
	return nil
}

// Listen waits for notifications up to twenty seconds, and deletes those that
// were taken. Amazon's queues give a message at least once, in no order.
func (p *queued) Listen(ctx context.Context, take func(context.Context, ingest.Notification) error) error {
	out, err := p.queue.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &p.queue.url, MaxNumberOfMessages: queueBatch, WaitTimeSeconds: queueWait, VisibilityTimeout: queueHide,
	})
	if err != nil {
		return fmt.Errorf("amazon: queue: %w", queueError(err))
	}
	var done []types.DeleteMessageBatchRequestEntry
	var failed error
	for i, m := range out.Messages {
		n := ingest.Notification{ID: aws.ToString(m.MessageId), Body: []byte(aws.ToString(m.Body))}
		if failed = take(ctx, n); failed != nil {
			break // the others come again, like this one
		}
		done = append(done, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle})
	}
	return errors.Join(failed, p.queue.delete(ctx, done))
}

func (q *queue) delete(ctx context.Context, done []types.DeleteMessageBatchRequestEntry) error {
	if len(done) == 0 {
		return nil
	}
	out, err := q.client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &q.url, Entries: done})
	if err != nil {
		return fmt.Errorf("amazon: queue: delete: %w", queueError(err))
	}
	if len(out.Failed) > 0 {
		f := out.Failed[0]
		return fmt.Errorf("amazon: queue: %d of %d messages not deleted: %w", len(out.Failed), len(done),
			queueFault(http.StatusOK, aws.ToString(f.Code), aws.ToString(f.Message)))
	}
	return nil
}

// queueError sorts an error of the SDK into those of package ingest.
func queueError(err error) error {
	var said smithy.APIError
	if !errors.As(err, &said) {
		return fmt.Errorf("%w: %w", ingest.ErrTemporary, err)
	}
	status := 0
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) {
		status = answer.HTTPStatusCode()
	}
	return queueFault(status, said.ErrorCode(), said.ErrorMessage())
}

// queueFault is what SQS says, by its names for common errors: it uses the
// status 400 for most of them.
func queueFault(status int, code, message string) error {
	err := &ingest.StatusError{Status: status, Code: code, Message: code + ": " + message}
	is := func(names ...string) bool { return slices.Contains(names, code) }
	switch {
	case errors.Is(err, ingest.ErrAuth), errors.Is(err, ingest.ErrTemporary):
		return err
	case is("AccessDenied", "AccessDeniedException", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch",
		"InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationToken", "OptInRequired", "NotAuthorized"):
		return fmt.Errorf("%w: %w", ingest.ErrAuth, err)
	case is("RequestThrottled", "ThrottlingException", "Throttling", "OverLimit", "InternalError", "InternalFailure", "ServiceUnavailable"):
		return fmt.Errorf("%w: %w", ingest.ErrTemporary, err)
	}
	return err
}
