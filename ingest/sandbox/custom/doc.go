// Package custom simulates a brand's own website that speaks our contract: a
// small REST API under crm/v1, and webhooks by the Standard Webhooks
// specification with its ladder of retries.
package custom
