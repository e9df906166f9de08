package bolt

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

// check compares every index with the records, in both directions, and lets
// bbolt check its pages.
func (s *Store) check() error {
	return s.db.View(func(tx *bbolt.Tx) error {
		var errs []error
		for err := range tx.Check() {
			errs = append(errs, err)
		}
		want := map[entry]bool{}
		errs = append(errs, tx.Bucket([]byte(bucketJobs)).ForEach(func(k, v []byte) error {
			j, err := decode(string(k), v)
			if err != nil {
				return err
			}
			if j.Root == "" || j.Part < 1 {
				return fmt.Errorf("job %q has part %d of story %q", k, j.Part, j.Root)
			}
			for _, e := range wanted(j) {
				want[e] = true
			}
			return nil
		}))
		for _, bucket := range []string{bucketOpen, bucketDue, bucketMessage, bucketRemote, bucketMember, bucketChannel, bucketDone, bucketStory, bucketReaction} {
			errs = append(errs, tx.Bucket([]byte(bucket)).ForEach(func(k, v []byte) error {
				e := entry{bucket, string(k)}
				if !want[e] || len(v) != 0 {
					return fmt.Errorf("%s has %q → %q, which no record asks for", bucket, k, v)
				}
				delete(want, e)
				return nil
			}))
		}
		for e := range want {
			errs = append(errs, fmt.Errorf("%s lacks %q", e.bucket, e.key))
		}
		errs = append(errs, tx.Bucket([]byte(bucketDurations)).ForEach(func(k, v []byte) error {
			if len(v)%8 != 0 || len(v) == 0 || len(v) > 8*store.DurationsKept {
				return fmt.Errorf("durations of %q have %d bytes", k, len(v))
			}
			return nil
		}))
		if n := countKeys(tx.Bucket([]byte(bucketDrafts))); n > store.DraftsKept {
			errs = append(errs, fmt.Errorf("%d drafts are kept", n))
		}
		errs = append(errs, wholeDrafts(tx), wholeUsage(tx), wholeTallies(tx), checkUsage(tx))
		return errors.Join(errs...)
	})
}

// checkUsage holds that no counter says less than the records of its day do, which
// may have been pruned since, and that those of the last day are all there.
func checkUsage(tx *bbolt.Tx) error {
	want, last := map[string]store.Usage{}, ""
	err := tx.Bucket([]byte(bucketJobs)).ForEach(func(k, v []byte) error {
		j, err := decode(string(k), v)
		if err != nil || j.Guild == "" || j.State == store.StateFailed || j.State == store.StateCancelled {
			return err
		}
		members := []string{j.Member, ""}
		if j.Member == "0" {
			members = members[1:] // counted under the name that they had
		}
		for _, member := range members {
			key, err := counterKey(tx, j.Guild, member, j.CreatedAt)
			if err != nil {
				return err
			}
			u := want[key]
			want[key] = store.Usage{Dreams: u.Dreams + 1, Length: u.Length + j.Counts, Cost: u.Cost + j.Price}
			last = max(last, key[:8])
		}
		return nil
	})
	for key, want := range want {
		got, ok, e := counter(tx, key)
		switch {
		case e != nil:
			err = errors.Join(err, e)
		case (ok || key[:8] == last) && (got.Dreams < want.Dreams || got.Length < want.Length || got.Cost < want.Cost):
			err = errors.Join(err, fmt.Errorf("%s says %+v at %q, and the records %+v", bucketUsage, got, key, want))
		}
	}
	return err
}

// wanted says, in other words than the code it checks, in which indexes a job
// belongs.
func wanted(j store.Job) []entry {
	at := string(appendTime(nil, j.CreatedAt)) + j.ID
	part := func(s string) string { return string(appendPart(nil, s)) }
	list := []entry{
		{bucketMember, part(j.Member) + part(j.Guild) + at},
		{bucketChannel, part(j.Channel) + at},
		{bucketStory, part(j.Root) + at},
	}
	if j.Reaction {
		list = append(list, entry{bucketReaction, part(j.Parent) + at})
	}
	switch j.State {
	case store.StateWaiting, store.StateSubmitting, store.StateQueued, store.StateDreaming:
		list = append(list, entry{bucketOpen, at})
	}
	due := !j.AnsweredAt.IsZero() && (j.Shown != j.Revision || j.Invitation == "due")
	if due {
		list = append(list, entry{bucketDue, at})
	}
	if len(j.Message) > 0 {
		list = append(list, entry{bucketMessage, part(j.Message) + at})
	}
	if len(j.Remote) > 0 {
		list = append(list, entry{bucketRemote, part(j.Remote) + at})
	}
	final := j.State == store.StateCompleted || j.State == store.StateFailed || j.State == store.StateCancelled
	if final && !due {
		end := j.FinishedAt
		if end.IsZero() {
			end = j.CreatedAt
		}
		list = append(list, entry{bucketDone, string(appendTime(nil, end)) + j.ID})
	}
	return list
}
