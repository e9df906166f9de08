package discord

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const inDreams = "channels/" + dreams + "/messages"

func text(n int) string { return strings.Repeat("梦", n) }

func v2(components string) string { return `{"flags":32768,"components":[` + components + `]}` }

func textDisplays(n int) string {
	return strings.TrimSuffix(strings.Repeat(`{"type":10,"content":"a"},`, n), ",")
}

func TestMessagesThatAreNotAllowed(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	const button = `{"type":2,"style":1,"label":"a","custom_id":"a"}`
	row := func(inner string) string { return `{"type":1,"components":[` + inner + `]}` }
	for name, c := range map[string]struct{ body, at string }{
		"content too long":                   {`{"content":"` + text(2001) + `"}`, "content"},
		"content that is no text":            {`{"content":1}`, "content"},
		"a nonce too long":                   {`{"content":"a","nonce":"` + text(26) + `"}`, "nonce"},
		"an ephemeral channel message":       {`{"content":"a","flags":64}`, "flags"},
		"a poll":                             {`{"content":"a","poll":{}}`, "poll"},
		"an unknown reply":                   {`{"content":"a","message_reference":{"message_id":"1"}}`, "message_reference"},
		"mentions parsed and listed":         {`{"content":"a","allowed_mentions":{"parse":["users"],"users":["1"]}}`, "allowed_mentions.parse"},
		"unknown kinds of mentions":          {`{"content":"a","allowed_mentions":{"parse":["all"]}}`, "allowed_mentions.parse.0"},
		"eleven embeds":                      {`{"embeds":[{},{},{},{},{},{},{},{},{},{},{}]}`, "embeds"},
		"6,001 characters of embeds":         {`{"embeds":[{"description":"` + text(4000) + `"},{"description":"` + text(2001) + `"}]}`, "embeds"},
		"an attachment that is not there":    {`{"content":"a","attachments":[{"id":"0"}]}`, "attachments.0.id"},
		"V2 with content":                    {`{"flags":32768,"content":"a","components":[{"type":10,"content":"a"}]}`, "content"},
		"V2 with embeds":                     {`{"flags":32768,"embeds":[{"title":"a"}],"components":[{"type":10,"content":"a"}]}`, "embeds"},
		"V2 components without the flag":     {`{"content":"a","components":[{"type":10,"content":"a"}]}`, "components.0.type"},
		"a component without a type":         {v2(`{"content":"a"}`), "components.0.type"},
		"41 components":                      {v2(`{"type":17,"components":[` + textDisplays(40) + `]}`), "components"},
		"4,001 characters of text":           {v2(`{"type":10,"content":"` + text(4000) + `"},{"type":10,"content":"a"}`), "components"},
		"an empty text":                      {v2(`{"type":10,"content":""}`), "components.0.content"},
		"a container in a container":         {v2(`{"type":17,"components":[{"type":17,"components":[{"type":10,"content":"a"}]}]}`), "components.0.components.0.type"},
		"an accent colour out of range":      {v2(`{"type":17,"accent_color":16777216,"components":[{"type":10,"content":"a"}]}`), "components.0.accent_color"},
		"an empty container":                 {v2(`{"type":17,"components":[]}`), "components.0.components"},
		"six buttons in a row":               {v2(row(strings.Repeat(button+",", 5) + button)), "components.0.components"},
		"an empty row":                       {v2(row("")), "components.0.components"},
		"a menu beside a button":             {v2(row(button + `,{"type":3,"custom_id":"m","options":[{"label":"a","value":"a"}]}`)), "components.0.components"},
		"a text input in a message":          {v2(row(`{"type":4,"style":1,"custom_id":"a"}`)), "components.0.components.0.type"},
		"a label too long":                   {v2(row(`{"type":2,"style":1,"label":"` + text(81) + `","custom_id":"a"}`)), "components.0.components.0.label"},
		"a button with nothing on it":        {v2(row(`{"type":2,"style":1,"custom_id":"a"}`)), "components.0.components.0"},
		"a button without an id":             {v2(row(`{"type":2,"style":1,"label":"a"}`)), "components.0.components.0.custom_id"},
		"a custom id too long":               {v2(row(`{"type":2,"style":1,"label":"a","custom_id":"` + text(101) + `"}`)), "components.0.components.0.custom_id"},
		"an empty custom id":                 {v2(row(`{"type":2,"style":1,"label":"a","custom_id":""}`)), "components.0.components.0.custom_id"},
		"a custom id twice":                  {v2(row(button) + "," + row(button)), "components.1.components.0.custom_id"},
		"a component id twice":               {v2(`{"type":10,"id":3,"content":"a"},{"type":10,"id":3,"content":"a"}`), "components.1.id"},
		"a style that is none":               {v2(row(`{"type":2,"style":9,"label":"a","custom_id":"a"}`)), "components.0.components.0.style"},
		"a link with a custom id":            {v2(row(`{"type":2,"style":5,"label":"a","url":"https://a.b","custom_id":"a"}`)), "components.0.components.0.custom_id"},
		"a link without a url":               {v2(row(`{"type":2,"style":5,"label":"a"}`)), "components.0.components.0.url"},
		"a link to a file":                   {v2(row(`{"type":2,"style":5,"label":"a","url":"file://a/b"}`)), "components.0.components.0.url"},
		"a url on a button":                  {v2(row(`{"type":2,"style":1,"label":"a","url":"https://a.b","custom_id":"a"}`)), "components.0.components.0.url"},
		"a premium button":                   {v2(row(`{"type":2,"style":6,"sku_id":"1"}`)), "components.0.components.0.sku_id"},
		"an emoji that is none":              {v2(row(`{"type":2,"style":1,"custom_id":"a","emoji":{}}`)), "components.0.components.0.emoji"},
		"a menu without options":             {v2(row(`{"type":3,"custom_id":"m"}`)), "components.0.components.0.options"},
		"a menu with an option twice":        {v2(row(`{"type":3,"custom_id":"m","options":[{"label":"a","value":"a"},{"label":"b","value":"a"}]}`)), "components.0.components.0.options.1.value"},
		"a menu of more than it has":         {v2(row(`{"type":3,"custom_id":"m","max_values":2,"options":[{"label":"a","value":"a"}]}`)), "components.0.components.0.max_values"},
		"a menu of fewer than at least":      {v2(row(`{"type":5,"custom_id":"m","min_values":3,"max_values":2}`)), "components.0.components.0.min_values"},
		"a section without an accessory":     {v2(`{"type":9,"components":[{"type":10,"content":"a"}]}`), "components.0.accessory"},
		"a section of four texts":            {v2(`{"type":9,"accessory":` + button + `,"components":[` + textDisplays(4) + `]}`), "components.0.components"},
		"a section with a row":               {v2(`{"type":9,"accessory":` + row(button) + `,"components":[` + textDisplays(1) + `]}`), "components.0.accessory.type"},
		"an empty gallery":                   {v2(`{"type":12,"items":[]}`), "components.0.items"},
		"a gallery of eleven":                {v2(`{"type":12,"items":[` + strings.TrimSuffix(strings.Repeat(`{"media":{"url":"https://a.b"}},`, 11), ",") + `]}`), "components.0.items"},
		"a description too long":             {v2(`{"type":12,"items":[{"media":{"url":"https://a.b"},"description":"` + text(1025) + `"}]}`), "components.0.items.0.description"},
		"media without a url":                {v2(`{"type":12,"items":[{"media":{}}]}`), "components.0.items.0.media.url"},
		"media of another scheme":            {v2(`{"type":12,"items":[{"media":{"url":"ftp://a/b"}}]}`), "components.0.items.0.media.url"},
		"media without a host":               {v2(`{"type":12,"items":[{"media":{"url":"https:a"}}]}`), "components.0.items.0.media.url"},
		"a reference to a file not attached": {v2(`{"type":12,"items":[{"media":{"url":"attachment://a.mp4"}}]}`), "components.0.items.0.media.url"},
		"a thumbnail without media":          {v2(`{"type":9,"accessory":{"type":11},"components":[{"type":10,"content":"a"}]}`), "components.0.accessory.media"},
		"a separator out of range":           {v2(`{"type":14,"spacing":3}`), "components.0.spacing"},
		"a file from elsewhere":              {v2(`{"type":13,"file":{"url":"https://a.b/c"}}`), "components.0.file.url"},
		"a label outside of a modal":         {v2(`{"type":18,"label":"a","component":{}}`), "components.0.type"},
		"components that are no list":        {`{"content":"a","components":{}}`, "components"},
		"a component that is no object":      {v2(`1`), "components.0"},
	} {
		t.Run(name, func(t *testing.T) {
			refusedAt(t, b.call("POST", inDreams, c.body), c.at)
		})
	}
	if list := b.s.Messages(dreams); len(list) != 0 {
		t.Errorf("there are %d messages", len(list))
	}
}

func TestMessagesWithNothingInThem(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	for _, body := range []string{`{}`, `{"content":""}`, `{"content":null}`, v2(""), `{"flags":32768}`,
		`{"components":[{"type":1,"components":[{"type":2,"style":1,"label":"a","custom_id":"a"}]}]}`} {
		refused(t, b.call("POST", inDreams, body), 400, 50006)
	}
}

func TestMessagesAtTheirLimits(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	for name, body := range map[string]string{
		"content":            `{"content":"` + text(2000) + `"}`,
		"text":               v2(`{"type":10,"content":"` + text(4000) + `"}`),
		"components":         v2(`{"type":17,"components":[` + textDisplays(39) + `]}`),
		"a separator":        v2(`{"type":14,"spacing":2,"divider":false},{"type":10,"content":"a"}`),
		"a gallery and more": v2(`{"type":12,"items":[{"media":{"url":"https://a.b/c.mp4"},"spoiler":true}]},{"type":9,"components":[{"type":10,"content":"a"}],"accessory":{"type":11,"media":{"url":"https://a.b"}}}`),
		"menus":              v2(`{"type":1,"components":[{"type":3,"custom_id":"m","options":[{"label":"a","value":"a","emoji":{"name":"x"}}]}]},{"type":1,"components":[{"type":5,"custom_id":"u"}]}`),
		"buttons":            `{"content":"a","components":[{"type":1,"components":[{"type":2,"style":5,"label":"a","url":"https://a.b"},{"type":2,"style":2,"emoji":{"name":"x"},"custom_id":"a"}]}]}`,
		"embeds":             `{"embeds":[{"title":"a","fields":[{"name":"a","value":"b"}]}]}`,
		"a silent one":       `{"content":"a","flags":4096}`,
	} {
		if r := b.call("POST", inDreams, body); r.status != 200 {
			t.Errorf("%s: %d %s", name, r.status, r.raw)
		}
	}
}

func TestComponentsGetIDsInOrder(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	r := b.must(200, "POST", inDreams, v2(`{"type":10,"content":"a"},{"type":17,"id":3,"components":[{"type":9,"components":[{"type":10,"content":"a"}],
		"accessory":{"type":2,"style":1,"label":"a","custom_id":"a"}}]},{"type":14}`))
	for path, want := range map[string]float64{
		"0.id": 1, "1.id": 3, "1.components.0.id": 2, "1.components.0.components.0.id": 4, "1.components.0.accessory.id": 5, "2.id": 6,
	} {
		if got := r.get("components." + path); got != want {
			t.Errorf("components.%s is %v, want %v", path, got, want)
		}
	}
}

func TestEditsOfMessages(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{Limits: Limits{ChannelEdits: 1000}})
	id := b.must(200, "POST", inDreams, `{"content":"a"}`).text("id")
	at := inDreams + "/" + id
	refused(t, b.call("PATCH", at, `{"content":""}`), 400, 50006)
	refusedAt(t, b.call("PATCH", at, `{"flags":32768,"components":[{"type":10,"content":"a"}]}`), "content")
	refusedAt(t, b.call("PATCH", at, `{"flags":64}`), "flags")
	r := b.must(200, "PATCH", at, `{"flags":32768,"content":null,"components":[{"type":10,"content":"b"}]}`)
	if r.get("flags") != 32768.0 || r.get("edited_timestamp") == nil || r.text("content") != "" {
		t.Errorf("the message is %s", r.raw)
	}
	refusedAt(t, b.call("PATCH", at, `{"flags":0}`), "flags")
	refusedAt(t, b.call("PATCH", at, `{"content":"c"}`), "content")
	b.must(200, "PATCH", at, `{"components":[{"type":10,"content":"d"}]}`)
	if m := b.s.Messages(dreams)[0]; m.Edits != 2 || m.Components[0].Content != "d" || m.Flags != 32768 {
		t.Errorf("people see %+v", m)
	}
	b.must(204, "DELETE", at, "")
	refused(t, b.call("PATCH", at, `{"components":[]}`), 404, 10008)
}

func TestOnlyItsOwnMessages(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	m, err := b.s.Say(b.ctx, ben, dreams, "hello", "")
	if err != nil {
		t.Fatal(err)
	}
	at := inDreams + "/" + m.ID
	refused(t, b.call("PATCH", at, `{"content":"a"}`), 403, 50005)
	refused(t, b.call("DELETE", at, ""), 403, 50013)
	if r := b.must(200, "GET", at, ""); r.text("content") != "" || r.text("author.id") != ben {
		t.Errorf("the bot reads %s without the intent for it", r.raw)
	}
	m, _ = b.s.Say(b.ctx, ben, dreams, "hello <@"+app+">", m.ID)
	r := b.must(200, "GET", inDreams+"/"+m.ID, "")
	if r.text("content") == "" || r.text("mentions.0.id") != app || r.text("message_reference.message_id") != m.ReplyTo {
		t.Errorf("the bot reads %s of what mentions it", r.raw)
	}
}

func TestMentions(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	said, err := b.s.Say(b.ctx, mei, dreams, "hello", "")
	if err != nil {
		t.Fatal(err)
	}
	const content = `"content":"<@` + ada + `> <@!` + ben + `> <@5> <@&` + harbor + `> @everyone"`
	reference := `"message_reference":{"message_id":"` + said.ID + `"}`
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"without a rule":        {`{` + content + `}`, []string{"&" + harbor, ada, ben, "@everyone"}},
		"of nobody":             {`{` + content + `,"allowed_mentions":{"parse":[]}}`, []string{}},
		"of one":                {`{` + content + `,"allowed_mentions":{"users":["` + ada + `","7"]}}`, []string{ada}},
		"of users":              {`{` + content + `,"allowed_mentions":{"parse":["users"]}}`, []string{ada, ben}},
		"of whom is answered":   {`{"content":"a",` + reference + `,"allowed_mentions":{"replied_user":true}}`, []string{mei}},
		"of nobody in answers":  {`{"content":"a",` + reference + `,"allowed_mentions":{}}`, []string{}},
		"in components":         {v2(`{"type":17,"components":[{"type":10,"content":"<@` + ada + `>"}]}`), []string{ada}},
		"in a button's caption": {v2(`{"type":1,"components":[{"type":2,"style":1,"custom_id":"a","label":"<@` + ada + `>"}]}`), []string{}},
	} {
		r := b.must(200, "POST", inDreams, c.body)
		got, err := b.s.Wait(b.ctx, func(m Message) bool { return m.ID == r.text("id") })
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got.Mentions); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestANonceIsCreatedOnce(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	first := b.must(200, "POST", inDreams, `{"content":"a","nonce":"n","enforce_nonce":true}`)
	again := b.must(200, "POST", inDreams, `{"content":"b","nonce":"n","enforce_nonce":true}`)
	if first.text("id") != again.text("id") || again.text("content") != "a" || again.text("nonce") != "n" {
		t.Errorf("the second was %s", again.raw)
	}
	b.must(200, "POST", inDreams, `{"content":"b","nonce":"n"}`)
	b.must(200, "POST", "channels/"+general+"/messages", `{"content":"b","nonce":"n","enforce_nonce":true}`)
	if n := len(b.s.Messages(dreams)); n != 2 {
		t.Errorf("there are %d messages, want 2", n)
	}
}

func TestMessagesByPage(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	var ids []string
	for i := range 6 {
		ids = append(ids, b.must(200, "POST", inDreams, fmt.Sprintf(`{"content":"%d"}`, i)).text("id"))
	}
	for query, want := range map[string]string{
		"":                                "543210",
		"?limit=2":                        "54",
		"?limit=2&before=" + ids[4]:       "32",
		"?limit=2&after=" + ids[1]:        "32",
		"?limit=3&around=" + ids[3]:       "432",
		"?after=" + ids[5]:                "",
		"?before=" + ids[0]:               "",
		"?limit=2&before=" + ids[1] + "0": "54",
	} {
		r := b.must(200, "GET", inDreams+query, "")
		got := ""
		for _, m := range r.json.([]any) {
			got += dig(m, "content").(string)
		}
		if got != want {
			t.Errorf("%q gives %q, want %q", query, got, want)
		}
	}
}

func TestTheHistoryIsBounded(t *testing.T) {
	t.Parallel()
	const most = maxShown + 100
	h := newHistory(most)
	for i := range most + 5 {
		fallen := h.put(&message{Message: Message{ID: fmt.Sprint(1000 + i), ChannelID: "1"}})
		if (fallen != nil) != (i >= most) {
			t.Fatalf("at %d fell %v", i, fallen)
		}
	}
	if len(h.channels["1"]) != most || len(h.byID) != most || h.channels["1"][0].ID != "1005" {
		t.Errorf("kept %d, first %s", len(h.channels["1"]), h.channels["1"][0].ID)
	}
	if n := len(h.all("", maxShown)); n != maxShown {
		t.Errorf("shows %d", n)
	}
}
