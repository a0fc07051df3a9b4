package main

// processes are faults of whole processes and of the system under them.
func processes() []row {
	const (
		kills = "./store/killtest"
		said  = "all that was acknowledged is there"
	)
	return []row{
		{"kill -9 of orders, statuses, bulk, webhooks", said + ", figures and audit whole", []test{{kills, "TestKillsSQLite"}}},
		{"kill -9 in a write, in an fsync", said, []test{{kills, "TestFailingSystemCalls/killed_in_a_write"}, {kills, "TestFailingSystemCalls/killed_in_fsync"}}},
		{"fsync fails, once and from then on", said, []test{{kills, "TestFailingSystemCalls/fsync_fails"}, {kills, "TestFailingSystemCalls/fsync_fails_on"}}},
		{"write fails", said, []test{{kills, "TestFailingSystemCalls/write_fails"}}},
		{"fsync takes 200 ms", said, []test{{kills, "TestFailingSystemCalls/fsync_slow"}}},
		{"line to MongoDB slow, cut, silent, down", said + ", work goes on", []test{{kills, "TestBadLineToMongoDB"}}},
		{"restart of the only server", "signed in still, figures in the log", []test{{cmd, "TestRestartAlone"}}},
		{"restart of one of two behind a proxy", "no request fails", []test{{cmd, "TestRestartOneOfTwo"}}},
		{"no space, by system call and on a small disk", said, []test{{kills, "TestFailingSystemCalls/disk_full"}, {kills, "TestFullDisk"}}},
	}
}
