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
	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/store"
)

func TestDreamReadsEveryOption(t *testing.T) {
	f := setUp(t)
	options := strings.Join([]string{option("prompt", `"  a paper boat\r\nat dusk  "`), option("image", `"1"`), option("end_image", `"2"`),
		option("model", `"ray-v2"`), option("duration", `"5s"`), option("resolution", `"720p"`), option("expand_prompt", `false`)}, ",")
	a, err := f.do(t, commands.KindCommand, home, command("dream", options, `"1":`+picturePNG,
		`"2":{"filename":"end.webp","content_type":"image/webp","size":5,"url":"`+endURL+`","width":1,"height":2}`))
	if err != nil {
		t.Fatal(err)
	}
	no := false
	want := store.Job{
		Kind: store.KindDream, Prompt: "a paper boat\nat dusk",
		Settings: store.Settings{Model: "ray-v2", Duration: 5 * time.Second, Resolution: "720p", ExpandPrompt: &no},
		Image:    store.Picture{URL: boatURL, Expires: pictureEnds, Name: "boat.png", Width: 640, Height: 360, Size: 1000},
		EndImage: store.Picture{URL: endURL, Expires: pictureEnds, Name: "end.webp", Width: 1, Height: 2, Size: 5},
		Guild:    "100", Channel: "200", Member: "400", Locale: "en-US", UploadLimit: 10485760, CreatedAt: now, Counts: 5 * time.Second,
		Origin: store.Origin{Application: "600", Interaction: "500", Expires: now.Add(15 * time.Minute)},
	}
	got := *a.Job
	if got.Origin.Token.Reveal() != "aToken" || len(got.ID) != 20 {
		t.Errorf("token kept: %v; id %q", got.Origin.Token.Reveal() == "aToken", got.ID)
	}
	want.ID, want.Origin.Token = got.ID, got.Origin.Token
	a0, _ := json.Marshal(want)
	a1, _ := json.Marshal(got)
	if diff := cmp.Diff(string(a0), string(a1)); diff != "" {
		t.Errorf("job (-want +got):\n%s", diff)
	}
}

func TestExtendTakesTheVideoThatIsNamedOrTheNewest(t *testing.T) {
	f := setUp(t)
	mine := f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "one", CreatedAt: now}, store.StateCompleted)
	newest := f.put(t, store.Job{ID: id(2), Guild: "100", Channel: "200", Member: "400", Prompt: "two", CreatedAt: now.Add(1)}, store.StateCompleted)
	f.put(t, store.Job{ID: id(3), Guild: "100", Channel: "200", Member: "400", Prompt: "unfinished", CreatedAt: now.Add(2)}, store.StateQueued)
	f.put(t, store.Job{ID: id(4), Guild: "100", Channel: "201", Member: "400", Prompt: "elsewhere", CreatedAt: now.Add(3)}, store.StateCompleted)
	others := f.put(t, store.Job{ID: id(5), Guild: "100", Channel: "200", Member: "401", Prompt: "another's", CreatedAt: now.Add(4)}, store.StateCompleted)
	for options, want := range map[string]store.Job{
		option("prompt", `"it rains"`):                                            newest,
		option("prompt", `"it rains"`) + "," + option("video", `"`+mine.ID+`"`):   mine,
		option("prompt", `"it rains"`) + "," + option("video", `"`+others.ID+`"`): others,
	} {
		a, err := f.do(t, commands.KindCommand, home, command("extend", options+","+option("end_image", `"1"`), `"1":`+picturePNG))
		if err != nil {
			t.Fatal(err)
		}
		if a.Job.Kind != store.KindExtend || a.Job.Parent != want.ID || a.Job.EndImage.IsZero() {
			t.Errorf("%s: %s of %s, with picture %v; want extend of %s", options, a.Job.Kind, a.Job.Parent, !a.Job.EndImage.IsZero(), want.ID)
		}
	}
}

func TestMistakesAreRefusedBeforeAnythingIsStored(t *testing.T) {
	const lying = `{"filename":"evil.png","content_type":"application/pdf","size":1,"url":"https://c/x","width":1,"height":1}`
	const undecoded = `{"filename":"fake.png","content_type":"image/png","size":1,"url":"https://c/x"}`
	const gif = `{"filename":"a.gif","content_type":"image/gif","size":1,"url":"https://c/x","width":1,"height":1}`
	const huge = `{"filename":"a.png","content_type":"image/png","size":20971521,"url":"https://c/x","width":1,"height":1}`
	p := option("prompt", `"a boat"`)
	for name, c := range map[string]struct {
		where where
		kind  commands.Kind
		data  string
		want  string
	}{
		"blank prompt":                  {home, 2, command("dream", option("prompt", `"   "`)), "refusal.prompt.blank"},
		"invisible prompt":              {home, 2, command("dream", option("prompt", `"\u200b\u2060\u3164 \ufeff"`)), "refusal.prompt.blank"},
		"prompt of soft hyphens":        {home, 2, command("dream", option("prompt", `"\u00ad\u00ad\u00ad\u2061\u206a\u180e"`)), "refusal.prompt.blank"},
		"no prompt":                     {home, 2, command("dream", ""), "refusal.prompt.blank"},
		"short prompt":                  {home, 2, command("dream", option("prompt", `"ab"`)), "refusal.prompt.short"},
		"long prompt":                   {home, 2, command("dream", option("prompt", `"`+strings.Repeat("水", 5001)+`"`)), "refusal.prompt.long"},
		"picture that is none":          {home, 2, command("dream", p+","+option("image", `"1"`), `"1":`+lying), "refusal.image.kind"},
		"picture not decoded":           {home, 2, command("dream", p+","+option("image", `"1"`), `"1":`+undecoded), "refusal.image.kind"},
		"gif":                           {home, 2, command("dream", p+","+option("image", `"1"`), `"1":`+gif), "refusal.image.kind"},
		"huge picture":                  {home, 2, command("dream", p+","+option("image", `"1"`), `"1":`+huge), "refusal.image.size"},
		"picture without file":          {home, 2, command("dream", p+","+option("image", `"9"`)), "refusal.image.kind"},
		"end picture alone":             {home, 2, command("dream", p+","+option("end_image", `"1"`), `"1":`+picturePNG), "refusal.end_image.alone"},
		"unknown model":                 {home, 2, command("dream", p+","+option("model", `"ray-v9"`)), "refusal.option"},
		"unknown duration":              {home, 2, command("dream", p+","+option("duration", `"9h"`)), "refusal.option"},
		"unknown resolution":            {home, 2, command("dream", p+","+option("resolution", `"8k"`)), "refusal.option"},
		"unknown command":               {home, 2, command("drown", p), "refusal.unknown"},
		"extend: nothing there":         {where{"100", "299", "400"}, 2, command("extend", p), "refusal.video.none"},
		"extend: unknown":               {home, 2, command("extend", p+","+option("video", `"no such"`)), "refusal.video.unknown"},
		"extend: unfinished":            {home, 2, command("extend", p+","+option("video", `"`+id(2)+`"`)), "refusal.video.unfinished"},
		"extend: failed":                {home, 2, command("extend", p+","+option("video", `"`+id(3)+`"`)), "refusal.video.failed"},
		"extend: another server's":      {home, 2, command("extend", p+","+option("video", `"`+id(4)+`"`)), "refusal.video.unknown"},
		"extend: another's in DM":       {dm, 2, command("extend", p+","+option("video", `"`+id(5)+`"`)), "refusal.video.unknown"},
		"extend: server's from DM":      {dm, 2, command("extend", p+","+option("video", `"`+id(8)+`"`)), "refusal.video.unknown"},
		"extend: removed":               {home, 2, command("extend", p+","+option("video", `"`+id(9)+`"`)), "refusal.video.unknown"},
		"extend: blank":                 {home, 2, command("extend", option("prompt", `" "`)), "refusal.prompt.blank"},
		"extend: end picture":           {home, 2, command("extend", p+","+option("end_image", `"1"`), `"1":`+gif), "refusal.image.kind"},
		"button: forged":                {home, 3, `{"custom_id":"1:drop:table","component_type":2}`, "refusal.unknown"},
		"button: gone":                  {home, 3, `{"custom_id":"1:extend:` + id(99) + `","component_type":2}`, "refusal.job.gone"},
		"button: another server's":      {home, 3, `{"custom_id":"1:extend:` + id(4) + `","component_type":2}`, "refusal.job.gone"},
		"button: unfinished":            {home, 3, `{"custom_id":"1:extend:` + id(2) + `","component_type":2}`, "refusal.video.unfinished"},
		"button: begin, forged":         {home, 3, button("1:begin:" + id(1)), "refusal.unknown"},
		"button: again, source gone":    {home, 3, button("1:again:" + id(7)), "refusal.job.gone"},
		"story: nothing there":          {where{"100", "299", "400"}, 2, command("story", ""), "refusal.story.none"},
		"story: unknown":                {home, 2, command("story", option("video", `"no such"`)), "refusal.video.unknown"},
		"history: unknown":              {home, 2, command("history", option("job", `"no such"`)), "refusal.video.unknown"},
		"history: another server's":     {home, 2, command("history", option("job", `"`+id(4)+`"`)), "refusal.video.unknown"},
		"history: removed":              {home, 2, command("history", option("job", `"`+id(9)+`"`)), "refusal.video.unknown"},
		"button: removed":               {home, 3, `{"custom_id":"1:extend:` + id(9) + `","component_type":2}`, "refusal.job.gone"},
		"button: cancel, another's":     {home, 3, `{"custom_id":"1:cancel:` + id(8) + `","component_type":2}`, "refusal.rights"},
		"button: delete, another's":     {home, 3, `{"custom_id":"1:delete:` + id(8) + `","component_type":2}`, "refusal.rights"},
		"button: remove, another's":     {home, 3, `{"custom_id":"1:remove:` + id(8) + `","component_type":2}`, "refusal.rights"},
		"button: remove, from DM":       {dm, 3, `{"custom_id":"1:remove:` + id(8) + `","component_type":2}`, "refusal.job.gone"},
		"button: delete, unfinished":    {home, 3, `{"custom_id":"1:delete:` + id(2) + `","component_type":2}`, "refusal.video.unfinished"},
		"modal: cancel, forged":         {home, 5, modal("1:cancel:"+id(2), "x"), "refusal.unknown"},
		"modal: keep, forged":           {home, 5, modal("1:keep:"+id(1), "x"), "refusal.unknown"},
		"modal: show, forged":           {home, 5, modal("1:show:"+id(1), "x"), "refusal.unknown"},
		"modal: story, forged":          {home, 5, modal("1:story:"+id(1)+":0", "x"), "refusal.unknown"},
		"modal: history, forged":        {home, 5, modal("1:history::0", "x"), "refusal.unknown"},
		"modal: remix, blank":           {home, 5, modal("1:remix:"+id(1), " "), "refusal.prompt.blank"},
		"modal: begin, blank":           {home, 5, modal("1:begin:"+id(1), " "), "refusal.prompt.blank"},
		"modal: begin, unknown":         {home, 5, modal("1:begin:"+id(1), "a boat"), "refusal.draft.gone"},
		"modal: remove, forged":         {home, 5, modal("1:remove:"+id(1), "x"), "refusal.unknown"},
		"modal: blank":                  {home, 5, modal("1:extend:"+id(1), " "), "refusal.prompt.blank"},
		"modal: another server's":       {home, 5, modal("1:extend:"+id(4), "a boat"), "refusal.job.gone"},
		"modal: retry, pictures gone":   {home, 5, modal("1:retry:"+id(6), "a boat"), "refusal.picture.gone"},
		"modal: retry, source gone":     {home, 5, modal("1:retry:"+id(7), "a boat"), "refusal.job.gone"},
		"modal: extend, still dreaming": {home, 5, modal("1:extend:"+id(2), "a boat"), "refusal.video.unfinished"},
	} {
		t.Run(name, func(t *testing.T) {
			f := setUp(t)
			job := func(n int, w where) store.Job {
				return store.Job{ID: id(n), Guild: w.guild, Channel: w.channel, Member: w.member, Prompt: "x"}
			}
			f.put(t, job(1, home), store.StateCompleted)
			f.put(t, job(2, home), store.StateQueued)
			f.put(t, job(3, home), store.StateFailed)
			f.put(t, job(4, where{"101", "210", "400"}), store.StateCompleted)
			f.put(t, job(5, where{"", "251", "401"}), store.StateCompleted)
			old := job(6, home)
			old.Image = store.Picture{URL: "https://c/x", Expires: now.Add(-time.Hour)}
			f.put(t, old, store.StateFailed)
			orphan := job(7, home)
			orphan.Kind, orphan.Parent = store.KindExtend, id(98)
			f.put(t, orphan, store.StateFailed)

			f.put(t, job(8, where{"100", "200", "401"}), store.StateCompleted)
			f.remove(t, f.put(t, job(9, home), store.StateCompleted).ID)

			_, err := f.do(t, c.kind, c.where, c.data)
			var r *commands.Refusal
			if !errors.As(err, &r) || r.Key != c.want {
				t.Fatalf("got %v, want a refusal %s", err, c.want)
			}
			catalog, err := i18n.Load()
			if err != nil {
				t.Fatal(err)
			}
			if text := catalog.For("en-US").Say(r.Key, r.Args); text == r.Key || strings.Contains(text, "<no value>") {
				t.Errorf("the person reads %q", text)
			}
			if len(f.line.acts) != 0 {
				t.Errorf("it was done all the same: %q", f.line.acts)
			}
			if len(f.line.got) != 0 {
				t.Errorf("%d jobs were submitted", len(f.line.got))
			}
		})
	}
}

func TestButtonsOpenModalsAndModalsBeginJobs(t *testing.T) {
	f := setUp(t)
	yes := true
	done := f.put(t, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "401", Prompt: "one"}, store.StateCompleted)
	failed := f.put(t, store.Job{ID: id(2), Guild: "100", Channel: "200", Member: "401", Prompt: "two",
		Settings: store.Settings{Model: "ray-v2", ExpandPrompt: &yes}, Image: store.Picture{URL: "https://c/x", Expires: now.Add(time.Hour)}}, store.StateFailed)
	failedExtend := f.put(t, store.Job{ID: id(3), Kind: store.KindExtend, Parent: done.ID, Guild: "100", Channel: "200", Member: "401", Prompt: "three"}, store.StateFailed)

	for _, j := range []store.Job{done, failed} {
		verb := map[string]string{done.ID: "extend", failed.ID: "retry"}[j.ID]
		a, err := f.do(t, commands.KindComponent, home, `{"custom_id":"1:`+verb+`:`+j.ID+`","component_type":2}`)
		if err != nil || a.Modal == nil || a.Modal.CustomID != "1:"+verb+":"+j.ID {
			t.Errorf("pressing %s: %+v, %v", verb, a.Modal, err)
		}
	}
	for name, c := range map[string]struct {
		data string
		want store.Job
	}{
		"extend":          {modal("1:extend:"+done.ID, "and on"), store.Job{Kind: store.KindExtend, Parent: done.ID, Prompt: "and on"}},
		"retry":           {modal("1:retry:"+failed.ID, "again"), store.Job{Kind: store.KindDream, Prompt: "again", Settings: failed.Settings, Image: failed.Image}},
		"retry an extend": {modal("1:retry:"+failedExtend.ID, "again"), store.Job{Kind: store.KindExtend, Parent: done.ID, Prompt: "again"}},
		"the older shape": {`{"custom_id":"1:extend:` + done.ID + `","components":[{"type":1,"components":[{"type":4,"custom_id":"prompt","value":"and on"}]}]}`,
			store.Job{Kind: store.KindExtend, Parent: done.ID, Prompt: "and on"}},
		"two fields": {`{"custom_id":"1:extend:` + done.ID + `","components":[{"type":18,"component":{"type":4,"custom_id":"prompt","value":"and "}},{"type":18,"component":{"type":4,"custom_id":"prompt_more","value":"on"}}]}`,
			store.Job{Kind: store.KindExtend, Parent: done.ID, Prompt: "and on"}},
	} {
		a, err := f.do(t, commands.KindModal, home, c.data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := *a.Job
		if got.Kind != c.want.Kind || got.Parent != c.want.Parent || got.Prompt != c.want.Prompt || got.Member != home.member ||
			!cmp.Equal(got.Settings, c.want.Settings) || got.Image.URL != c.want.Image.URL {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestCompletionSuggestsOwnThenTheChannels(t *testing.T) {
	f := setUp(t)
	for i := range 30 {
		f.put(t, store.Job{ID: id(i), Guild: "100", Channel: "200", Member: "401", Prompt: fmt.Sprint("theirs ", i), CreatedAt: now.Add(time.Duration(i))}, store.StateCompleted)
	}
	f.put(t, store.Job{ID: id(50), Guild: "100", Channel: "201", Member: "400", Prompt: "Mine, elsewhere", CreatedAt: now}, store.StateCompleted)
	f.put(t, store.Job{ID: id(51), Guild: "101", Channel: "300", Member: "400", Prompt: "another server's", CreatedAt: now}, store.StateCompleted)
	f.put(t, store.Job{ID: id(52), Guild: "100", Channel: "200", Member: "400", Prompt: "unfinished", CreatedAt: now}, store.StateQueued)

	complete := func(w where, typed string) []string {
		a, err := f.do(t, commands.KindComplete, w, fmt.Sprintf(`{"id":"700","name":"extend","type":1,"options":[{"name":"video","type":3,"value":%q,"focused":true}]}`, typed))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, c := range a.Choices {
			names = append(names, c.Name)
		}
		return names
	}
	all := complete(home, "")
	if len(all) != 25 || all[0] != "Mine, elsewhere" || all[1] != "theirs 29" {
		t.Errorf("suggested %d: %v", len(all), all)
	}
	if got := complete(home, "mine"); !slices.Equal(got, []string{"Mine, elsewhere"}) {
		t.Errorf("for %q: %v", "mine", got)
	}
	if got := complete(where{"", "250", "400"}, ""); len(got) != 0 {
		t.Errorf("in direct messages: %v", got)
	}
}

func TestWhatKeepsAJobFromBeingTakenIsSaid(t *testing.T) {
	for want, refusal := range map[string]error{
		"refusal.line.full": store.ErrFull,
		"refusal.busy":      &store.BusyError{Limit: 5, Until: now.Add(time.Minute)},
		"refusal.unstored":  errors.New("no space left"),
	} {
		f := setUp(t)
		f.line.refuses = fmt.Errorf("submit: %w", refusal)
		_, err := f.do(t, commands.KindCommand, home, command("dream", option("prompt", `"a boat"`)))
		var r *commands.Refusal
		if !errors.As(err, &r) || r.Key != want {
			t.Fatalf("got %v, want %s", err, want)
		}
		if ours := r.Err != nil; ours != (want == "refusal.unstored") {
			t.Errorf("%s: the operator hears of it: %v", want, ours)
		}
		if want == "refusal.busy" && (r.Args["Max"] != 5 || r.Args["Time"] != now.Add(time.Minute)) {
			t.Errorf("%s: %v", want, r.Args)
		}
	}
}

func TestDefinitionsKeepDiscordsRules(t *testing.T) {
	for _, can := range dialects {
		checkRules(t, speaking(t, can))
	}
}

func checkRules(t *testing.T, f *fixture) {
	t.Helper()
	for _, guildOnly := range []bool{false, true} {
		for _, d := range f.set.Definitions(guildOnly) {
			// Everywhere: in servers, in direct messages with the bot and between
			// persons; installed by servers and by members. What is a server's own
			// is there alone.
			var contexts, installs []int
			switch {
			case guildOnly:
			case slices.Contains([]string{"share", "prompts", "profile", "contest", "settings"}, d.Name):
				contexts, installs = []int{0}, []int{0}
			default:
				contexts, installs = []int{0, 1, 2}, []int{0, 1}
			}
			permissions := map[string]string{"settings": "32", "contest": "8192"}[d.Name]
			if d.Permissions != permissions {
				t.Errorf("/%s asks for the permissions %q, want %q", d.Name, d.Permissions, permissions)
			}
			if !slices.Equal(d.Contexts, contexts) || !slices.Equal(d.IntegrationTypes, installs) {
				t.Errorf("/%s, guild only %v: contexts %v, integration types %v", d.Name, guildOnly, d.Contexts, d.IntegrationTypes)
			}
			optional := false
			for _, o := range d.Options {
				if o.Required && optional {
					t.Errorf("/%s: required %s stands behind an optional one", d.Name, o.Name)
				}
				optional = optional || !o.Required
				if o.Type == 11 && !slices.Equal(o.FileTypes, []string{"image"}) {
					t.Errorf("/%s %s takes files %v", d.Name, o.Name, o.FileTypes)
				}
				if o.NameLocalizations["zh-CN"] == "" || o.DescriptionLocalizations["zh-CN"] == "" {
					t.Errorf("/%s %s is not localized", d.Name, o.Name)
				}
			}
		}
	}
}

func FuzzInteraction(f *testing.F) {
	for _, seed := range [][]byte{
		payload(2, home, command("dream", option("prompt", `"a boat"`)+","+option("image", `"1"`), `"1":`+picturePNG)),
		payload(2, where{"", "2", "3"}, command("extend", option("prompt", `5`)+","+option("video", `true`))),
		payload(3, home, `{"custom_id":"1:extend:`+id(1)+`","component_type":2}`),
		payload(3, home, `{"custom_id":"1:cancel:`+id(1)+`","component_type":2}`),
		payload(3, home, `{"custom_id":"1:delete:`+id(1)+`","component_type":2}`),
		payload(3, home, `{"custom_id":"1:remove:`+id(1)+`","component_type":2}`),
		payload(4, home, `{"name":"extend","options":[{"name":"video","value":"x","focused":true}]}`),
		payload(5, home, modal("1:retry:"+id(1), "x")),
		payload(5, home, modal("1:remix:"+id(2), "a boat", "image", picturePNG, "end_image", `{"size":-1}`)),
		payload(5, home, modal("1:begin:"+id(3), "a boat")),
		payload(2, home, command("story", option("video", `"`+id(1)+`"`))),
		payload(2, home, command("history", option("job", `"`+id(1)+`"`))),
		payload(2, home, menu("Dream from this picture", "1", `{"attachments":[`+picturePNG+`]}`)),
		payload(2, home, menu("Dream from this picture", "1", forwarded(`{"embeds":[{"image":{"proxy_url":"https://c/x","content_type":"image/png","width":1,"height":1}}]}`))),
		payload(2, home, menu("Dream from this picture", "1", `{"components":[{"type":17,"components":[{"type":12,"items":[{"media":{"url":"https://c/x"}}]},{"accessory":{"media":{}}}]}]}`)),
		payload(2, home, menu("Extend this video", "91", `{}`)),
		guestPayload(`"context":2,"authorizing_integration_owners":{"1":"400"}`),
		guestPayload(`"context":0,"authorizing_integration_owners":{"0":"100","1":"400"}`),
		on(payload(3, home, button("1:keep:"+id(1))), "91", 0),
		on(payload(3, home, button("1:remove:"+id(1))), "91", 64),
		payload(3, home, button("1:again:"+id(1))), payload(3, home, button("1:remix:"+id(2))), payload(3, home, button("1:show:"+id(1))),
		payload(3, home, button("1:story:"+id(1)+":7")), payload(3, home, button("1:history::199")), payload(3, dm, button("1:history::0")),
		payload(5, home, `{"custom_id":"x","components":[{"type":99,"component":{"type":19,"custom_id":"f","values":["1"]}},{"components":[{"components":[{"components":[{"custom_id":"deep"}]}]}]}]}`),
		payloadBy(3, home, manageServer, sets(reply.SetChannels, "201", "202")), payloadBy(3, home, manageServer, sets(reply.SetRoles, "701")),
		payloadBy(3, home, manageServer, sets(reply.SetGuildLength, "60")), payloadBy(3, home, manageServer, sets(reply.SetReaction, "off")),
		payloadBy(3, home, manageServer, sets(reply.SetDuration, "5s")), payloadBy(3, home, manageServer, sets(reply.TabWords)),
		payloadBy(3, home, "8", sets(reply.SetShowcase, "204")), payload(3, home, sets(reply.SetSpoiler, "always")),
		payloadBy(5, home, manageServer, fills(reply.SetExact, reply.InputMemberDreams, "7", reply.InputGuildLength, "")),
		payloadBy(5, home, manageServer, fills(reply.SetUnwanted, reply.InputUnwanted, "cat\n\u200b\n狗")),
		withRoles(payload(2, home, command("usage", "")), "701"), payload(2, dm, command("export", "")), payload(3, home, forgets(reply.ActionSpare)),
		inThread(payload(2, home, sub("prompts", "search", option("words", `"a boat"`))), "201"),
		payload(2, home, command("share", option("video", `"`+id(1)+`"`))), payload(3, home, button("1:share:"+id(1))), payload(3, home, button("1:withdraw:"+id(1))),
		payload(2, home, sub("prompts", "top", option("period", `"all"`))), payload(3, home, button("1:gallery:search:3:a:b c")),
		payload(3, home, button("1:use:"+id(1))), payload(5, home, modal("1:reuse:"+id(1), "a boat")),
		payload(2, home, command("profile", option("member", `"401"`))), payload(2, home, command("dream", option("prompt", `"prompt:`+id(1)+`"`))),
		payload(2, home, command("dream", option("prompt", `"a boat"`)+","+option("aspect_ratio", `"9:16"`)+`,{"name":"loop","type":5,"value":true}`)),
		payload(2, home, command("extend", option("prompt", `"a boat"`)+","+option("direction", `"backward"`))),
		payload(2, home, command("blend", option("first", `"`+id(1)+`"`)+","+option("second", `"`+id(4)+`"`)+","+option("prompt", `"a boat"`))),
		payload(2, home, command("upscale", option("resolution", `"4k"`))), payload(2, home, command("sound", option("prompt", `"gulls"`))),
		payload(3, home, button("1:again:"+id(5))), payload(3, home, button("1:remix:"+id(6))), payload(5, home, modal("1:retry:"+id(7), "gulls")),
		payload(4, home, `{"name":"blend","options":[{"name":"second","value":"p","focused":true}]}`),
		payload(4, home, `{"name":"dream","options":[{"name":"prompt","value":"p","focused":true}]}`),
		payload(1, home, `null`), payload(77, home, `{"a":[]}`), []byte(`null`), []byte(`[]`), []byte(`{`),
	} {
		f.Add(seed)
	}
	x := speaking(f, able)
	x.put(f, store.Job{ID: id(1), Guild: "100", Channel: "200", Member: "400", Prompt: "p"}, store.StateCompleted)
	x.put(f, store.Job{ID: id(2), Guild: "100", Channel: "200", Member: "400", Prompt: "q", Image: store.Picture{URL: "https://c/x"}}, store.StateFailed)
	for n, kind := range map[int]store.Kind{4: store.KindDream, 5: store.KindUpscale, 6: store.KindSound, 7: store.KindBlend} {
		j := store.Job{ID: id(n), Kind: kind, Guild: "100", Channel: "200", Member: "400", Prompt: "p", Settings: store.Settings{Resolution: "1080p"}}
		if kind.Derived() {
			j.Parent, j.Second = id(1), id(4)
		}
		x.put(f, j, store.StateCompleted)
	}
	if err := x.store.Keep(f.Context(), store.Draft{ID: id(3), Member: "400", Image: store.Picture{URL: boatURL, Expires: pictureEnds}, CreatedAt: now}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := commands.Decode(data, now)
		if err != nil {
			if strings.Contains(err.Error(), "aToken") {
				t.Error("the error holds the token")
			}
			return
		}
		x.line.refuses, x.line.acts = store.ErrFull, nil // nothing piles up over a long run
		a, err := x.set.Handle(t.Context(), in)
		if err == nil && a.Job == nil && a.Modal == nil && a.Choices == nil && a.Notice == nil && a.Public == nil && !a.Deferred && !a.Erased {
			t.Error("neither an answer nor an error")
		}
		if !has(in, 1<<5|1<<3) && err == nil && strings.HasPrefix(in.CustomID, "1:settings:") {
			t.Errorf("%s by somebody with the permissions %b", in.CustomID, in.Permissions)
		}
		r := x.settingsOf(t, "100")
		if !cmp.Equal(r, community.Settings{}) {
			x.rule(t, "100", func(s *community.Settings) { *s = community.Settings{} }) // so that it stands in nobody's way
		}
		if len(r.Channels) > 25 || len(r.Roles) > 25 || len(r.Hidden) > 25 || len(r.Unwanted) > community.MaxUnwanted ||
			r.MemberDreams < 0 || r.MemberDreams > community.MaxMemberDreams || r.GuildLength < 0 || r.GuildLength > community.MaxGuildLength ||
			r.Reaction.Members < 0 || r.Reaction.Members > community.MaxMembers {
			t.Errorf("beyond their bounds: %+v", r)
		}
	})
}

// has reports whether an interaction is by somebody with any of these permissions.
func has(in commands.Interaction, any uint64) bool { return in.Permissions&any != 0 }

func TestAModalIsOneOfOurs(t *testing.T) {
	if _, err := reply.ParseAction("1:extend:" + id(1)); err != nil {
		t.Error(err) // the ids that these tests make up have the right form
	}
}

// Discord's bounds on what is registered.
// Source: discord-api-docs, interactions/application-commands.
func TestDefinitionsKeepDiscordsBounds(t *testing.T) {
	for _, can := range dialects {
		checkBounds(t, speaking(t, can))
	}
}

func checkBounds(t *testing.T, f *fixture) {
	t.Helper()
	definitions := f.set.Definitions(false)
	if len(definitions) > 100 {
		t.Errorf("%d commands", len(definitions))
	}
	within := func(what, text string, most int) int {
		n := len([]rune(text))
		if n < 1 || n > most {
			t.Errorf("%s has %d characters, want 1 to %d: %q", what, n, most, text)
		}
		return n
	}
	all := func(what, text string, other map[string]string, most int) int {
		n := within(what, text, most)
		for locale, text := range other {
			n = max(n, within(what+" in "+locale, text, most))
		}
		return n
	}
	seen := map[string]bool{}
	for _, d := range definitions {
		if seen[d.Name] {
			t.Errorf("two commands are called %q", d.Name)
		}
		seen[d.Name] = true
		size := all("name", d.Name, d.NameLocalizations, 32)
		if slash := d.Type == 1; slash != (d.Name == strings.ToLower(d.Name) && !strings.Contains(d.Name, " ")) || slash != (d.Description != "") {
			t.Errorf("%q, described as %q, is of type %d", d.Name, d.Description, d.Type)
		}
		if d.Type == 1 {
			size += all(d.Name, d.Description, d.DescriptionLocalizations, 100)
		} else if d.Options != nil || d.DescriptionLocalizations != nil {
			t.Errorf("the entry %q in a menu has options or a description", d.Name)
		}
		if len(d.Options) > 25 {
			t.Errorf("%q has %d options", d.Name, len(d.Options))
		}
		for _, o := range d.Options {
			size += all(d.Name+" "+o.Name, o.Name, o.NameLocalizations, 32) + all(d.Name+" "+o.Name, o.Description, o.DescriptionLocalizations, 100)
			for _, c := range o.Choices {
				size += all(o.Name, c.Name, c.NameLocalizations, 100) + len(c.Value)
			}
		}
		if size > 8000 {
			t.Errorf("%q has %d characters in all", d.Name, size)
		}
	}
}
