package discord

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatAPersonCannotType(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.must(200, "PUT", globalCommands, dreamCommand)
	b.online(intentGuilds)
	notes, err := b.s.Upload(b.ctx, "notes.txt", []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	ok := GivenValue{"prompt", "a"}
	for name, c := range map[string]struct {
		i    Invocation
		want error
	}{
		"as nobody":              {Invocation{User: "1", Channel: dreams, Command: "dream"}, ErrUnknown},
		"nowhere":                {Invocation{User: ada, Channel: "1", Command: "dream"}, ErrUnknown},
		"no command":             {Invocation{User: ada, Channel: dreams}, ErrUnknown},
		"another command":        {Invocation{User: ada, Channel: dreams, Command: "nightmare"}, ErrUnknown},
		"a subcommand":           {Invocation{User: ada, Channel: dreams, Command: "dream on"}, ErrUnknown},
		"without what is needed": {Invocation{User: ada, Channel: dreams, Command: "dream"}, ErrInvalid},
		"an empty text":          {Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{{"prompt", ""}}}, ErrInvalid},
		"too long a text":        {Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{{"prompt", text(501)}}}, ErrInvalid},
		"a number as text":       {Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{{"prompt", 1.0}}}, ErrInvalid},
		"an option twice":        {Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{ok, ok}}, ErrInvalid},
		"an option that is none": {Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{ok, {"x", "y"}}}, ErrInvalid},
		"a choice that is none":  {Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{ok, {"model", "ray-9"}}}, ErrInvalid},
		"a file that is none":    {Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{ok, {"image", "1"}}}, ErrUnknown},
		"a file of another kind": {Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{ok, {"image", notes.ID}}}, ErrInvalid},
		"a fraction":             {Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{ok, {"count", 1.5}}}, ErrInvalid},
		"a number out of range":  {Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{ok, {"count", 5.0}}}, ErrInvalid},
		"a boolean as text":      {Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{ok, {"loop", "yes"}}}, ErrInvalid},
	} {
		if _, err := b.s.Invoke(b.ctx, c.i); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := b.s.Autocomplete(b.ctx, Invocation{User: ada, Channel: dreams, Command: "dream", Focused: "model"}); !errors.Is(err, ErrInvalid) {
		t.Errorf("completing what does not autocomplete: %v", err)
	}
	if _, err := b.s.Upload(b.ctx, "big.bin", make([]byte, MaxUpload+1)); !errors.Is(err, ErrInvalid) {
		t.Errorf("too large an upload: %v", err)
	}
}

func TestSubcommandsAndThings(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.must(200, "PUT", globalCommands, `[{"name":"show","description":"b","options":[{"type":2,"name":"of","description":"b","options":[
		{"type":1,"name":"someone","description":"b","options":[{"type":6,"name":"who","description":"b","required":true},{"type":7,"name":"where","description":"b"},{"type":8,"name":"role","description":"b"},{"type":10,"name":"n","description":"b"}]}]}]}]`)
	c := b.online(0)
	ch := b.begin(func() (Outcome, error) {
		return b.s.Invoke(b.ctx, Invocation{User: ada, Channel: dreams, Command: "show of someone",
			Options: []GivenValue{{"who", ben}, {"where", general}, {"role", harbor}, {"n", 1.5}}})
	})
	e := c.next("INTERACTION_CREATE")
	for path, want := range map[string]any{
		"options.0.type": 2.0, "options.0.options.0.name": "someone", "options.0.options.0.options.0.value": ben, "options.0.options.0.options.3.value": 1.5,
		"resolved.users." + ben + ".username": "ben", "resolved.channels." + general + ".name": "general", "resolved.roles." + harbor + ".name": "@everyone",
	} {
		if got := e.get("data." + path); got != want {
			t.Errorf("data.%s is %v, want %v", path, got, want)
		}
	}
	b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"a"}}`)
	b.saw(ch, OutcomeMessage)
	if _, err := b.s.Invoke(b.ctx, Invocation{User: ada, Channel: dreams, Command: "show of"}); !errors.Is(err, ErrUnknown) {
		t.Errorf("half a command: %v", err)
	}
}

func TestNobodyIsThere(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{Limits: Limits{Ack: time.Hour}})
	b.must(200, "PUT", globalCommands, dreamCommand)
	events := b.s.Subscribe(b.ctx, b.s.State().Seq)
	out := b.saw(b.invoke(), OutcomeNone)
	if e := <-events; e.Type != EventNoResponse || e.User != ada || e.Command != "dream" || e.Channel != dreams || e.Outcome.Interaction != out.Interaction {
		t.Errorf("the event is %+v", e)
	}
}

func TestAnAnswerTooLate(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{Limits: Limits{Ack: 20 * time.Millisecond}})
	_, e, ch := b.dream()
	b.saw(ch, OutcomeNone)
	refused(t, b.call("POST", e.path(), `{"type":4,"data":{"content":"a"}}`), 404, 10062)
	refused(t, b.call("GET", e.hook("@original"), ""), 404, 10015)
	if n := len(b.s.Messages(dreams)); n != 0 {
		t.Errorf("there are %d messages", n)
	}
}

func TestAPersonWhoGoesAway(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.must(200, "PUT", globalCommands, dreamCommand)
	c := b.online(0)
	ctx, leave := context.WithCancel(b.ctx)
	ch := b.begin(func() (Outcome, error) {
		return b.s.Invoke(ctx, Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{{"prompt", "a"}}})
	})
	e := c.next("INTERACTION_CREATE")
	leave()
	if a := <-ch; !errors.Is(a.err, context.Canceled) {
		t.Errorf("the act ended with %v", a.err)
	}
	b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"a"}}`)
}

func TestOneAnswerOnly(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	_, e, ch := b.dream()
	refused(t, b.call("GET", e.hook("@original"), ""), 404, 10015)
	refused(t, b.call("POST", e.hook(""), `{"content":"a"}`), 404, 10015)
	refused(t, b.call("POST", e.path(), `{}`), 400, 50035)
	refusedAt(t, b.call("POST", e.path(), `{"type":7,"data":{}}`), "type")
	refusedAt(t, b.call("POST", e.path(), `{"type":8,"data":{}}`), "type")
	refusedAt(t, b.call("POST", e.path(), `{"type":4}`), "data")
	refusedAt(t, b.call("POST", e.path(), `{"type":4,"data":{"content":"`+text(2001)+`"}}`), "data.content")
	refusedAt(t, b.call("POST", e.path(), `{"type":4,"data":{"content":"a","flags":128}}`), "data.flags")
	refusedAt(t, b.call("POST", e.path(), `{"type":5,"data":{"flags":32768}}`), "data.flags")
	refused(t, b.call("POST", "interactions/1/"+e.text("token")+"/callback", `{"type":4,"data":{"content":"a"}}`), 404, 10062)
	b.must(204, "POST", e.path(), `{"type":4,"data":{"content":"a"}}`)
	b.saw(ch, OutcomeMessage)
	refused(t, b.call("POST", e.path(), `{"type":4,"data":{"content":"b"}}`), 400, 40060)
}

func TestADeferredAnswer(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	_, e, ch := b.dream()
	r := b.must(200, "POST", e.path()+"?with_response=true", `{"type":5}`)
	if r.get("interaction.response_message_loading") != true || r.get("resource.message.flags") != 128.0 {
		t.Errorf("the answer is %s", r.raw)
	}
	if m := b.saw(ch, OutcomeDeferred).Message; m.Flags != flagLoading {
		t.Errorf("people see %+v", m)
	}
	r = b.must(200, "PATCH", e.hook("@original"), `{"flags":32768,"components":[{"type":10,"content":"a"}]}`)
	if r.get("flags") != 32768.0 || r.get("edited_timestamp") != nil {
		t.Errorf("filled, it is %s", r.raw)
	}
	b.must(200, "PATCH", e.hook("@original"), `{"components":[{"type":10,"content":"b"}]}`)
	if m := b.s.Messages(dreams)[0]; m.Edits != 2 || m.Edited == nil {
		t.Errorf("people see %+v", m)
	}
}

func TestAFollowUpFillsADeferredAnswer(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	_, e, ch := b.dream()
	b.must(204, "POST", e.path(), `{"type":5,"data":{"flags":64}}`)
	first := b.saw(ch, OutcomeDeferred).Message
	r := b.must(200, "POST", e.hook(""), `{"content":"a"}`)
	if r.text("id") != first.ID || r.get("flags") != 64.0 {
		t.Errorf("the follow-up is %s", r.raw)
	}
	r = b.must(200, "POST", e.hook("")+"?wait=true", `{"content":"b"}`)
	if r.text("id") == first.ID || r.text("message_reference.message_id") != first.ID || r.text("interaction_metadata.original_response_message_id") != first.ID {
		t.Errorf("the next one is %s", r.raw)
	}
	b.must(200, "PATCH", e.hook(r.text("id")), `{"content":"c"}`)
	b.must(204, "DELETE", e.hook(r.text("id")), "")
	refused(t, b.call("GET", e.hook(r.text("id")), ""), 404, 10008)
	b.must(200, "GET", e.hook("@original"), "")
}

func TestAnEphemeralAnswerIsForOne(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c, e, m := b.answered(`{"content":"a","flags":64,"components":[{"type":1,"components":[{"type":2,"style":1,"label":"a","custom_id":"a"}]}]}`)
	if m.OnlyFor != ada {
		t.Errorf("it is for %q", m.OnlyFor)
	}
	refused(t, b.call("GET", inDreams+"/"+m.ID, ""), 404, 10008)
	refused(t, b.call("PATCH", inDreams+"/"+m.ID, `{"content":"b"}`), 404, 10008)
	if r := b.must(200, "GET", inDreams, ""); len(r.json.([]any)) != 0 {
		t.Errorf("the channel has %s", r.raw)
	}
	b.must(200, "PATCH", e.hook("@original"), `{"content":"b"}`)
	if _, err := b.s.Press(b.ctx, Press{User: ben, Message: m.ID, CustomID: "a"}); !errors.Is(err, ErrUnknown) {
		t.Errorf("somebody else's click: %v", err)
	}
	ch := b.begin(func() (Outcome, error) { return b.s.Press(b.ctx, Press{User: ada, Message: m.ID, CustomID: "a"}) })
	e = c.next("INTERACTION_CREATE")
	b.must(204, "POST", e.path(), `{"type":7,"data":{"content":"c"}}`)
	if out := b.saw(ch, OutcomeUpdate); out.Message.Content != "c" {
		t.Errorf("people see %+v", out.Message)
	}
}

func TestAButton(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c, _, m := b.answered(card)
	press := func() (event, <-chan acting) {
		ch := b.begin(func() (Outcome, error) {
			return b.s.Press(b.ctx, Press{User: ben, Message: m.ID, CustomID: "extend:1"})
		})
		return c.next("INTERACTION_CREATE"), ch
	}
	e, ch := press()
	for path, want := range map[string]any{
		"type": 3.0, "data.custom_id": "extend:1", "data.component_type": 2.0, "data.id": 4.0, "message.id": m.ID, "member.user.id": ben,
		"message.flags": 32768.0, "message.components.0.components.0.type": 10.0,
	} {
		if got := e.get(path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	r := b.must(200, "POST", e.path()+"?with_response=true", `{"type":6}`)
	if r.text("interaction.response_message_id") != m.ID || r.get("resource") != nil {
		t.Errorf("the answer is %s", r.raw)
	}
	b.saw(ch, OutcomeUpdate)
	if r := b.must(200, "GET", e.hook("@original"), ""); r.text("id") != m.ID {
		t.Errorf("@original is %s", r.raw)
	}
	e, ch = press()
	r = b.must(200, "POST", e.path()+"?with_response=true", `{"type":4,"data":{"content":"a"}}`)
	if r.text("resource.message.interaction_metadata.interacted_message_id") != m.ID || r.text("resource.message.message_reference.message_id") != m.ID {
		t.Errorf("the answer is %s", r.raw)
	}
	b.saw(ch, OutcomeMessage)
	e, ch = press()
	b.must(204, "POST", e.path(), `{"type":7,"data":{"components":[{"type":1,"components":[{"type":2,"style":1,"label":"a","custom_id":"extend:1","disabled":true}]}]}}`)
	b.saw(ch, OutcomeUpdate)
	for name, c := range map[string]struct {
		p    Press
		want error
	}{
		"a disabled one":   {Press{User: ben, Message: m.ID, CustomID: "extend:1"}, ErrInvalid},
		"one that is gone": {Press{User: ben, Message: m.ID, CustomID: "x"}, ErrUnknown},
		"no one":           {Press{User: ben, Message: m.ID}, ErrUnknown},
		"of no message":    {Press{User: ben, Message: "1", CustomID: "x"}, ErrUnknown},
		"of nobody":        {Press{User: "1", Message: m.ID, CustomID: "extend:1"}, ErrUnknown},
	} {
		if _, err := b.s.Press(b.ctx, c.p); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASelectMenu(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c, _, m := b.answered(`{"content":"a","components":[{"type":1,"components":[{"type":3,"custom_id":"s","min_values":1,"max_values":2,
		"options":[{"label":"A","value":"a"},{"label":"B","value":"b"},{"label":"C","value":"c"}]}]},{"type":1,"components":[{"type":5,"custom_id":"u"}]}]}`)
	for _, values := range [][]string{nil, {"x"}, {"a", "b", "c"}, {"a", "a"}} {
		if _, err := b.s.Press(b.ctx, Press{User: ben, Message: m.ID, CustomID: "s", Values: values}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", values, err)
		}
	}
	for id, value := range map[string]string{"s": "b", "u": mei} {
		ch := b.begin(func() (Outcome, error) {
			return b.s.Press(b.ctx, Press{User: ben, Message: m.ID, CustomID: id, Values: []string{value}})
		})
		e := c.next("INTERACTION_CREATE")
		if e.text("data.values.0") != value || id == "u" && e.text("data.resolved.users."+mei+".id") != mei {
			t.Errorf("the data is %v", e.get("data"))
		}
		b.must(204, "POST", e.path(), `{"type":6}`)
		b.saw(ch, OutcomeUpdate)
	}
}

const modal = `{"type":9,"data":{"custom_id":"m","title":"Extend","components":[
	{"type":10,"content":"What happens next?"},
	{"type":18,"label":"Prompt","component":{"type":4,"custom_id":"prompt","style":2,"min_length":2,"max_length":10,"value":"so far"}},
	{"type":1,"components":[{"type":4,"custom_id":"old","style":1,"label":"Old","required":false}]},
	{"type":18,"label":"Model","component":{"type":3,"custom_id":"model","options":[{"label":"a","value":"a"}]}},
	{"type":18,"label":"Picture","component":{"type":19,"custom_id":"file","required":false}}]}}`

func TestAModal(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c, _, m := b.answered(card)
	ch := b.begin(func() (Outcome, error) {
		return b.s.Press(b.ctx, Press{User: ben, Message: m.ID, CustomID: "extend:1"})
	})
	e := c.next("INTERACTION_CREATE")
	b.must(204, "POST", e.path(), modal)
	dialog := b.saw(ch, OutcomeModal).Modal
	refused(t, b.call("GET", e.hook("@original"), ""), 404, 10008)
	if dialog.Title != "Extend" || dialog.User != ben || dialog.Components[1].Component.Value != "so far" {
		t.Errorf("the person sees %+v", dialog)
	}
	for name, s := range map[string]Submission{
		"somebody else's": {ada, dialog.ID, map[string]string{"prompt": "more", "model": "a"}},
		"another":         {ben, "1", map[string]string{"prompt": "more", "model": "a"}},
		"nothing":         {ben, dialog.ID, nil},
		"too little":      {ben, dialog.ID, map[string]string{"prompt": "m", "model": "a"}},
		"too much":        {ben, dialog.ID, map[string]string{"prompt": text(11), "model": "a"}},
		"another choice":  {ben, dialog.ID, map[string]string{"prompt": "more", "model": "b"}},
		"another file":    {ben, dialog.ID, map[string]string{"prompt": "more", "model": "a", "file": "1"}},
		"another field":   {ben, dialog.ID, map[string]string{"prompt": "more", "model": "a", "x": "1"}},
	} {
		if _, err := b.s.Submit(b.ctx, s); !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	up, err := b.s.Upload(b.ctx, "a.png", picture(t, 2, 2))
	if err != nil {
		t.Fatal(err)
	}
	ch = b.begin(func() (Outcome, error) {
		return b.s.Submit(b.ctx, Submission{ben, dialog.ID, map[string]string{"prompt": "more", "model": "a", "file": up.ID}})
	})
	e = c.next("INTERACTION_CREATE")
	want := []any{
		map[string]any{"type": 10.0, "id": 1.0},
		map[string]any{"type": 18.0, "id": 2.0, "component": map[string]any{"type": 4.0, "id": 3.0, "custom_id": "prompt", "value": "more"}},
		map[string]any{"type": 1.0, "id": 4.0, "components": []any{map[string]any{"type": 4.0, "id": 5.0, "custom_id": "old", "value": ""}}},
		map[string]any{"type": 18.0, "id": 6.0, "component": map[string]any{"type": 3.0, "id": 7.0, "custom_id": "model", "values": []any{"a"}}},
		map[string]any{"type": 18.0, "id": 8.0, "component": map[string]any{"type": 19.0, "id": 9.0, "custom_id": "file", "values": []any{up.ID}}},
	}
	if diff := cmp.Diff(want, e.get("data.components")); diff != "" {
		t.Errorf("the fields:\n%s", diff)
	}
	if e.get("type") != 5.0 || e.text("message.id") != m.ID || e.text("data.custom_id") != "m" || e.text("data.resolved.attachments."+up.ID+".filename") != "a.png" {
		t.Errorf("the interaction is %v", e.D)
	}
	refusedAt(t, b.call("POST", e.path(), modal), "type")
	r := b.must(200, "POST", e.path()+"?with_response=true", `{"type":4,"data":{"content":"a"}}`)
	if r.get("resource.message.interaction_metadata.triggering_interaction_metadata.type") != 3.0 {
		t.Errorf("the answer is %s", r.raw)
	}
	b.saw(ch, OutcomeMessage)
	if _, err := b.s.Submit(b.ctx, Submission{ben, dialog.ID, map[string]string{"prompt": "more", "model": "a"}}); !errors.Is(err, ErrUnknown) {
		t.Errorf("sent off twice: %v", err)
	}
}

func TestModalsThatAreNotAllowed(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	_, e, ch := b.dream()
	label := func(inner string) string { return `{"type":18,"label":"a","component":` + inner + `}` }
	const input = `{"type":4,"custom_id":"a","style":1}`
	for name, c := range map[string]struct{ title, id, components, at string }{
		"no title":             {"", "m", label(input), "title"},
		"a title too long":     {text(46), "m", label(input), "title"},
		"no custom id":         {"a", "", label(input), "custom_id"},
		"no components":        {"a", "m", "", "components"},
		"six components":       {"a", "m", textDisplays(6), "components"},
		"a button":             {"a", "m", `{"type":1,"components":[{"type":2,"style":1,"label":"a","custom_id":"a"}]}`, "components.0.components.0.type"},
		"a row without label":  {"a", "m", `{"type":1,"components":[` + input + `]}`, "components.0.components.0.label"},
		"a label too long":     {"a", "m", `{"type":18,"label":"` + text(46) + `","component":` + input + `}`, "components.0.label"},
		"a label of nothing":   {"a", "m", `{"type":18,"label":"a"}`, "components.0.component"},
		"a hint too long":      {"a", "m", `{"type":18,"label":"a","description":"` + text(101) + `","component":` + input + `}`, "components.0.description"},
		"an input's own label": {"a", "m", label(`{"type":4,"custom_id":"a","style":1,"label":"b"}`), "components.0.component.label"},
		"a style of input":     {"a", "m", label(`{"type":4,"custom_id":"a","style":3}`), "components.0.component.style"},
		"a value too long":     {"a", "m", label(`{"type":4,"custom_id":"a","style":1,"value":"` + text(4001) + `"}`), "components.0.component.value"},
		"a value not allowed":  {"a", "m", label(`{"type":4,"custom_id":"a","style":1,"value":"ab","max_length":1}`), "components.0.component.value"},
		"lengths upside down":  {"a", "m", label(`{"type":4,"custom_id":"a","style":1,"min_length":2,"max_length":1}`), "components.0.component.min_length"},
		"a placeholder":        {"a", "m", label(`{"type":4,"custom_id":"a","style":1,"placeholder":"` + text(101) + `"}`), "components.0.component.placeholder"},
		"eleven files":         {"a", "m", label(`{"type":19,"custom_id":"a","max_values":11}`), "components.0.component.max_values"},
		"a field twice":        {"a", "m", label(input) + "," + label(input), "components.1.component.custom_id"},
		"a bare input":         {"a", "m", input, "components.0.type"},
	} {
		body := fmt.Sprintf(`{"type":9,"data":{"title":%q,"custom_id":%q,"components":[%s]}}`, c.title, c.id, c.components)
		t.Run(name, func(t *testing.T) { refusedAt(t, b.call("POST", e.path(), body), "data."+c.at) })
	}
	b.must(204, "POST", e.path(), modal)
	b.saw(ch, OutcomeModal)
}

func TestAutocomplete(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	b.must(200, "PUT", globalCommands, dreamCommand)
	c := b.online(0)
	ch := b.begin(func() (Outcome, error) {
		return b.s.Autocomplete(b.ctx, Invocation{User: mei, Channel: dreams, Command: "dream", Focused: "video", Options: []GivenValue{{"model", "ray-v2"}, {"video", "ha"}}})
	})
	e := c.next("INTERACTION_CREATE")
	if e.get("type") != 4.0 || e.text("data.options.1.value") != "ha" || e.get("data.options.1.focused") != true || e.get("data.options.0.focused") != nil {
		t.Errorf("the interaction is %v", e.D)
	}
	choice := func(name, value string) string {
		return fmt.Sprintf(`{"type":8,"data":{"choices":[{"name":%q,"value":%s}]}}`, name, value)
	}
	refusedAt(t, b.call("POST", e.path(), `{"type":4,"data":{"content":"a"}}`), "type")
	refusedAt(t, b.call("POST", e.path(), choice("", `"v"`)), "data.choices.0.name")
	refusedAt(t, b.call("POST", e.path(), choice(text(101), `"v"`)), "data.choices.0.name")
	refusedAt(t, b.call("POST", e.path(), choice("a", `"`+text(101)+`"`)), "data.choices.0.value")
	refusedAt(t, b.call("POST", e.path(), choice("a", `1`)), "data.choices.0.value")
	refusedAt(t, b.call("POST", e.path(), `{"type":8,"data":{"choices":[`+strings.Repeat(`{"name":"a","value":"b"},`, 25)+`{"name":"a","value":"b"}]}}`), "data.choices")
	b.must(204, "POST", e.path(), `{"type":8,"data":{"choices":[{"name":"Harbor","name_localizations":{"zh-CN":"海港"},"value":"v1"}]}}`)
	if diff := cmp.Diff([]Choice{{"海港", "v1"}}, b.saw(ch, OutcomeChoices).Choices); diff != "" {
		t.Error(diff)
	}
	refused(t, b.call("POST", e.hook(""), `{"content":"a"}`), 404, 10015)
}

func TestTokensEnd(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	c, e, m := b.answered(`{"content":"a"}`)
	b.s.mu.Lock()
	b.s.limits.TokenLife = 0
	b.s.mu.Unlock()
	refused(t, b.call("PATCH", e.hook("@original"), `{"content":"b"}`), 401, 50027)
	refused(t, b.call("POST", e.hook(""), `{"content":"b"}`), 401, 50027)
	b.must(200, "PATCH", inDreams+"/"+m.ID, `{"content":"b"}`)
	ch := b.invoke()
	c.next("INTERACTION_CREATE") // the next act lets go of those that are over
	b.s.mu.Lock()
	if b.s.acts.byID[m.InteractionID] != nil {
		t.Error("it is not forgotten")
	}
	b.s.mu.Unlock()
	refused(t, b.call("PATCH", e.hook("@original"), `{"content":"b"}`), 401, 50027)
	if err := b.s.Close(); err != nil {
		t.Error(err)
	}
	b.saw(ch, OutcomeNone)
}

func Test300AtOnce(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{Limits: Limits{Ack: patience}})
	b.must(200, "PUT", globalCommands, dreamCommand)
	c := b.online(intentGuilds | intentMessages)
	const n = 300
	results := make(chan acting, n)
	for range n {
		go func() {
			out, err := b.s.Invoke(b.ctx, Invocation{User: ada, Channel: dreams, Command: "dream", Options: []GivenValue{{"prompt", "a"}}})
			results <- acting{out, err}
		}()
	}
	answers := make(chan int, n)
	for range n {
		e := c.next("INTERACTION_CREATE")
		go func() {
			res, err := b.http.Do(b.request("POST", e.path(), "application/json", strings.NewReader(`{"type":4,"data":{"content":"a"}}`)))
			if err != nil {
				answers <- 0
				return
			}
			_ = res.Body.Close()
			answers <- res.StatusCode
		}()
	}
	seen := map[string]bool{}
	for range n {
		a := <-results
		if a.err != nil || a.out.Kind != OutcomeMessage || seen[a.out.Message.ID] {
			t.Fatalf("saw %+v, %v", a.out, a.err)
		}
		seen[a.out.Message.ID] = true
		if code := <-answers; code != 204 {
			t.Errorf("an answer got %d", code)
		}
	}
	if got := len(b.s.Messages(dreams)); got != n {
		t.Errorf("there are %d messages", got)
	}
}
