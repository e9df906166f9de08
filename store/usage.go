package store

import (
	"fmt"
	"time"

	"dreambot/internal/money"
)

// Allowance bounds what is begun in a server in one day. 0: no bound. Days are
// those of UTC, so that they are the same for everybody.
type Allowance struct {
	MemberDreams int           // jobs of one member
	GuildLength  time.Duration // length of all videos of the server together, by Job.Counts
}

// Usage is what was begun in a day. A job that fails, or is cancelled, is taken
// out of it again.
type Usage struct {
	Dreams int           // jobs
	Length time.Duration // of their videos together, by Job.Counts
	Cost   money.Amount  // of those whose Job.Price is known
}

// Add puts another usage to this one.
func (u *Usage) Add(other Usage) {
	u.Dreams += other.Dreams
	u.Length += other.Length
	u.Cost += other.Cost
}

// Use returns what a job takes of the day on which it was created. What stands
// outside of servers takes nothing.
func (j Job) Use() Usage {
	if j.Guild == "" || j.State == StateFailed || j.State == StateCancelled {
		return Usage{}
	}
	return Usage{Dreams: 1, Length: j.Counts, Cost: j.Price}
}

// Day returns when the day of a time began, and when it ends.
func Day(at time.Time) (begins, ends time.Time) {
	begins = at.UTC().Truncate(24 * time.Hour)
	return begins, begins.Add(24 * time.Hour)
}

// Bound is which of the bounds of an Allowance was reached.
type Bound string

// The bounds.
const (
	BoundMember Bound = "member"
	BoundGuild  Bound = "guild"
)

// SpentError says that a day's allowance does not reach for another job.
type SpentError struct {
	Bound Bound
	Allowance
	Until time.Time // when the next day begins
}

func (e *SpentError) Error() string {
	return fmt.Sprintf("the allowance of the %s is spent until %s", e.Bound, e.Until.Format(time.RFC3339))
}

// Spent returns the error for a job that would go beyond an allowance, given what
// its member and its server have used of the day; nil where it does not.
func (a Allowance) Spent(j Job, member, guild Usage) *SpentError {
	_, ends := Day(j.CreatedAt)
	switch use := j.Use(); {
	case use == Usage{}:
	case a.MemberDreams > 0 && member.Dreams+use.Dreams > a.MemberDreams:
		return &SpentError{Bound: BoundMember, Allowance: a, Until: ends}
	case a.GuildLength > 0 && guild.Length+use.Length > a.GuildLength:
		return &SpentError{Bound: BoundGuild, Allowance: a, Until: ends}
	}
	return nil
}

// Tally is what a member has made in a server, for as long as they have been
// there. It outlasts the jobs.
type Tally struct {
	Dreams  int           `json:"dreams"`  // jobs that were completed
	Length  time.Duration `json:"length"`  // of their videos together, by Job.Counts
	Remixed int           `json:"remixed"` // completed jobs of others that were remixed from theirs
}

// Add puts another tally to this one.
func (t *Tally) Add(other Tally) {
	t.Dreams += other.Dreams
	t.Length += other.Length
	t.Remixed += other.Remixed
}

// Earned returns what the change from before to after adds to the tallies of
// members in the job's guild, by member: nothing unless it completes the job.
func Earned(before, after Job) map[string]Tally {
	if after.Guild == "" || before.State == StateCompleted || after.State != StateCompleted {
		return nil
	}
	earned := map[string]Tally{after.Member: {Dreams: 1, Length: after.Counts}}
	if len(after.Remixes) > 0 && after.Remixes[0].Member != after.Member {
		earned[after.Remixes[0].Member] = Tally{Remixed: 1}
	}
	delete(earned, Nobody)
	return earned
}

// Credit names a result that another one was made after, and whose it is.
type Credit struct {
	Job    string `json:"job"`    // id
	Member string `json:"member"` // snowflake, or Nobody
}

// MaxCredits bounds Job.Remixes. Beyond it the first one stays, and the nearest.
const MaxCredits = 20

// Nobody stands for a member who has asked to be forgotten. No snowflake is 0.
const Nobody = "0"

// CreditsFrom returns what a job is credited with that a member makes after
// another job: that one, unless it is their own, and what that was made after.
func CreditsFrom(j Job, member string) []Credit {
	var line []Credit
	if j.Member != member {
		line = append(line, Credit{j.ID, j.Member})
	}
	line = append(line, j.Remixes...)
	if len(line) > MaxCredits {
		line = append(line[:MaxCredits-1:MaxCredits-1], line[len(line)-1])
	}
	return line
}
