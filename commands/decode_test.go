package commands_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"dreambot/bot/reply"
	"dreambot/commands"
)

// guestPayload is a /dream with more fields of the interaction.
func guestPayload(fields string) []byte {
	p := payload(commands.KindCommand, home, command("dream", option("prompt", `"a boat"`)))
	return []byte(strings.Replace(string(p), `"id":"500"`, `"id":"500",`+fields, 1))
}

// Where the bot is a guest it can reach nothing beyond the token.
func TestAGuestIsToldByContextAndOwners(t *testing.T) {
	for fields, guest := range map[string]bool{
		`"context":0`: false,
		`"context":0,"authorizing_integration_owners":{}`:                    false,
		`"context":0,"authorizing_integration_owners":{"0":"100"}`:           false,
		`"context":0,"authorizing_integration_owners":{"0":"100","1":"400"}`: false,
		`"context":0,"authorizing_integration_owners":{"1":"400"}`:           true,
		`"context":1,"authorizing_integration_owners":{"0":"0"}`:             false, // direct messages with the bot
		`"context":1,"authorizing_integration_owners":{"0":"0","1":"400"}`:   false,
		`"context":2,"authorizing_integration_owners":{"1":"400"}`:           true,
		`"context":2,"authorizing_integration_owners":{"0":"100","1":"400"}`: true,
		`"context":2`: true,
		`"context":0,"authorizing_integration_owners":null`: false,
	} {
		f := setUp(t)
		a, err := f.handle(t, guestPayload(fields))
		if err != nil {
			t.Fatal(err)
		}
		if a.Job.Guest != guest {
			t.Errorf("%s: guest is %v", fields, a.Job.Guest)
		}
	}
}

func TestAMessageIsOpenWhereEverybodySeesIt(t *testing.T) {
	press := payload(commands.KindComponent, home, button("1:show:"+id(1)))
	for name, c := range map[string]struct {
		payload []byte
		open    bool
	}{
		"a message":              {on(press, "900", reply.FlagComponentsV2), true},
		"for one alone":          {on(press, "900", reply.FlagComponentsV2|reply.FlagEphemeral), false},
		"no message":             {press, false},
		"a modal from a message": {on(payload(commands.KindModal, home, modal("1:remix:"+id(1), "x")), "900", 0), true},
	} {
		in, err := commands.Decode(c.payload, now)
		if err != nil {
			t.Fatal(err)
		}
		if in.Open != c.open {
			t.Errorf("%s: open is %v", name, in.Open)
		}
	}
}

func TestFilesThatAModalWasGiven(t *testing.T) {
	in, err := commands.Decode(payload(commands.KindModal, home, modal("1:again:"+id(1), "a boat", "image", picturePNG, "end_image", picturePNG)), now)
	if err != nil {
		t.Fatal(err)
	}
	want := commands.File{Name: "boat.png", ContentType: "image/png", URL: boatURL, Size: 1000, Width: 640, Height: 360}
	for _, field := range []string{"image", "end_image"} {
		picked := in.Picked[field]
		if len(picked) != 1 || in.Files[picked[0]] != want {
			t.Errorf("%s: picked %v of %+v", field, picked, in.Files)
		}
	}
	if in.Inputs["prompt"] != "a boat" || in.Inputs["image"] != "" {
		t.Errorf("inputs %v", in.Inputs)
	}
}

func TestTheTargetOfAMenu(t *testing.T) {
	for name, c := range map[string]struct {
		data   string
		target string
		files  []string
	}{
		"a message":            {menu(pictureMenu, "800", `{"attachments":[`+picturePNG+`]}`), "800", []string{boatURL}},
		"another than is told": {`{"name":"x","type":3,"target_id":"801","resolved":{"messages":{"800":{"attachments":[` + picturePNG + `]}}}}`, "801", nil},
		"nothing resolved":     {`{"name":"x","type":3,"target_id":"801"}`, "801", nil},
		"a slash command":      {command("dream", ""), "", nil},
	} {
		in, err := commands.Decode(payload(commands.KindCommand, home, c.data), now)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var files []string
		for _, f := range in.Target.Files {
			files = append(files, f.URL)
		}
		if in.Target.ID != c.target || !slices.Equal(files, c.files) {
			t.Errorf("%s: target %q with %v", name, in.Target.ID, files)
		}
	}
}

func TestUntilWhenAnAddressWorks(t *testing.T) {
	day := now.Add(23 * time.Hour)
	for address, want := range map[string]time.Time{
		"https://cdn.discordapp.com/attachments/1/2/a.png?ex=6b4b2380&is=6b49d200&hm=ab": pictureEnds,
		"https://media.discordapp.net/a.png?is=1&hm=2&ex=6B4B2380":                       pictureEnds,
		"https://cdn.example/a.png?ex=1":                                                 time.Unix(1, 0),
		"https://cdn.example/a.png":                                                      day,
		"https://cdn.example/a.png?ex=":                                                  day,
		"https://cdn.example/a.png?ex=soon":                                              day,
		"https://cdn.example/a.png?ex=0":                                                 day,
		"https://cdn.example/a.png?ex=-6b4b2380":                                         day,
		"https://cdn.example/a.png?ex=1fffffffff":                                        time.Unix(1<<37-1, 0),
		"https://cdn.example/a.png?ex=2000000000":                                        day,
		"https://cdn.example/a.png?ex=ffffffffffffffffffffff":                            day,
		"https://cdn.example/a.png?EX=6b4b2380":                                          day,
		"https://cdn.example/a.png#?ex=6b4b2380":                                         day,
		"":                                                                               day,
		"%zz":                                                                            day,
		"https://images-ext.example/%%a":                                                 day,
		"https://cdn.example/?ex=7&ex=6b4":                                               time.Unix(7, 0),
	} {
		if got := commands.Expires(address, now); !got.Equal(want) {
			t.Errorf("%s works until %v, want %v", address, got, want)
		}
	}
}

func FuzzExpires(f *testing.F) {
	for _, address := range []string{boatURL, "", "%zz", "https://c/?ex=-1", "https://c/?ex=1fffffffff", "https://c/?ex=2000000000", "?ex=1&ex=2"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		got := commands.Expires(address, now)
		if !got.Equal(now.Add(23*time.Hour)) && (got.Unix() <= 0 || got.Unix() >= 1<<37) {
			t.Errorf("%q works until %v", address, got)
		}
		if b, err := got.MarshalJSON(); err != nil {
			t.Errorf("%q works until %v, which cannot be stored: %s, %v", address, got, b, err)
		}
	})
}
