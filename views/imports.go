package views

import (
	"time"

	"github.com/a-h/templ"

	"github.com/palmonas/palmonas-crm/order"
)

// ImportsView is /imports: the upload form and the jobs so far.
type ImportsView struct {
	Clock
	Upload UploadView
	// Jobs are the newest first.
	Jobs []JobView
}

// UploadView is the form that posts to /imports as multipart/form-data the
// fields channel, format and file; it leads to the preview (303). Refused: 422
// (413 for a file too large) Imports with Errors.
type UploadView struct {
	// Channels may receive orders from files; Channel is the chosen one.
	Channels []Choice
	Channel  string
	// Formats are the known file formats; "auto" comes first by itself.
	Formats []Choice
	Format  string
	// MaxBytes is the largest file taken.
	MaxBytes int64
	Errors   order.FieldErrors
	// Allowed shows the form (orders.create).
	Allowed bool
	CSRF    string
}

// PreviewView is an uploaded file before it is imported, at /imports/{id}: the
// first rows, and which column means what. Its form posts to /imports/{id}
// with one field per column (column-0, column-1, …, the value a field's name or
// empty) and action: "remap" (show this page again), "dry-run" or "import"
// (both start a job, 303 to /jobs/{id}).
type PreviewView struct {
	Clock
	ID       string
	FileName string
	Bytes    int64
	// Channel is the channel's name.
	Channel string
	// Format is what the file was found to be, in words, such as "Amazon all
	// orders report" or "Table with a header"; Detail adds encoding, separator
	// or sheet.
	Format, Detail string
	// Fixed says that the format is a known one, whose columns need no mapping.
	Fixed   bool
	Columns []ColumnView
	// Fields are what a column can mean. Required ones must be mapped.
	Fields []FieldChoice
	// Rows are the first rows as they stand in the file, in the order of
	// Columns.
	Rows [][]string
	// Orders is what the first rows become, for a last look.
	Orders []PreviewOrder
	Errors order.FieldErrors
	CSRF   string
}

// ColumnView is one column of the file and what it was taken for.
type ColumnView struct {
	Header string
	Field  string // value of a FieldChoice, or empty: not used
	// Guessed says that the program chose it.
	Guessed bool
}

// FieldChoice is what a column can mean.
type FieldChoice struct {
	Value, Label string
	Required     bool
}

// PreviewOrder is one order read from the first rows, or why it could not be.
type PreviewOrder struct {
	Line   int // of the file, counted from 1; 0 where an order has several
	Row    order.Row
	Reject string // reason; empty when it was read
}

// JobView is long work. Job(p, v) is /jobs/{id}, JobCard(v) the answer to its
// partial requests. While it runs, the card asks again every few seconds and
// takes its stream /jobs/{id}/events: each unnamed message is JobProgress(v),
// and a message named "done" ends it.
type JobView struct {
	Clock
	ID    string
	Kind  string // import, bulk, export
	Title string
	// Channel and By are names, By empty for the schedule.
	Channel, By string
	// State is running, done, failed or cancelled.
	State string
	// Done and Of count records; Of is 0 while not known.
	Done, Of int
	// DryRun says that nothing is stored.
	DryRun bool
	Tally  TallyView
	Error  string
	// Rejects is the address of the file of rejected rows, empty without one.
	Rejects  string
	Started  time.Time
	Finished time.Time // zero while it runs
	// Back is the page that the job belongs to; empty: Imports.
	Back Choice
	// Counts replaces the tally of an import by others.
	Counts []CountView
	// Said is what to say of a job that has ended, instead of the words of an
	// import.
	Said NoticeView
	// Result stands below the tally of a job that has ended; nil for none.
	Result templ.Component
	// MayCancel shows the button that posts to /jobs/{id}/cancel.
	MayCancel bool
	CSRF      string
}

// CountView is one number with its name, in one of the tones.
type CountView struct {
	Label string
	N     int
	Tone  string
}

// NoticeView is one sentence in one of the tones.
type NoticeView struct{ Tone, Text string }

// TallyView counts what became of records (channel.Tally).
type TallyView struct{ Fetched, Created, Updated, Unchanged, Rejected int }
