// Package e2e drives the pages in a real Chromium. It holds only tests: of the
// journeys people make, of what a page does without JavaScript, of live news,
// and of accessibility with axe-core in both themes and two sizes. Any console
// error, uncaught exception or violation of the content security policy fails
// the test that saw it.
//
// Where no Chromium can be found the tests are skipped, except with CI=true,
// where they fail.
package e2e
