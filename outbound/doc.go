// Package outbound tells other programs of the brand what happens to orders: it
// keeps their subscriptions, follows the change log, and sends one signed
// message (Standard Webhooks 1.0.0) per event and subscription, again and again
// until it is taken or a day has passed.
//
// A message is made when it is sent, from the order as it is then. What waits
// holds ids only, so that nothing personal lies in queues and logs, and a
// receiver that was away gets the newest state. Messages arrive at least once
// and in any order; the same message keeps its id.
//
// Addresses come from people, so every connection is checked where it is made:
// see Guard. It must not know HTTP handlers or pages.
package outbound
