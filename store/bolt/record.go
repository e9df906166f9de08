package bolt

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"go.etcd.io/bbolt"

	"dreambot/internal/secret"
	"dreambot/store"
)

// record is a job as it is stored.
type record struct {
	store.Job
	Token string `json:"token,omitempty"` // Job.Origin.Token

	// These stand before the job's own.
	Image    picture `json:"image"`
	EndImage picture `json:"end_image"`

	// Unreachable is how version 1 said store.RouteNone. It is read, and never
	// written: a migration that rewrote records could not be taken back.
	Unreachable bool `json:"unreachable,omitempty"`
}

// picture is a picture as it is stored.
type picture struct {
	store.Picture

	// GivenAt is what version 2 said in place of Expires. It is read, and never
	// written.
	GivenAt time.Time `json:"given_at,omitzero"`
}

// pictureLife is how long version 2 took the address of a picture to work:
// Discord keeps what a command is given, and signs its address, for about a
// day.
const pictureLife = 23 * time.Hour

// present returns the picture as the present version says it.
func (p picture) present() store.Picture {
	if p.Expires.IsZero() && !p.GivenAt.IsZero() && p.URL != "" {
		p.Expires = p.GivenAt.Add(pictureLife)
	}
	return p.Picture
}

// leads reports whether the interaction's token can be of use yet. A job can be
// taken back before it is known that its first reply was accepted, and that
// reply is edited then. A route past the reply says that Discord has refused
// the token.
func leads(j store.Job) bool {
	return j.Route == store.RouteReply && (!j.State.Final() || !j.Answered() || j.Due())
}

// encode returns the record of a job. Equal jobs have equal records.
func encode(j store.Job) ([]byte, error) {
	// JSON would replace what is not UTF-8, and so make one id of two.
	for _, id := range []string{j.ID, string(j.Kind), j.Parent, j.Second, j.Root, j.Remote, j.Guild, j.Channel, j.Message, j.Member} {
		if !utf8.ValidString(id) {
			return nil, fmt.Errorf("job %q: %q is not valid UTF-8: %w", j.ID, id, store.ErrTransition)
		}
	}
	for _, t := range []*time.Time{&j.Image.Expires, &j.EndImage.Expires, &j.Ready, &j.Origin.Expires, &j.PostedAt,
		&j.CreatedAt, &j.AnsweredAt, &j.SentAt, &j.StartedAt, &j.NoVideoAt, &j.FinishedAt} {
		// RFC 3339 has no room for the seconds of an offset, which would
		// move the time.
		*t = t.UTC()
	}
	r := record{Job: j, Image: picture{Picture: j.Image}, EndImage: picture{Picture: j.EndImage}}
	if leads(j) {
		r.Token = j.Origin.Token.Reveal()
	}
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode job %q: %w", j.ID, err)
	}
	return b, nil
}

// decode returns the job of a record that was found under an id.
func decode(id string, b []byte) (store.Job, error) {
	var r record
	if err := json.Unmarshal(b, &r); err != nil {
		return store.Job{}, fmt.Errorf("record of job %q is damaged: %w", id, err)
	}
	j := r.Job
	j.Image, j.EndImage = r.Image.present(), r.EndImage.present()
	switch {
	case j.ID != id:
		return store.Job{}, fmt.Errorf("record of job %q is damaged: it holds job %q", id, j.ID)
	case j.Kind == "", j.Channel == "", j.Member == "", j.CreatedAt.IsZero():
		return store.Job{}, fmt.Errorf("record of job %q is damaged: it lacks the kind, channel, member or time", id)
	case !slices.Contains(store.States(), j.State):
		return store.Job{}, fmt.Errorf("record of job %q is damaged: it has state %q", id, j.State)
	}
	j.Origin.Token = secret.New(r.Token)
	if r.Unreachable && j.Route == store.RouteReply {
		j.Route = store.RouteNone
	}
	return j, nil
}

// durationSize is the size of one of the durations kept for a measure.
const durationSize = 8

// durations returns what is kept for a measure, oldest first.
func durations(tx *bbolt.Tx, m store.Measure) ([]time.Duration, error) {
	b := tx.Bucket([]byte(bucketDurations)).Get(measureKey(m))
	if len(b)%durationSize != 0 {
		return nil, fmt.Errorf("durations of %+v are damaged: %d bytes", m, len(b))
	}
	var list []time.Duration
	for ; len(b) > 0; b = b[durationSize:] {
		list = append(list, time.Duration(binary.BigEndian.Uint64(b)))
	}
	return list, nil
}

// addDuration keeps one more, and no more than store.DurationsKept.
func addDuration(tx *bbolt.Tx, m store.Measure, took time.Duration) error {
	list, err := durations(tx, m)
	if err != nil {
		return err
	}
	list = append(list, took)
	list = list[max(0, len(list)-store.DurationsKept):]
	var b []byte
	for _, d := range list {
		b = binary.BigEndian.AppendUint64(b, uint64(d))
	}
	return tx.Bucket([]byte(bucketDurations)).Put(measureKey(m), b)
}
