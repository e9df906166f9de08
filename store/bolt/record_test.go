package bolt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"dreambot/store"
)

func FuzzDecodeRecord(f *testing.F) {
	whole, err := encode(job("a"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a", whole)
	f.Add("a", whole[:len(whole)/2])
	f.Add("b", whole)
	f.Add("", []byte("null"))
	f.Add("a", []byte(`{"id":"a","created_at":"yesterday","origin":[],"settings":{"expand_prompt":1}}`))
	f.Add("\xff", []byte(`{"id":"\ufffd","kind":"dream","channel":"c","member":"m","created_at":"2026-01-01T00:00:00+23:59","state":"failed"}`))
	const old = `{"id":"a","kind":"dream","channel":"c","member":"m","created_at":"2026-01-01T00:00:00Z","state":"completed","unreachable":true`
	f.Add("a", []byte(old+`,"revision":3,"shown":3,"token":"t"}`))
	f.Add("a", []byte(old+`,"route":"direct","direct":"60","posted_at":"2026-01-01T00:00:00+23:59","removed":true,"hold":"account"}`))
	f.Add("a", []byte(old+`,"image":{"url":"https://c/1","given_at":"2026-01-01T00:00:00+23:59"},"end_image":{"given_at":"2026-01-01T00:00:00Z"}}`))
	f.Add("a", []byte(old+`,"ROOT":"b","part":-1,"invitation":"due","reactors":["30"],"ready":"2026-01-01T00:00:00+23:59"} `))
	f.Fuzz(func(t *testing.T, id string, b []byte) {
		j, err := decode(id, b)
		if err != nil {
			if want := fmt.Sprintf("job %q", id); !strings.Contains(err.Error(), want) {
				t.Errorf("%v does not name %s", err, want)
			}
			return
		}
		if j.ID != id {
			t.Fatalf("the record of %q holds %q", id, j.ID)
		}
		placed, err := withPlace(b, "root <"+id, 7)
		if err != nil {
			t.Fatalf("a place for a record that is whole: %v", err)
		}
		want := j
		want.Root, want.Part = strings.ToValidUTF8("root <"+id, "\ufffd"), 7
		if got, err := decode(id, placed); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("with a place it is %+v, %v; want %+v", got, err, want)
		}
		again, err := encode(j)
		if err != nil {
			return // a time that has no text, or an id that is not UTF-8
		}
		k, err := decode(id, again)
		if err != nil {
			t.Fatalf("decode of what encode gives: %v", err)
		}
		if !k.Image.Expires.Equal(j.Image.Expires) || !k.EndImage.Expires.Equal(j.EndImage.Expires) {
			t.Errorf("the pictures change with writing: %+v becomes %+v", j, k)
		}
		if k.Route != j.Route || k.Direct != j.Direct || !k.PostedAt.Equal(j.PostedAt) || k.Removed != j.Removed || k.Hold != j.Hold {
			t.Errorf("the way to the reply changes with writing: %+v becomes %+v", j, k)
		}
		if want := leads(j) && !j.Origin.Token.IsZero(); want == k.Origin.Token.IsZero() {
			t.Errorf("a token is kept: %v, want %v", !want, want)
		}
		if _, offset := k.PostedAt.Zone(); offset != 0 {
			t.Errorf("the time of posting is not UTC: %v", k.PostedAt)
		}
		if third, err := encode(k); err != nil || !bytes.Equal(third, again) {
			t.Errorf("the record changes with every writing: %s, then %s, %v", again, third, err)
		}
	})
}

// FuzzKeys holds that no two jobs share an entry, and that no entry of one is
// under the prefix of another's.
func FuzzKeys(f *testing.F) {
	f.Add("1", "2", "3", int64(5), uint32(6), "12", "", "3", int64(5), uint32(6))
	f.Add("1\x00", "\x00", "3", int64(-5), uint32(6), "1", "\x00\x00", "\x013", int64(5), uint32(999_999_999))
	f.Add(strings.Repeat("x", 128), "\x01", "", int64(1), uint32(0), strings.Repeat("x", 127), "x\x01", "", int64(1), uint32(0))
	f.Fuzz(func(t *testing.T, id1, member1, guild1 string, sec1 int64, nsec1 uint32, id2, member2, guild2 string, sec2 int64, nsec2 uint32) {
		// time.Unix wraps near the ends of its range; no clock gets there.
		const far = 1 << 60
		one := store.Job{ID: id1, Member: member1, Guild: guild1, Channel: member1, Message: guild1,
			CreatedAt: time.Unix(sec1%far, int64(nsec1%1e9))}
		two := store.Job{ID: id2, Member: member2, Guild: guild2, Channel: member2, Message: guild2,
			CreatedAt: time.Unix(sec2%far, int64(nsec2%1e9))}
		alike := id1 == id2 && one.CreatedAt.Equal(two.CreatedAt)
		if (place(one) == place(two)) != alike {
			t.Errorf("places %q and %q", place(one), place(two))
		}
		if !alike && one.CreatedAt.Equal(two.CreatedAt) && (place(one) < place(two)) != (id1 < id2) ||
			one.CreatedAt.Before(two.CreatedAt) && place(one) >= place(two) {
			t.Errorf("the places %q and %q are in the wrong order", place(one), place(two))
		}
		if place(one) >= farthest {
			t.Errorf("the place %q is farther than the farthest", place(one))
		}
		sameOwner := member1 == member2 && guild1 == guild2
		key := memberPrefix(member2, guild2) + place(two)
		if strings.HasPrefix(key, memberPrefix(member1, guild1)) != sameOwner {
			t.Errorf("%q is under the prefix of %q in %q", key, member1, guild1)
		}
		if strings.HasPrefix(storyPrefix(member2)+place(two), storyPrefix(member1)) != (member1 == member2) ||
			strings.HasPrefix(reactionPrefix(member2)+place(two), reactionPrefix(member1)) != (member1 == member2) {
			t.Errorf("stories and parents %q and %q", member1, member2)
		}
		if strings.HasPrefix(messagePrefix(member2)+place(two), messagePrefix(member1)) != (member1 == member2) ||
			strings.HasPrefix(remotePrefix(member2)+place(two), remotePrefix(member1)) != (member1 == member2) {
			t.Errorf("messages and generations %q and %q", member1, member2)
		}
		if strings.HasPrefix(channelPrefix(member2)+place(two), channelPrefix(member1)) != (member1 == member2) {
			t.Errorf("channels %q and %q", member1, member2)
		}
		if id, err := idOf([]byte(key), len(memberPrefix(member2, guild2))); (err == nil) != (id2 != "") || id != id2 {
			t.Errorf("idOf(%q) = %q, %v; want %q", key, id, err, id2)
		}
		m1 := store.Measure{Kind: store.Kind(id1), Model: member1, Resolution: guild1, Duration: time.Duration(sec1)}
		m2 := store.Measure{Kind: store.Kind(id2), Model: member2, Resolution: guild2, Duration: time.Duration(sec2)}
		if bytes.Equal(measureKey(m1), measureKey(m2)) != (m1 == m2) {
			t.Errorf("measures %+v and %+v", m1, m2)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add("")
	f.Add("not a cursor")
	f.Add(cursorOf([]byte(place(job("a"))), 0))
	f.Fuzz(func(t *testing.T, cursor string) {
		at, err := placeOf(cursor)
		if err != nil || cursor == "" {
			return
		}
		if got := cursorOf([]byte(at), 0); got != cursor {
			t.Errorf("%q and %q are cursors of one place", got, cursor)
		}
		if at >= farthest {
			t.Errorf("%q is farther than the farthest", at)
		}
	})
}

// TestARecordIsReadable holds the format that the files out there have.
func TestARecordIsReadable(t *testing.T) {
	j := job("a")
	j.State, j.Revision = store.StateWaiting, 1
	j.CreatedAt = j.CreatedAt.In(time.FixedZone("x", 3600))
	j.PostedAt, j.Direct, j.Hold = j.CreatedAt, "60", store.HoldAccount
	j.Second, j.SecondSource, j.Remote, j.Backward, j.Inline, j.Price, j.Priced = "s", "r-s", "r", true, true, 710_000, true
	b, err := encode(j)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(b, &fields); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"id": "a", "state": "waiting", "member": "30", "token": "sesame-a", "created_at": "1970-01-01T00:16:40.000000007Z",
		"posted_at": "1970-01-01T00:16:40.000000007Z", "direct": "60", "hold": "account",
		"second": "s", "second_source": "r-s", "remote": "r", "backward": true, "inline": true, "price": 710_000.0, "priced": true,
	} {
		if fields[name] != want {
			t.Errorf("%s is %v, want %v", name, fields[name], want)
		}
	}
}

// TestRecordsOfVersion1AreRead holds what the files out there have.
func TestRecordsOfVersion1AreRead(t *testing.T) {
	const record = `{"id":"a","kind":"dream","prompt":"p","settings":{},"image":{},"end_image":{},"channel":"c","member":"m",` +
		`"locale":"en-US","upload_limit":1,"origin":{"application":"1","interaction":"2","expires":"2026-01-01T00:15:00Z"},` +
		`"state":"%s","video":{},"upload":{},%s"revision":3,"shown":3,"created_at":"2026-01-01T00:00:00Z","token":"t"}`
	for unreachable, want := range map[string]store.Route{`"unreachable":true,`: store.RouteNone, "": store.RouteReply} {
		j, err := decode("a", fmt.Appendf(nil, record, store.StateWaiting, unreachable))
		if err != nil || j.Route != want {
			t.Errorf("with %q the route is %q, %v; want %q", unreachable, j.Route, err, want)
		}
		again, err := encode(j)
		if err != nil || bytes.Contains(again, []byte("unreachable")) || bytes.Contains(again, []byte(`"token"`)) != (want == store.RouteReply) {
			t.Errorf("with %q it is written as %s, %v", unreachable, again, err)
		}
	}
}

// TestPicturesOfVersion2Expire holds that an address works for as long as version 2
// took it to, and that the token stays.
func TestPicturesOfVersion2Expire(t *testing.T) {
	const record = `{"id":"a","kind":"dream","prompt":"p","settings":{},` +
		`"image":{"url":"https://c/1","name":"1.png","width":3,"height":4,"given_at":"2026-01-01T02:00:00+01:00"},"end_image":%s,` +
		`"channel":"c","member":"m","locale":"en-US","upload_limit":1,"origin":{"application":"1","interaction":"2","expires":"2026-01-01T00:15:00Z"},` +
		`"state":"waiting","video":{},"upload":{},"revision":3,"shown":3,"created_at":"2026-01-01T00:00:00Z","token":"t"}`
	at := func(day, hour int) time.Time { return time.Date(2026, 1, day, hour, 0, 0, 0, time.UTC) }
	for end, want := range map[string]time.Time{
		`{}`:                                  {},
		`{"url":"https://c/2"}`:               {},
		`{"given_at":"2026-01-01T03:00:00Z"}`: {},
		`{"url":"https://c/2","given_at":"2026-01-01T03:00:00Z"}`:                                  at(2, 2),
		`{"url":"https://c/2","given_at":"2026-01-01T03:00:00Z","expires":"2026-01-05T00:00:00Z"}`: at(5, 0),
	} {
		j, err := decode("a", fmt.Appendf(nil, record, end))
		if err != nil || !j.Image.Expires.Equal(at(2, 0)) || !j.EndImage.Expires.Equal(want) || j.Image.Width != 3 {
			t.Errorf("with %s the pictures are %+v and %+v, %v; want %v and %v", end, j.Image, j.EndImage, err, at(2, 0), want)
		}
		again, err := encode(j)
		if err != nil || bytes.Contains(again, []byte("given_at")) || !bytes.Contains(again, []byte(`"token":"t"`)) {
			t.Errorf("with %s it is written as %s, %v", end, again, err)
		}
		j.Image.Expires, j.EndImage.Expires = j.Image.Expires.UTC(), j.EndImage.Expires.UTC()
		if k, err := decode("a", again); err != nil || !reflect.DeepEqual(k.Image, j.Image) || !reflect.DeepEqual(k.EndImage, j.EndImage) {
			t.Errorf("with %s, once written anew: %+v, %v", end, k, err)
		}
	}
}

// TestARecordOfLittleIsLean holds that what a job has not takes no room.
func TestARecordOfLittleIsLean(t *testing.T) {
	b, err := encode(admitted(t, "a"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"given_at", "parent", "back", "reaction", "reactors", "guest", "invitation", "ready", "second", "backward", "inline", "price",
		"aspect_ratio", "loop", "url", "upload\":{\""} {
		if bytes.Contains(b, []byte(`"`+name)) {
			t.Errorf("%s is in the record of a job without one: %s", name, b)
		}
	}
	for _, want := range []string{`"root":"a"`, `"part":1`, `"image":{}`} {
		if !bytes.Contains(b, []byte(want)) {
			t.Errorf("%s is not in the record %s", want, b)
		}
	}
}

func TestNewestBeforeFindsTheKeyBelow(t *testing.T) {
	s := newStore(t)
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("test"))
		if err != nil {
			return err
		}
		if k := newestBefore(b.Cursor(), "x"); k != nil {
			t.Errorf("in an empty bucket: %q", k)
		}
		// Enough for several leaves, so that the key below can be on another.
		var keys []string
		for i := range 2000 {
			keys = append(keys, fmt.Sprintf("%05d", 2*i))
			if err := b.Put([]byte(keys[i]), nil); err != nil {
				return err
			}
		}
		for i := range 4001 {
			limit := fmt.Sprintf("%05d", i)
			at, _ := slices.BinarySearch(keys, limit)
			want := ""
			if at > 0 {
				want = keys[at-1]
			}
			if got := newestBefore(b.Cursor(), limit); string(got) != want {
				t.Errorf("below %s: %q, want %q", limit, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
