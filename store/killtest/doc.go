// Package killtest holds the tests that kill a process which writes orders,
// changes of status, bulk changes and webhooks to a database, again and again at
// random moments, and then look for everything that it had said was stored. They
// run against every engine; go test kills some twenty times, make kills a thousand.
package killtest
