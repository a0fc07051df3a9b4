package main

import "os"

// row is one fault and the tests that live through it.
type row struct {
	fault, outcome string
	tests          []test
}

// test names a test, or one of its subtests, of a package.
type test struct{ pkg, name string }

const (
	ingest  = "./ingest"
	sqlite  = "./store/sqlite"
	cmd     = "./cmd/palmonas"
	exact   = "store = platform's ledger, notes kept"
	whole   = "store = platform's ledger"
	told    = "each status told once in effect"
	noTests = "not tested"
)

// matrix is what the desk promises to live through. A row without tests is
// printed as such.
func matrix() []row {
	of := func(pkg string, names ...string) (all []test) {
		for _, name := range names {
			all = append(all, test{pkg, name})
		}
		return all
	}
	rows := []row{
		{"lost connection mid-page", exact, of(ingest, "TestFaults/lost_connection_mid-page")},
		{"429 storms", exact, of(ingest, "TestFaults/429_storms")},
		{"5xx for an hour", exact, of(ingest, "TestFaults/5xx_for_an_hour")},
		{"5xx for an hour, while pushing", told, of(ingest, "TestPushWhileThePlatformIsDown")},
		{"repeated and dead page tokens", exact, of(ingest, "TestFaults/repeated_tokens")},
		{"clock skew of ten minutes", exact, of(ingest, "TestFaults/clock_skew_behind", "TestFaults/clock_skew_ahead")},
		{"expired credentials", exact, of(ingest, "TestFaults/expired_credentials")},
		{"disk full", whole, of(ingest, "TestDiskFull")},
		{"kill -9 while pulling", whole, of(ingest, "TestKill9")},
		{"kill -9 while storing, webhooks too", "all that was acknowledged is there", of(sqlite, "TestKill")},
		{"kill between push and its mark", told, of(ingest, "TestPushAfterARestartInTheMiddle")},
		{"two processes pull at once", whole, of(ingest, "TestTwoProcesses")},
		{"two schedules race, one stops", told, of(ingest, "TestTwoSchedules", "TestLeasesOfTwoProcesses", "TestLeaseLostStopsTheRun")},
		{"frozen process saves too late", "refused, read on from its successor", of(ingest, "TestFrozenProcess", "TestDeadRunIsClosed")},
		{"reordered, fivefold webhooks", "every order as the platform has it", of(ingest, "TestWebhooksConverge")},
		{"lost answers to pushes", told, of(ingest, "TestPushLostAnswers")},
		{"lost answers, seven platforms", told, of(ingest, "TestPushFaults/lost_answers")},
		{"429 storms, while pushing", told, of(ingest, "TestPushFaults/429_storms")},
		{"5xx, while pushing, seven platforms", told, of(ingest, "TestPushFaults/5xx")},
		{"expired credentials, while pushing", told, of(ingest, "TestPushFaults/expired_credentials")},
		{"repeated records, while pushing", told, of(ingest, "TestPushFaults/lists_with_duplicates")},
		{"refusals: others move orders meanwhile", told, of(ingest, "TestPushFaults/orders_moved_by_others")},
		{"kill -9 of palmonas serve, again and again", whole, of(cmd, "TestKillServe")},
		{"several faults at once", whole, of(ingest, "TestOracle")},
		{"429, 5xx, cuts, nonsense, by adapter", "told apart, no order made up", adapters("a_rate_limit_is_obeyed_and_told",
			"failures_are_temporary", "refused_credentials_are_told", "hostile_answers_do_no_harm")},
		{"token that ends mid-run, by adapter", "every order once", renewals()},
	}
	if os.Getenv("PALMONAS_TEST_MONGODB_URI") != "" {
		rows = append(rows, onMongoDB()...)
	}
	return rows
}

// onMongoDB is what is lived through on that engine too.
func onMongoDB() []row {
	of := func(name string) []test { return []test{{ingest, "TestMongoDB/" + name}} }
	return []row{
		{"MongoDB: lost connection mid-page", exact, of("lost_connection_mid-page")},
		{"MongoDB: 5xx for an hour", exact, of("5xx_for_an_hour")},
		{"MongoDB: repeated and dead page tokens", exact, of("repeated_tokens")},
		{"MongoDB: kill -9 while pulling", whole, of("kill_-9_while_pulling")},
		{"MongoDB: two processes pull at once", whole, of("two_processes")},
		{"MongoDB: lost answers, seven platforms", told, of("lost_answers_to_pushes")},
		{"MongoDB: two servers, one frozen, one killed", told, []test{{cmd, "TestTwoServersOnOneMongoDB"}}},
	}
}

// adapters are cases of ingest/platformtest in each adapter.
func adapters(cases ...string) (all []test) {
	for _, a := range []test{
		{"./ingest/amazon", "TestPlatform"}, {"./ingest/flipkart", "TestPlatform"}, {"./ingest/blinkit", "TestPlatform"},
		{"./ingest/swiggy", "TestPlatform"}, {"./ingest/shopify", "TestConformance"}, {"./ingest/woocommerce", "TestConformance"},
		{"./ingest/custom", "TestConformance"},
	} {
		for _, c := range cases {
			all = append(all, test{a.pkg, a.name + "/" + c})
		}
	}
	return all
}

// renewals are the adapters whose access tokens end.
func renewals() (all []test) {
	for _, a := range []test{
		{"./ingest/amazon", "TestPlatform"}, {"./ingest/flipkart", "TestPlatform"}, {"./ingest/swiggy", "TestPlatformWithTokens"},
		{"./ingest/shopify", "TestConformanceClientCredentials"},
	} {
		all = append(all, test{a.pkg, a.name + "/a_token_is_renewed_in_the_middle_of_a_run"})
	}
	return all
}
