package setting

import (
	"fmt"
	"time"

	"github.com/palmonas/palmonas-crm/order"
	"github.com/palmonas/palmonas-crm/views"
)

// OperationsView is how the installation fares.
type OperationsView struct {
	views.Clock
	Version, Commit, Go, Engine string
	Started                     time.Time
	Goroutines                  int
	Memory                      int64 // bytes from the system
	Database, Log               int64 // bytes; 0 with a database of its own
	Inbox                       int
	InboxOldest                 time.Time
	Waiting, Refused, Aside     int
	Jobs                        []JobRow
	CanCopy                     bool
	Backups                     []BackupRow
	Plan                        PlanForm
	Errors                      order.FieldErrors
}

// JobRow is one recurring job of this process.
type JobRow struct {
	Name       string
	Every      time.Duration
	Last, Next time.Time
}

// BackupRow is one copy of the database.
type BackupRow struct {
	Name  string
	Bytes int64
	At    time.Time
}

// PlanForm is the form of the backup plan as it was typed.
type PlanForm struct {
	On         bool
	Hour, Keep string
}

// size is a number of bytes for people.
func size(n int64) string {
	const kilo = 1000
	switch {
	case n < kilo:
		return fmt.Sprintf("%d B", n)
	case n < kilo*kilo:
		return fmt.Sprintf("%.0f kB", float64(n)/kilo)
	case n < kilo*kilo*kilo:
		return fmt.Sprintf("%.1f MB", float64(n)/kilo/kilo)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/kilo/kilo/kilo)
}

// PrivacyView is the retention as it was typed.
type PrivacyView struct {
	Days   map[order.Platform]string
	Errors order.FieldErrors
}
