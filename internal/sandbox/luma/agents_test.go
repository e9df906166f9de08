package luma

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const agentsCreate = "/agents/v1/generations"

// ray is the body of a create, with more of it.
func ray(more string) string {
	if more != "" {
		more = "," + more
	}
	return `{"model":"ray-3.2","type":"video","prompt":"a boat"` + more + `}`
}

func TestAgentsAnswersInTheDocumentedForm(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	s.Hold()
	status, text := s.call(t, "POST", agentsCreate, ray(`"aspect_ratio":"9:16","user_id":"u1","video":{"duration":"10s","resolution":"360p"}`))
	id, got := object(t, text)
	want := map[string]any{"type": "video", "model": "ray-3.2", "state": "queued", "output": nil, "failure_code": nil, "failure_reason": nil}
	if diff := cmp.Diff(want, got); diff != "" || status != http.StatusCreated {
		t.Errorf("create: %d\n%s", status, diff)
	}
	for _, state := range []string{"queued", "processing", "completed"} {
		if state != "queued" {
			if err := s.Advance(id, ""); err != nil {
				t.Fatal(err)
			}
		}
		if status, text = s.call(t, "GET", agentsCreate+"/"+id, ""); status != http.StatusOK {
			t.Errorf("query: %d %s", status, text)
		}
		_, got = object(t, text)
		if want["state"] = state; state == "completed" {
			want["output"] = []any{map[string]any{"type": "video", "url": s.url + s.linkTo(t, agentsCreate+"/"+id)}}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", state, diff)
		}
	}
	g := Generation{ID: id, Dialect: "agents", Kind: kindCreate, State: stateCompleted, Prompt: "a boat", Model: "ray-3.2", Duration: "10s",
		Resolution: "360p", AspectRatio: "9:16", Clip: "sunset", CreatedAt: s.Generations()[0].CreatedAt}
	if diff := cmp.Diff([]Generation{g}, s.Generations()); diff != "" {
		t.Error(diff)
	}
}

func TestAgentsTellsWhyInACode(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	s.Hold()
	for reason, code := range map[string]string{
		"Advanced prompt moderation failed": "content_moderated",
		"Frame moderation failed":           "content_moderated",
		"Contains blacklisted words":        "content_moderated",
		"Failed to read user input frames":  "corrupt_input",
		"Prompt processing failed":          "generation_failed",
		"out of paint":                      "generation_failed",
		"budget_exhausted":                  "budget_exhausted",
		"image_too_large":                   "image_too_large",
	} {
		id := s.made(t, agentsCreate, ray(""))
		if err := s.Advance(id, reason); err != nil {
			t.Fatal(err)
		}
		_, text := s.call(t, "GET", agentsCreate+"/"+id, "")
		_, got := object(t, text)
		if got["state"] != "failed" || got["failure_code"] != code || got["failure_reason"] != reason || got["output"] != nil {
			t.Errorf("%s: %v", reason, got)
		}
	}
}

// Frames say what a create is.
func TestAgentsFrames(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	s.Hold()
	a := s.finish(t, s.made(t, agentsCreate, ray("")))
	b := s.finish(t, s.made(t, "/luma/generations", `{"user_prompt":"of a sibling"}`))
	png := base64.StdEncoding.EncodeToString(s.shown["a.png"])
	url := func(name string) string { return fmt.Sprintf(`{"url":%q}`, s.url+"/pictures/"+name) }
	generation := func(id string) string { return fmt.Sprintf(`{"generation_id":%q}`, id) }
	data := `{"data":"` + png + `","media_type":"image/png"}`
	first, last := s.url+"/pictures/a.png", s.url+"/pictures/b.jpg"
	for name, c := range map[string]struct {
		video string
		want  Generation
	}{
		"first picture":         {`"start_frame":` + url("a.png"), Generation{Kind: kindCreate, ImageURL: first}},
		"last picture":          {`"end_frame":` + url("b.jpg"), Generation{Kind: kindCreate, ImageEndURL: last}},
		"both":                  {`"start_frame":` + url("a.png") + `,"end_frame":` + url("b.jpg"), Generation{Kind: kindCreate, ImageURL: first, ImageEndURL: last}},
		"as data":               {`"start_frame":` + data, Generation{Kind: kindCreate, Inline: true}},
		"one as data":           {`"start_frame":` + url("a.png") + `,"end_frame":` + data, Generation{Kind: kindCreate, ImageURL: first, Inline: true}},
		"loop from a picture":   {`"loop":true,"start_frame":` + url("a.png"), Generation{Kind: kindCreate, ImageURL: first, Loop: true}},
		"ten seconds of one":    {`"duration":"10s","keyframes":[` + url("a.png") + `],"keyframe_indexes":[0]`, Generation{Kind: kindCreate, ImageURL: first, Duration: "10s"}},
		"ten seconds of data":   {`"duration":"10s","keyframes":[` + data + `],"keyframe_indexes":[0]`, Generation{Kind: kindCreate, Inline: true, Duration: "10s"}},
		"on":                    {`"duration":"5s","start_frame":` + generation(a), Generation{Kind: kindExtend, Parent: a, Duration: "5s"}},
		"on, in a loop":         {`"loop":true,"start_frame":` + generation(a), Generation{Kind: kindExtend, Parent: a, Loop: true}},
		"on to a picture":       {`"start_frame":` + generation(b) + `,"end_frame":` + url("b.jpg"), Generation{Kind: kindExtend, Parent: b, ImageEndURL: last}},
		"before":                {`"end_frame":` + generation(a), Generation{Kind: kindExtend, Parent: a, Backward: true}},
		"between":               {`"start_frame":` + generation(a) + `,"end_frame":` + generation(b), Generation{Kind: kindBlend, Parent: a, Second: b}},
		"a picture that is not": {`"start_frame":` + url("text.png"), Generation{Kind: kindCreate, ImageURL: s.url + "/pictures/text.png", State: stateFailed, Failure: failureFrames}},
		"data that is not": {`"start_frame":{"data":"` + base64.StdEncoding.EncodeToString([]byte("no picture")) + `","media_type":"image/png"}`,
			Generation{Kind: kindCreate, Inline: true, State: stateFailed, Failure: failureFrames}},
	} {
		id := s.made(t, agentsCreate, ray(`"video":{`+c.video+`}`))
		if err := s.Advance(id, ""); err != nil {
			t.Fatal(err)
		}
		if c.want.State == "" {
			c.want.State = stateCompleted
			if err := s.Advance(id, ""); err != nil {
				t.Fatal(err)
			}
		}
		list := s.Generations()
		got := list[len(list)-1]
		c.want.ID, c.want.Dialect, c.want.Prompt, c.want.Model = id, "agents", "a boat", "ray-3.2"
		c.want.Clip, c.want.CreatedAt = got.Clip, got.CreatedAt
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAgentsHoldsRequestsAgainstTheDocumentation(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	s.Hold()
	done := s.finish(t, s.made(t, agentsCreate, ray("")))
	open := s.made(t, agentsCreate, ray(""))
	const unknown = "123e4567-e89b-12d3-a456-426614174000"
	url := `{"url":"` + s.url + `/pictures/a.png"}`
	gone := `{"url":"` + s.url + `/pictures/none.png"}`
	from := func(id string) string { return `{"generation_id":"` + id + `"}` }
	video := func(of string) string { return ray(`"video":{` + of + `}`) }
	for name, c := range map[string]struct {
		body   string
		status int
		detail string
	}{
		"no model":                {`{"type":"video","prompt":"a"}`, 400, "required"},
		"no type":                 {`{"model":"ray-3.2","prompt":"a"}`, 400, "required"},
		"no prompt":               {`{"model":"ray-3.2","type":"video"}`, 400, "required"},
		"empty prompt":            {`{"model":"ray-3.2","type":"video","prompt":""}`, 400, "1 to 6000"},
		"too long":                {`{"model":"ray-3.2","type":"video","prompt":"` + strings.Repeat("船", 6001) + `"}`, 400, "1 to 6000"},
		"unknown model":           {`{"model":"ray-2","type":"video","prompt":"a"}`, 400, "ray-3.2"},
		"another type":            {`{"model":"ray-3.2","type":"image","prompt":"a"}`, 400, "video"},
		"duration of a sibling":   {video(`"duration":"9s"`), 400, "5s, 10s"},
		"unknown resolution":      {video(`"resolution":"4k"`), 400, "360p, 540p, 720p, 1080p"},
		"unknown ratio":           {ray(`"aspect_ratio":"9:21"`), 400, "21:9"},
		"a duration at the top":   {ray(`"duration":"5s"`), 400, `Extra field "duration"`},
		"a ratio below":           {video(`"aspect_ratio":"9:16"`), 400, `Extra field "aspect_ratio"`},
		"a callback":              {ray(`"callback_url":"http://127.0.0.1/"`), 400, `Extra field "callback_url"`},
		"an empty frame":          {video(`"start_frame":{}`), 400, "exactly one of"},
		"a frame of two":          {video(`"start_frame":{"url":"http://127.0.0.1/a","generation_id":"a"}`), 400, "exactly one of"},
		"data without its type":   {video(`"end_frame":{"data":"aGk="}`), 400, "media_type"},
		"a type without data":     {video(`"end_frame":{"url":"http://127.0.0.1/a","media_type":"image/png"}`), 400, "media_type"},
		"data of another type":    {video(`"start_frame":{"data":"aGk=","media_type":"image/gif"}`), 422, "image/gif"},
		"data that is none":       {video(`"start_frame":{"data":"a boat","media_type":"image/png"}`), 422, "bad image data"},
		"no data":                 {video(`"start_frame":{"data":"","media_type":"image/png"}`), 422, "bad image data"},
		"no file":                 {video(`"start_frame":{"file_id":"a"}`), 404, "File not found"},
		"not an address":          {video(`"start_frame":{"url":"a.png"}`), 400, "URL"},
		"a ratio with a picture":  {ray(`"aspect_ratio":"9:16","video":{"start_frame":` + url + `}`), 422, "aspect_ratio"},
		"a ratio with an end":     {ray(`"aspect_ratio":"9:16","video":{"end_frame":` + url + `}`), 422, "aspect_ratio"},
		"a ratio with keyframes":  {ray(`"aspect_ratio":"9:16","video":{"keyframes":[` + url + `],"keyframe_indexes":[0]}`), 422, "aspect_ratio"},
		"a ratio of an extension": {ray(`"aspect_ratio":"9:16","video":{"start_frame":` + from(done) + `}`), 422, "aspect_ratio"},
		"ten seconds and a start": {video(`"duration":"10s","start_frame":` + url), 422, "start_frame"},
		"ten seconds and an end":  {video(`"duration":"10s","end_frame":` + url), 422, "end_frame"},
		"ten seconds more":        {video(`"duration":"10s","start_frame":` + from(done)), 422, "extension"},
		"ten seconds in a loop":   {video(`"duration":"10s","loop":true`), 422, "loop"},
		"a loop to an end":        {video(`"loop":true,"end_frame":` + url), 422, "loop"},
		"a loop before":           {video(`"loop":true,"end_frame":` + from(done)), 422, "loop"},
		"a loop of keyframes":     {video(`"loop":true,"keyframes":[` + url + `],"keyframe_indexes":[0]`), 422, "loop"},
		"a keyframe nowhere":      {video(`"keyframes":[` + url + `]`), 422, "keyframe_indexes"},
		"a place without one":     {video(`"keyframe_indexes":[0]`), 422, "keyframe_indexes"},
		"keyframes and a start":   {video(`"start_frame":` + url + `,"keyframes":[` + url + `],"keyframe_indexes":[0]`), 422, "in place of"},
		"a generation as one":     {video(`"keyframes":[` + from(done) + `],"keyframe_indexes":[0]`), 422, "extended"},
		"extend an unknown one":   {video(`"start_frame":` + from(unknown)), 404, "Generation not found"},
		"extend an open one":      {video(`"end_frame":` + from(open)), 400, "is not completed"},
		"a picture that is gone":  {video(`"start_frame":` + gone), 503, "could not be fetched"},
		"an end that is gone":     {video(`"start_frame":` + url + `,"end_frame":` + gone), 503, "could not be fetched"},
		"two values":              {ray("") + "{}", 400, "more than one"},
	} {
		status, text := s.call(t, "POST", agentsCreate, c.body)
		if detail := said(t, text); status != c.status || !strings.Contains(detail, c.detail) {
			t.Errorf("%s: %d %q, want %d %q", name, status, detail, c.status, c.detail)
		}
	}
	for path, want := range map[string]string{agentsCreate + "/" + unknown: "Generation not found", agentsCreate: "Unknown path", "/agents/v1/credits": "Unknown path"} {
		if status, text := s.call(t, "GET", path, ""); status != http.StatusNotFound || said(t, text) != want {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if n := len(s.Generations()); n != 2 {
		t.Errorf("%d generations are accepted, want 2", n)
	}
	if s.Balance() != plenty-2*price {
		t.Errorf("what was refused is paid: %d are left", s.Balance())
	}
	s.made(t, agentsCreate, `{"model":"ray-3.2","type":"video","prompt":"`+strings.Repeat("船", 6000)+`"}`)
}

// A picture of up to 50 MB comes as data, for which this dialect alone has room.
func TestAgentsTakesLargePictures(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	// What stands behind a picture's end is not looked at.
	whole := append(append([]byte{}, s.shown["a.png"]...), make([]byte, 2*usualBody)...)
	body := ray(`"video":{"start_frame":{"data":"` + base64.StdEncoding.EncodeToString(whole) + `","media_type":"image/png"}}`)
	if status, text := s.call(t, "POST", agentsCreate, body); status != http.StatusCreated {
		t.Errorf("%d %s", status, text)
	}
	if list := s.Generations(); len(list) != 1 || list[0].State != stateCompleted || !list[0].Inline {
		t.Errorf("accepted: %+v", list)
	}
	for size, want := range map[int]int{maxInline: 0, maxInline + 3: http.StatusRequestEntityTooLarge} {
		data, media := strings.Repeat("A", base64.StdEncoding.EncodedLen(size)), "image/png"
		if size%3 != 0 {
			data = data[:len(data)-3+size%3] + "="[:3-size%3]
		}
		_, got, err := (&agentsFrame{Data: &data, MediaType: &media}).picture("start_frame")
		status := 0
		if err != nil {
			status, _ = agents{}.refuse(err)
		}
		if status != want || want == 0 && len(got) != size {
			t.Errorf("%d bytes: %d, and %d bytes are read", size, status, len(got))
		}
	}
	if most := (agents{}).maxBody(); most < 2*maxInline*4/3 || most > 200<<20 {
		t.Errorf("a body may have %d bytes", most)
	}
}

// Out of reach by a fault is out of reach, and data still comes.
func TestAgentsSendsForTheDataOfAPicture(t *testing.T) {
	t.Parallel()
	seen := make(chan Call, 4)
	s := serve(t, Config{Observe: func(c Call) { seen <- c }})
	if err := s.SetFaults(FaultPicturesUnreachable); err != nil {
		t.Fatal(err)
	}
	url := s.url + "/pictures/a.png"
	status, text := s.call(t, "POST", agentsCreate, ray(`"video":{"start_frame":{"url":"`+url+`"}}`))
	if status != http.StatusServiceUnavailable || !strings.Contains(said(t, text), "could not be fetched") || len(s.Generations()) != 0 {
		t.Errorf("%d %s", status, text)
	}
	if c := <-seen; c.Fault != FaultPicturesUnreachable || c.Problem == "" {
		t.Errorf("it is told as %+v", c)
	}
	s.made(t, agentsCreate, ray(`"video":{"start_frame":{"data":"`+base64.StdEncoding.EncodeToString(s.shown["a.png"])+`","media_type":"image/png"}}`))
	if c := <-seen; c.Fault != "" {
		t.Errorf("it is told as %+v", c)
	}
	// The others accept it, and fail.
	s.made(t, "/luma/generations", `{"user_prompt":"a","image_url":"`+url+`"}`)
	s.made(t, dreamMachine+"/generations/video", `{"model":"ray-2","keyframes":{"frame0":{"type":"image","url":"`+url+`"}}}`)
	for range 2 {
		if c := <-seen; c.Fault != FaultPicturesUnreachable {
			t.Errorf("it is told as %+v", c)
		}
	}
	var states []string
	for _, g := range s.Generations() {
		states = append(states, g.State+" "+g.Failure)
	}
	if diff := cmp.Diff([]string{"completed ", "failed " + failureFrames, "failed " + failureFrames}, states); diff != "" {
		t.Error(diff)
	}
}

func TestExpiredLinksAreGivenAnew(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	id := s.made(t, agentsCreate, ray(""))
	for range 3 {
		link := s.linkTo(t, agentsCreate+"/"+id)
		if got := s.ask(t, "GET", link, ""); got.status != http.StatusOK {
			t.Errorf("fresh: %d", got.status)
		}
		s.ExpireLinks()
		if got := s.ask(t, "GET", link, ""); got.status != http.StatusForbidden {
			t.Errorf("expired: %d", got.status)
		}
		if next := s.linkTo(t, agentsCreate+"/"+id); next == link {
			t.Error("a query gives the same link")
		}
	}
}
