package discord

import (
	"fmt"
	"strings"
	"testing"
)

const (
	globalCommands = "applications/" + app + "/commands"
	localCommands  = "applications/" + app + "/guilds/" + harbor + "/commands"
)

// withOption is a command with one option of more fields.
func withOption(fields string) string {
	return `[{"name":"a","description":"b","options":[{"name":"o","description":"p",` + fields + `}]}]`
}

func TestCommandsThatAreNotAllowed(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	many := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	numbered := func(n int, one string) string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf(one, i))
		}
		return strings.Join(out, ",")
	}
	for name, c := range map[string]struct{ body, at string }{
		"upper case":                       {`[{"name":"Dream","description":"b"}]`, "0.name"},
		"a space":                          {`[{"name":"a b","description":"b"}]`, "0.name"},
		"no name":                          {`[{"description":"b"}]`, "0.name"},
		"a name too long":                  {`[{"name":"` + strings.Repeat("a", 33) + `","description":"b"}]`, "0.name"},
		"no description":                   {`[{"name":"a"}]`, "0.description"},
		"a description too long":           {`[{"name":"a","description":"` + text(101) + `"}]`, "0.description"},
		"a name twice":                     {`[{"name":"a","description":"b"},{"name":"a","description":"b"}]`, "1.name"},
		"a locale that is none":            {`[{"name":"a","description":"b","name_localizations":{"en":"a"}}]`, "0.name_localizations.en"},
		"a localized name in upper case":   {`[{"name":"a","description":"b","name_localizations":{"de":"Traum"}}]`, "0.name_localizations.de"},
		"a localized description too long": {`[{"name":"a","description":"b","description_localizations":{"zh-CN":"` + text(101) + `"}}]`, "0.description_localizations.zh-CN"},
		"a description of a menu entry":    {`[{"type":2,"name":"a","description":"b"}]`, "0.description"},
		"a type that is none":              {`[{"type":9,"name":"a","description":"b"}]`, "0.type"},
		"contexts out of range":            {`[{"name":"a","description":"b","contexts":[3]}]`, "0.contexts.0"},
		"26 options":                       {`[{"name":"a","description":"b","options":[` + numbered(26, `{"name":"o%d","description":"p","type":5}`) + `]}]`, "0.options"},
		"an option twice":                  {`[{"name":"a","description":"b","options":[` + many(2, `{"name":"o","description":"p","type":5}`) + `]}]`, "0.options.1.name"},
		"a required option last":           {`[{"name":"a","description":"b","options":[{"name":"o","description":"p","type":5},{"name":"q","description":"p","type":5,"required":true}]}]`, "0.options.1"},
		"an option that is no object":      {`[{"name":"a","description":"b","options":[1,{"name":"o","description":"p","type":5}]}]`, "0.options.0"},
		"a subcommand beside an option":    {`[{"name":"a","description":"b","options":[{"name":"o","description":"p","type":1},{"name":"q","description":"p","type":5}]}]`, "0.options.1.type"},
		"a group in a group":               {`[{"name":"a","description":"b","options":[{"name":"o","description":"p","type":2,"options":[{"name":"o","description":"p","type":2,"options":[]}]}]}]`, "0.options.0.options.0.type"},
		"a subcommand in a subcommand":     {withOption(`"type":1,"options":[{"name":"o","description":"p","type":1}]`), "0.options.0.type"},
		"an option without a type":         {withOption(`"required":true`), "0.options.0.type"},
		"an option of an unknown type":     {withOption(`"type":12`), "0.options.0.type"},
		"26 choices":                       {withOption(`"type":3,"choices":[` + numbered(26, `{"name":"%d","value":"v"}`) + `]`), "0.options.0.choices"},
		"a choice twice":                   {withOption(`"type":3,"choices":[` + many(2, `{"name":"a","value":"v"}`) + `]`), "0.options.0.choices.1.name"},
		"a choice's name too long":         {withOption(`"type":3,"choices":[{"name":"` + text(101) + `","value":"v"}]`), "0.options.0.choices.0.name"},
		"a choice's value too long":        {withOption(`"type":3,"choices":[{"name":"a","value":"` + text(101) + `"}]`), "0.options.0.choices.0.value"},
		"a number as a choice of texts":    {withOption(`"type":3,"choices":[{"name":"a","value":1}]`), "0.options.0.choices.0.value"},
		"a text as a choice of numbers":    {withOption(`"type":4,"choices":[{"name":"a","value":"1"}]`), "0.options.0.choices.0.value"},
		"a fraction as a choice of wholes": {withOption(`"type":4,"choices":[{"name":"a","value":1.5}]`), "0.options.0.choices.0.value"},
		"choices with autocomplete":        {withOption(`"type":3,"autocomplete":true,"choices":[{"name":"a","value":"v"}]`), "0.options.0.choices"},
		"autocomplete of an attachment":    {withOption(`"type":11,"autocomplete":true`), "0.options.0.autocomplete"},
		"choices of a boolean":             {withOption(`"type":5,"choices":[{"name":"a","value":"v"}]`), "0.options.0.choices"},
		"a least length below 0":           {withOption(`"type":3,"min_length":-1`), "0.options.0.min_length"},
		"a greatest length of 0":           {withOption(`"type":3,"max_length":0`), "0.options.0.max_length"},
		"a greatest length over 6,000":     {withOption(`"type":3,"max_length":6001`), "0.options.0.max_length"},
		"a least length over the greatest": {withOption(`"type":3,"min_length":5,"max_length":4`), "0.options.0.min_length"},
		"a length of a number":             {withOption(`"type":4,"max_length":5`), "0.options.0.max_length"},
		"a value's range upside down":      {withOption(`"type":4,"min_value":5,"max_value":4`), "0.options.0.min_value"},
		"a fraction as a whole's bound":    {withOption(`"type":4,"min_value":0.5`), "0.options.0.min_value"},
		"a choice that is not safe":        {withOption(`"type":4,"choices":[{"name":"a","value":-9223372036854775808}]`), "0.options.0.choices.0.value"},
		"file_types of a text":             {withOption(`"type":3,"file_types":["image"]`), "0.options.0.file_types"},
		"file_types that are none":         {withOption(`"type":11,"file_types":["picture"]`), "0.options.0.file_types.0"},
		"channel_types of a text":          {withOption(`"type":3,"channel_types":[0]`), "0.options.0.channel_types"},
		"options of a text":                {withOption(`"type":3,"options":[{}]`), "0.options.0.options"},
		"8,001 characters":                 {`[{"name":"a","description":"b","options":[` + numbered(25, `{"name":"o%d","description":"`+text(100)+`","type":3,"choices":[{"name":"`+text(100)+`","value":"`+text(100)+`"},{"name":"b","value":"c"}]}`) + `]}]`, "0"},
		"101 commands":                     {`[` + numbered(101, `{"name":"c%d","description":"b"}`) + `]`, "100"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "8,001 characters" { // 7,500 of values and more: make sure that it is the sum that is refused
				c.body = strings.ReplaceAll(c.body, `"b","value":"c"`, `"`+text(99)+`","value":"c"`)
			}
			refusedAt(t, b.call("PUT", globalCommands, c.body), c.at)
		})
	}
	refusedAt(t, b.call("PUT", localCommands, `[{"name":"a","description":"b","contexts":[0]}]`), "0.contexts")
	refusedAt(t, b.call("PUT", localCommands, `[{"name":"a","description":"b","integration_types":[0]}]`), "0.integration_types")
	refused(t, b.call("PUT", globalCommands, `{}`), 400, 50035)
	if c := b.s.State().Commands; len(c) != 0 {
		t.Errorf("registered %+v", c)
	}
}

func TestCommandsAreReplaced(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	events := b.s.Subscribe(b.ctx, 0)
	first := b.must(200, "PUT", globalCommands, `[{"name":"dream","description":"b","contexts":[0,1],"integration_types":[0],"name_localizations":{"zh-CN":"梦"}},
		{"name":"梦","description":"b"},{"type":2,"name":"Show Dreams"}]`)
	if e := <-events; e.Type != EventCommands || len(e.Commands) != 3 {
		t.Errorf("the event is %+v", e)
	}
	second := b.must(200, "PUT", globalCommands, `[{"name":"extend","description":"b"},{"name":"dream","description":"c"}]`)
	if first.text("0.id") != second.text("1.id") || second.text("0.id") == second.text("1.id") {
		t.Errorf("first %s, then %s", first.raw, second.raw)
	}
	b.must(200, "PUT", localCommands, `[{"name":"here","description":"b"}]`)
	if r := b.must(200, "GET", localCommands, ""); r.text("0.guild_id") != harbor || r.text("0.name") != "here" {
		t.Errorf("the guild has %s", r.raw)
	}
	if r := b.must(200, "GET", globalCommands, ""); len(r.json.([]any)) != 2 {
		t.Errorf("there are %s", r.raw)
	}
	if c := b.s.State().Commands; len(c) != 3 || c[0].GuildID != "" || c[2].GuildID != harbor {
		t.Errorf("people see %+v", c)
	}
}

func TestSingleCommands(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	for _, scope := range []string{globalCommands, localCommands} {
		b.must(200, "PUT", scope, `[{"name":"other","description":"b"}]`)
		events := b.s.Subscribe(b.ctx, b.s.State().Seq)
		told := func() []Command {
			t.Helper()
			e := <-events
			if e.Type != EventCommands {
				t.Fatalf("the event is %+v", e)
			}
			return e.Commands
		}
		made := b.must(201, "POST", scope, `{"name":"dream","description":"b","options":[{"type":4,"name":"n","description":"c","required":true,"min_value":1}],
			"name_localizations":{"de":"traum"},"default_member_permissions":"8"}`)
		id := made.text("id")
		told()
		if again := b.must(200, "POST", scope, `{"name":"dream","description":"c","options":[{"type":4,"name":"n","description":"c","required":true,"min_value":1}],
			"name_localizations":{"de":"traum"},"default_member_permissions":"8"}`); again.text("id") != id || again.text("version") == made.text("version") {
			t.Errorf("the same name again made %s of %s", again.raw, made.raw)
		}
		told()
		if menu := b.must(201, "POST", scope, `{"name":"dream","type":3}`); menu.text("id") == id {
			t.Error("a menu entry has taken the place of a command")
		}
		told()
		one := scope + "/" + id
		if got := b.must(200, "PATCH", one, `{"name":"vision","type":3}`); got.text("name") != "vision" || got.text("description") != "c" || got.text("type") != "1" ||
			got.text("options.0.min_value") != "1" || got.text("name_localizations.de") != "traum" || got.text("default_member_permissions") != "8" {
			t.Errorf("changed to %s", got.raw)
		}
		told()
		if got := b.must(200, "PATCH", one, `{"options":[],"name_localizations":null}`); got.get("options") != nil || got.get("name_localizations") != nil {
			t.Errorf("emptied to %s", got.raw)
		}
		told()
		refusedAt(t, b.call("PATCH", one, `{"name":"other"}`), "name")
		refusedAt(t, b.call("PATCH", one, `{"description":""}`), "description")
		refusedAt(t, b.call("POST", scope, `{"name":"no"}`), "description")
		if got := b.must(200, "GET", one, ""); got.text("name") != "vision" || got.text("id") != id {
			t.Errorf("kept %s", got.raw)
		}
		b.must(204, "DELETE", one, "")
		for _, c := range told() {
			if c.ID == id {
				t.Error("it is shown")
			}
		}
		refused(t, b.call("GET", one, ""), 404, 10063)
		if left := b.must(200, "GET", scope, ""); left.text("0.name") != "other" || len(left.json.([]any)) != 2 {
			t.Errorf("left are %s", left.raw)
		}
	}
}

func TestSingleCommandsAreBounded(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	for i := range maxMenus {
		b.must(201, "POST", globalCommands, fmt.Sprintf(`{"name":"m%d","type":3}`, i))
	}
	refused(t, b.call("POST", globalCommands, `{"name":"m15","type":3}`), 400, 30032)
	b.must(200, "POST", globalCommands, `{"name":"m14","type":3}`)
	b.must(201, "POST", globalCommands, `{"name":"m15","type":2}`)
}
