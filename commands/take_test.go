package commands_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/bot/reply"
	"dreambot/commands"
	"dreambot/store"
)

var takes = []reply.Verb{reply.ActionRemix, reply.ActionAgain, reply.ActionRetry}

// given is a picture whose address works for so long from now; the zero one for
// 0. It stands on the reply.
func given(name string, works time.Duration) store.Picture {
	if works == 0 {
		return store.Picture{}
	}
	return store.Picture{URL: "https://old.example/" + name, Expires: now.Add(works).UTC(), Name: name + ".png", Width: 64, Height: 36, Size: 7,
		Upload: store.Upload{ID: "31", Name: "first.png", Size: 7}}
}

// finds is a Fresh that finds the pictures with these names, and says of the
// others that they are gone.
func finds(names ...string) func(store.Job) (store.Job, error) {
	return func(j store.Job) (store.Job, error) {
		var err error
		for _, p := range []*store.Picture{&j.Image, &j.EndImage} {
			switch name := strings.TrimSuffix(p.Name, ".png"); {
			case p.IsZero() || p.Works(now):
			case slices.Contains(names, name):
				p.URL, p.Expires = "https://new.example/"+name, now.Add(24*time.Hour).UTC()
			default:
				err = fmt.Errorf("job %s: %w", j.ID, store.ErrPictureGone)
			}
		}
		return j, err
	}
}

// fields are the custom ids of a modal's fields, and what the prompt's holds.
func fields(t *testing.T, m *reply.Modal) (ids []string, prompt string) {
	t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var wire struct {
		Components []struct {
			Component struct {
				CustomID string `json:"custom_id"`
				Value    string
			}
		}
	}
	if err := json.Unmarshal(b, &wire); err != nil {
		t.Fatal(err)
	}
	for _, c := range wire.Components {
		ids = append(ids, c.Component.CustomID)
		prompt += c.Component.Value
	}
	return ids, prompt
}

// A dream is begun again with its pictures, by fresh addresses where the old
// ones are over. One that is gone is asked for; it is the same again at once
// where there is nothing to ask.
func TestTakesOfDreamsWithPictures(t *testing.T) {
	yes := true
	settings := store.Settings{Model: "ray-v2", Duration: 5 * time.Second, Resolution: "720p", ExpandPrompt: &yes}
	broken := func(j store.Job) (store.Job, error) { return store.Job{}, errors.New("no route") }
	for name, c := range map[string]struct {
		image, end time.Duration // how long they work
		fresh      func(store.Job) (store.Job, error)
		asked      int      // look-ups by the press
		wants      []string // fields for pictures
		urls       [2]string
		fails      bool // nobody knows
	}{
		"none":                       {0, 0, nil, 0, nil, [2]string{}, false},
		"one that works":             {time.Minute, 0, nil, 0, nil, [2]string{"https://old.example/image", ""}, false},
		"two that work":              {time.Minute, time.Hour, nil, 0, nil, [2]string{"https://old.example/image", "https://old.example/end"}, false},
		"one is over, and found":     {-time.Minute, 0, finds("image"), 1, nil, [2]string{"https://new.example/image", ""}, false},
		"two are over, and found":    {-time.Minute, -time.Hour, finds("image", "end"), 1, nil, [2]string{"https://new.example/image", "https://new.example/end"}, false},
		"the last is over and found": {time.Minute, -time.Hour, finds("end"), 1, nil, [2]string{"https://old.example/image", "https://new.example/end"}, false},
		"one is gone":                {-time.Minute, 0, finds(), 1, []string{"image"}, [2]string{boatURL, ""}, false},
		"two are gone":               {-time.Minute, -time.Minute, finds(), 1, []string{"image", "end_image"}, [2]string{boatURL, boatURL}, false},
		"the first of two is gone":   {-time.Minute, -time.Minute, finds("end"), 1, []string{"image"}, [2]string{boatURL, "https://new.example/end"}, false},
		"the last of two is gone":    {time.Minute, -time.Minute, finds(), 1, []string{"end_image"}, [2]string{"https://old.example/image", boatURL}, false},
		"nobody knows":               {-time.Minute, 0, broken, 1, nil, [2]string{}, true},
	} {
		for _, verb := range takes {
			t.Run(name+", "+string(verb), func(t *testing.T) {
				f := setUp(t)
				f.replies.fresh = c.fresh
				state := store.StateCompleted
				if verb == reply.ActionRetry {
					state = store.StateFailed
				}
				j := f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "201", Member: "401", Prompt: "a boat", Settings: settings,
					Image: given("image", c.image), EndImage: given("end", c.end), Reactors: []string{"5"}}, state)
				customID := reply.Action{Verb: verb, Job: j.ID}.CustomID()
				a, err := f.do(t, commands.KindComponent, home, button(customID))
				if f.replies.freshened != c.asked {
					t.Errorf("pressing looked %d times", f.replies.freshened)
				}
				prompt := "a boat"
				switch {
				case verb == reply.ActionAgain && c.fails:
					var r *commands.Refusal
					if err == nil || errors.As(err, &r) {
						t.Errorf("nobody knows, and it is answered by %+v, %v", a, err)
					}
					return
				case err != nil:
					t.Fatal(err)
				case verb == reply.ActionAgain && c.wants == nil:
					if a.Job == nil {
						t.Fatalf("answered by %+v", a)
					}
				default:
					if a.Modal == nil || len(f.line.got) != 0 {
						t.Fatalf("answered by %+v, and %d jobs were begun", a, len(f.line.got))
					}
					ids, value := fields(t, a.Modal)
					if want := append([]string{"prompt"}, c.wants...); !slices.Equal(ids, want) || value != "a boat" || a.Modal.CustomID != customID {
						t.Errorf("modal %q asks for %v with %q; want %v", a.Modal.CustomID, ids, value, want)
					}
					var files []string
					for _, w := range c.wants {
						files = append(files, w, picturePNG)
					}
					prompt = "a ship"
					a, err = f.do(t, commands.KindModal, home, modal(customID, prompt, files...))
					if c.fails {
						var r *commands.Refusal
						if err == nil || errors.As(err, &r) {
							t.Errorf("nobody knows, and it is answered by %+v, %v", a, err)
						}
						return
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				got := f.line.got[0]
				if got.Kind != store.KindDream || got.Prompt != prompt || !cmp.Equal(got.Settings, settings) || got.Member != home.member ||
					got.Channel != home.channel || got.Parent != "" || got.Reactors != nil || got.ID == j.ID {
					t.Errorf("asked for %+v", got)
				}
				if urls := [2]string{got.Image.URL, got.EndImage.URL}; urls != c.urls {
					t.Errorf("with pictures %q, want %q", urls, c.urls)
				}
				for _, p := range []store.Picture{got.Image, got.EndImage} {
					if p.Upload != (store.Upload{}) || !p.IsZero() && (!p.Works(now) || p.Name == "" || p.Width == 0) {
						t.Errorf("with the picture %+v", p)
					}
				}
			})
		}
	}
}

// What a modal comes back with is checked as a command's options are.
func TestFilesOfATakesModal(t *testing.T) {
	const gif = `{"filename":"a.gif","content_type":"image/gif","size":1,"url":"https://c/x","width":1,"height":1}`
	const huge = `{"filename":"a.png","content_type":"image/png","size":20971521,"url":"https://c/x","width":1,"height":1}`
	for name, c := range map[string]struct {
		image   time.Duration
		files   []string
		refused string
		image0  string // of the job that is begun
		end     string
	}{
		"no picture":                       {-time.Minute, []string{"image", gif}, "refusal.image.kind", "", ""},
		"no file behind the id":            {-time.Minute, []string{"image", `null`}, "refusal.image.kind", "", ""},
		"too large":                        {-time.Minute, []string{"image", huge}, "refusal.image.size", "", ""},
		"left out":                         {-time.Minute, nil, "refusal.picture.gone", "", ""},
		"the other one":                    {-time.Minute, []string{"end_image", picturePNG}, "refusal.picture.gone", "", ""},
		"given, though the old one works":  {time.Minute, []string{"image", picturePNG}, "", boatURL, ""},
		"given, and there never was one":   {0, []string{"image", picturePNG, "end_image", picturePNG}, "", "", ""},
		"one that the job does not have":   {time.Minute, []string{"end_image", picturePNG}, "", "https://old.example/image", ""},
		"for a field that nobody knows of": {time.Minute, []string{"portrait", picturePNG}, "", "https://old.example/image", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := setUp(t)
			j := f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "a boat", Image: given("image", c.image)}, store.StateCompleted)
			_, err := f.do(t, commands.KindModal, home, modal("1:remix:"+j.ID, "a ship", c.files...))
			if got := refusal(t, err); got != c.refused {
				t.Fatalf("refused: %q, want %q", got, c.refused)
			}
			var r *commands.Refusal
			if errors.As(err, &r) && strings.HasPrefix(r.Key, "refusal.image") && r.Args["Name"] == "" {
				t.Error("it does not say which file it is")
			}
			if c.refused == "" && (f.line.got[0].Image.URL != c.image0 || f.line.got[0].EndImage.URL != c.end) {
				t.Errorf("with %q and %q", f.line.got[0].Image.URL, f.line.got[0].EndImage.URL)
			}
		})
	}
}

// Another take of an extension goes on from the same video, be it in the store
// or no longer.
func TestTakesOfExtensions(t *testing.T) {
	back := store.Spot{Channel: "200", Message: "91"}
	for name, c := range map[string]struct {
		change  func(t *testing.T, f *fixture, j *store.Job)
		by      where
		refused string
		want    store.Job
	}{
		"the parent is there": {nil, home, "",
			store.Job{Parent: id(1), Source: "gen-1", Root: id(1), Part: 2, Back: back}},
		"from direct messages": {nil, dm, "",
			store.Job{Parent: id(1), Source: "gen-1", Root: id(1), Part: 2}},
		"the parent was moved to direct messages": {func(t *testing.T, f *fixture, _ *store.Job) {
			f.change(t, id(1), func(j *store.Job) { j.Direct, j.Message = "290", "95" })
		}, home, "", store.Job{Parent: id(1), Source: "gen-1", Root: id(1), Part: 2}},
		"the parent is pruned": {func(_ *testing.T, _ *fixture, j *store.Job) {
			j.Parent, j.Source, j.Root, j.Part, j.Back = id(98), "gen-98", id(97), 3, store.Spot{Channel: "200", Message: "298"}
		}, home, "", store.Job{Parent: id(98), Source: "gen-98", Root: id(97), Part: 3, Back: store.Spot{Channel: "200", Message: "298"}}},
		"the parent is pruned, and from direct messages": {func(_ *testing.T, _ *fixture, j *store.Job) {
			j.Parent, j.Source, j.Root, j.Part, j.Back = id(98), "gen-98", id(97), 3, store.Spot{Channel: "200", Message: "298"}
		}, dm, "", store.Job{Parent: id(98), Source: "gen-98", Root: id(97), Part: 3}},
		"pruned before sources were kept": {func(_ *testing.T, _ *fixture, j *store.Job) { j.Parent, j.Source = id(98), "" }, home, "refusal.job.gone", store.Job{}},
		"the parent is removed":           {func(t *testing.T, f *fixture, _ *store.Job) { f.remove(t, id(1)) }, home, "refusal.job.gone", store.Job{}},
		"the parent has no video":         {func(_ *testing.T, _ *fixture, j *store.Job) { j.Parent = id(2) }, home, "refusal.video.failed", store.Job{}},
		"the parent is another server's":  {func(_ *testing.T, _ *fixture, j *store.Job) { j.Parent = id(3) }, home, "refusal.job.gone", store.Job{}},
	} {
		for _, verb := range takes {
			t.Run(name+", "+string(verb), func(t *testing.T) {
				f := setUp(t)
				f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "one", Remote: "gen-1"}, store.StateCompleted)
				f.put(t, store.Job{ID: id(2), Guild: "100", Channel: "200", Member: "400", Prompt: "two"}, store.StateFailed)
				f.put(t, store.Job{ID: id(3), Guild: "101", Channel: "210", Member: "400", Prompt: "three", Remote: "gen-3"}, store.StateCompleted)
				j := store.Job{ID: id(9), Kind: store.KindExtend, Parent: id(1), Source: "gen-1", Root: id(1), Part: 2, Back: back,
					Guild: "100", Channel: "200", Member: "400", Prompt: "and on", Reaction: true, EndImage: given("end", time.Hour)}
				if c.change != nil {
					c.change(t, f, &j)
				}
				j = f.put(t, j, store.StateFailed)
				customID := reply.Action{Verb: verb, Job: j.ID}.CustomID()
				a, err := f.do(t, commands.KindComponent, c.by, button(customID))
				if verb != reply.ActionAgain {
					if err != nil || a.Modal == nil {
						t.Fatalf("pressing: %+v, %v", a, err)
					}
					_, err = f.do(t, commands.KindModal, c.by, modal(customID, "and further"))
				}
				if got := refusal(t, err); got != c.refused {
					t.Fatalf("refused: %q, want %q", got, c.refused)
				}
				if c.refused != "" {
					if len(f.line.got) != 0 {
						t.Error("a job was begun")
					}
					return
				}
				got := f.line.got[0]
				if got.Kind != store.KindExtend || got.Parent != c.want.Parent || got.Source != c.want.Source || got.Root != c.want.Root ||
					got.Part != c.want.Part || got.Back != c.want.Back || got.Reaction || got.EndImage.URL != j.EndImage.URL {
					t.Errorf("asked for %+v", got)
				}
			})
		}
	}
}

// Every way of going on from a video says where it stands, unless that is in
// another server or outside of it: no address would lead there.
func TestExtensionsKnowTheirPlaceInTheStory(t *testing.T) {
	for name, c := range map[string]struct {
		by   where
		do   func(f *fixture, w where) (commands.Answer, error)
		back store.Spot
	}{
		"by the command": {home, func(f *fixture, w where) (commands.Answer, error) {
			return f.do(t, commands.KindCommand, w, command("extend", option("prompt", `"it rains"`)+","+option("video", `"`+id(1)+`"`)))
		}, store.Spot{Channel: "200", Message: "91"}},
		"by the button": {home, func(f *fixture, w where) (commands.Answer, error) {
			return f.do(t, commands.KindModal, w, modal("1:extend:"+id(1), "it rains"))
		}, store.Spot{Channel: "200", Message: "91"}},
		"from direct messages": {dm, func(f *fixture, w where) (commands.Answer, error) {
			return f.do(t, commands.KindModal, w, modal("1:extend:"+id(1), "it rains"))
		}, store.Spot{}},
	} {
		f := setUp(t)
		f.put(t, store.Job{ID: id(1), Kind: store.KindExtend, Parent: id(90), Root: id(80), Part: 4, Guild: "100", Channel: "200", Member: "400",
			Prompt: "one", Remote: "gen-1"}, store.StateCompleted)
		a, err := c.do(f, c.by)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if j := a.Job; j.Parent != id(1) || j.Source != "gen-1" || j.Root != id(80) || j.Part != 5 || j.Back != c.back {
			t.Errorf("%s: asked for %+v", name, j)
		}
	}
}
