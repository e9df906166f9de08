// Package store says what a job is, which changes of it are legal, and what a
// backend that keeps jobs must do.
//
// A backend keeps, for every job, one record under its id, and finds jobs by
// these indexes, which change in the same transaction as the record:
//
//	open      jobs whose state is not final
//	due       jobs whose reply shows less than is known
//	message   message id → job id
//	remote    Luma's id of the generation, time → job id
//	member    member, guild, time → job id
//	channel   channel, time → job id
//	done      final jobs that are not due, by when they ended
//	story     root, time → job id
//	reaction  parent, time → job id, of jobs that a reaction asked for
//
// and, for every Measure, the last DurationsKept durations of completed jobs,
// the last DraftsKept drafts, what was used of each of the last days by each
// member and server, and what each member has made. Those change in the same
// transaction as the job that they count.
//
// Package storetest holds the conformance suite that every backend passes.
package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Errors that callers decide by. Backends wrap them.
var (
	ErrNotFound = errors.New("no such job")
	ErrExists   = errors.New("job exists already")
	// ErrTransition: the change of state is not in the table, or the job's
	// identity was changed.
	ErrTransition = errors.New("not a legal change of the job")
	// ErrConflict is for a change function that finds the job other than it
	// expected; Update returns it as it is and stores nothing.
	ErrConflict = errors.New("job has changed meanwhile")
	// ErrFull: there is no room for another unfinished job.
	ErrFull = errors.New("the line is full")
	// ErrClaimed: a reaction has brought forth an extension of the same result
	// already, which runs or was completed.
	ErrClaimed = errors.New("extended by a reaction already")
	// ErrPictureGone: a picture is no longer where it was given.
	ErrPictureGone = errors.New("the picture is gone")
	// ErrInUse: another process holds the data.
	ErrInUse = errors.New("in use by another process")
	// ErrNewer: the data was written by a newer version of the program.
	ErrNewer = errors.New("written by a newer version")
	// ErrNoSpace: there is no room to write, on the disk or within the bound
	// that was set. Nothing of the change was stored; reading goes on, and so
	// does writing once there is room.
	ErrNoSpace = errors.New("no space left")
	// ErrForeign: the file is not a store, or is damaged.
	ErrForeign = errors.New("not a dreambot database")
	// ErrQuery: the query names neither a member nor a channel, or its cursor
	// is not one that List gave.
	ErrQuery = errors.New("not a query the store can answer")
)

// BusyError says that a member has as many unfinished jobs as one may have.
type BusyError struct {
	Limit int
	// Until is when one of them is expected to end, and another can be begun.
	Until time.Time
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("the member has %d unfinished jobs", e.Limit)
}

// Store keeps jobs. It is safe for concurrent use. A job passed in or out is a
// copy that the caller owns. When a method has returned without error, what it
// stored survives a crash of the process and of the machine. Jobs of the same
// time are ordered by their ids. A backend may drop Origin.Token once it leads
// nowhere: the job is final, answered and not due, or its Route is past
// RouteReply.
type Store interface {
	// Create stores a new job as Admit leaves it. ErrExists where the id is
	// taken; ErrClaimed where the job is by a reaction and Carried would return
	// one for its parent that Claims it; a *SpentError where the day's usage does
	// not leave room for it in its Allowance.
	Create(ctx context.Context, j Job) error

	// Get returns the job, or ErrNotFound.
	Get(ctx context.Context, id string) (Job, error)

	// Update reads the job, lets change alter it, checks and completes the
	// result as Apply does, and stores it, all in one transaction. It returns
	// the job as stored. An error of change, or of Apply, is returned as it
	// is, and nothing is stored. change may run more than once, on a fresh
	// copy each time, and must do nothing else. A change that alters nothing
	// is not written.
	Update(ctx context.Context, id string, change func(*Job) error) (Job, error)

	// Open returns the jobs whose state is not final, oldest first.
	Open(ctx context.Context) ([]Job, error)

	// Due returns the jobs for which Job.Due holds, oldest first.
	Due(ctx context.Context) ([]Job, error)

	// ByMessage returns the job whose reply is the message, or ErrNotFound.
	ByMessage(ctx context.Context, message string) (Job, error)

	// ByRemote returns the newest job whose Remote is Luma's id of a generation, or
	// ErrNotFound.
	ByRemote(ctx context.Context, remote string) (Job, error)

	// Carried returns the newest job that a reaction to the parent's result
	// asked for, or ErrNotFound.
	Carried(ctx context.Context, parent string) (Job, error)
	// Story returns the jobs of a story by the id of its root, oldest first: the
	// first MaxScan of them.
	Story(ctx context.Context, root string) ([]Job, error)
	// Keep stores a draft. Of more than DraftsKept, those with the least ids go.
	// ErrExists where the id is taken.
	Keep(ctx context.Context, d Draft) error
	// Draft returns a draft, or ErrNotFound.
	Draft(ctx context.Context, id string) (Draft, error)
	// List returns a page of jobs, newest first.
	List(ctx context.Context, q Query) (Page, error)

	// Durations returns how long the last completed jobs of this measure
	// took from SentAt to FinishedAt, oldest first, DurationsKept at most.
	Durations(ctx context.Context, m Measure) ([]time.Duration, error)

	// Usage returns what was begun in a guild on the day of a time: by a member, or
	// by everybody where member is empty. It is kept for UsageKept at least.
	Usage(ctx context.Context, guild, member string, at time.Time) (Usage, error)
	// Tally returns what a member has made in a guild; the zero one where it is
	// nothing.
	Tally(ctx context.Context, guild, member string) (Tally, error)
	// Each calls each with every job of a member, in all guilds and outside of
	// them, until it returns an error, which Each returns.
	Each(ctx context.Context, member string, each func(Job) error) error
	// Forget takes a member out of everything: their jobs are Nobody's, without
	// pictures and the way back to the interaction, and due where their reply can be
	// edited; drafts and tally are gone, and so is the name among others' Reactors
	// and Remixes. What was used of the day stays counted, under nothing that
	// names the member. ErrConflict, and nothing is done, while one of their jobs
	// is not final. It works in steps; after an error or a crash it is to be called
	// again.
	Forget(ctx context.Context, member string) error

	// Prune deletes jobs that ended before the given time and are not due for
	// an edit, the first to end first, at most limit of them and MaxScan, with
	// all that the indexes say of them. It returns how many it deleted, beside
	// an error too; fewer than limit and MaxScan, without one, means that there
	// are no more. A final job without FinishedAt counts as ended when it was
	// created. Durations stay. It works in steps, and holds up writers for no
	// longer than one takes.
	Prune(ctx context.Context, before time.Time, limit int) (int, error)

	// Close waits for transactions under way and releases the data. It may be
	// called again.
	Close() error
}

// Query asks for jobs of a member in a guild, or of a channel; Member wins
// where both are given, and Channel then narrows it.
type Query struct {
	Member  string
	Guild   string // with Member: empty means direct messages
	Channel string
	State   State  // only jobs in this state; empty: all
	Cursor  string // Page.Next of the page before; empty: the newest
	Limit   int    // 1 to MaxPage; 0: MaxPage
}

// MaxPage is the most jobs in a page. A backend looks at no more than
// MaxScan records for one page.
const (
	MaxPage = 100
	MaxScan = 1000
)

// Page is a part of a list. It may hold fewer jobs than were asked for, even
// none, while Next is not empty.
type Page struct {
	Jobs []Job
	Next string // cursor of the next page; empty: this is the last one
}

// Draft is what a member has begun and not asked for yet: a dialog is open that
// asks for the rest.
type Draft struct {
	ID        string    `json:"id"`     // an xid
	Member    string    `json:"member"` // snowflake of the only one who may go on with it
	Image     Picture   `json:"image"`
	CreatedAt time.Time `json:"created_at"`
}

// DraftsKept is how many drafts are kept.
const DraftsKept = 1000

// Measure is what durations are kept by.
type Measure struct {
	Kind       Kind
	Model      string
	Resolution string
	Duration   time.Duration // of the video
}

// UsageKept is for how long the usage of a day is kept, from its beginning.
const UsageKept = 48 * time.Hour

// DurationsKept is how many durations are kept for a measure.
const DurationsKept = 32

// Admit checks a new job and completes it: a job begins waiting, at revision
// 1 with nothing shown.
func Admit(j Job) (Job, error) {
	switch {
	case j.ID == "", j.Kind == "", j.Channel == "", j.Member == "", j.CreatedAt.IsZero():
		return Job{}, fmt.Errorf("job %q lacks its id, kind, channel, member or time: %w", j.ID, ErrTransition)
	case j.State != "" && j.State != StateWaiting:
		return Job{}, fmt.Errorf("job %q begins as %q: %w", j.ID, j.State, ErrTransition)
	}
	j.State, j.Revision, j.Shown = StateWaiting, 1, 0
	if j.Root == "" {
		j.Root = j.ID
	}
	j.Part = max(j.Part, 1)
	return j, nil
}

// Claims reports whether a job by a reaction keeps others from asking for the
// same: it runs, has brought forth a video, or may have been paid for without
// one.
func (j Job) Claims() bool {
	return j.Reaction && j.State != StateCancelled && (j.State != StateFailed || j.Failure.MayCost())
}

// Apply runs change on a copy of before, checks the result against the table
// of transitions, and raises the revision where the reply would show something
// else. Every backend calls it inside of its transaction.
func Apply(before Job, change func(*Job) error) (Job, error) {
	after := before
	if err := change(&after); err != nil {
		return Job{}, err
	}
	if after.ID != before.ID || after.Kind != before.Kind || after.Member != before.Member ||
		after.Channel != before.Channel || after.Guild != before.Guild ||
		!after.CreatedAt.Equal(before.CreatedAt) {
		return Job{}, fmt.Errorf("job %s: its identity was changed: %w", before.ID, ErrTransition)
	}
	if after.State != before.State && !before.State.CanBecome(after.State) {
		return Job{}, fmt.Errorf("job %s: %s to %s: %w", before.ID, before.State, after.State, ErrTransition)
	}
	if (after.State == StateFailed) != (after.Failure != "") {
		return Job{}, fmt.Errorf("job %s: %s with failure %q: %w", before.ID, after.State, after.Failure, ErrTransition)
	}
	after.Revision = before.Revision
	if after.shown() != before.shown() {
		after.Revision++
	}
	return after, nil
}

// Took returns how long Luma took, and whether the change from before to after
// is the one that completes the job, which is when a backend records it.
func Took(before, after Job) (time.Duration, bool) {
	if before.State == StateCompleted || after.State != StateCompleted ||
		after.SentAt.IsZero() || after.FinishedAt.Before(after.SentAt) {
		return 0, false
	}
	return after.FinishedAt.Sub(after.SentAt), true
}
