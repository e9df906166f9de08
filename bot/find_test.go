package bot

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"dreambot/internal/secret"
	"dreambot/store"
)

func TestReplyTellsWhetherThereIsOne(t *testing.T) {
	const mine = `{"id":"710","interaction_metadata":{"id":"500"},"components":[{"type":10,"content":"job d0abcdefghijklmnopqr"}]}`
	const another = `{"id":"711","interaction_metadata":{"id":"501"},"components":[{"type":10,"content":"job d0abcdefghijklmnopqr"}]}`
	const notice = `{"id":"712","interaction_metadata":{"id":"500"},"components":[{"type":10,"content":"too fast"}]}`
	ended := no(401, 50027)
	for name, c := range map[string]struct {
		answer, channel func(http.ResponseWriter)
		message         string
		unknown         bool
		asked           int
	}{
		"there is":      {nil, nil, "700", false, 1},
		"another job's": {says(200, `{"id":"700","components":[{"type":10,"content":"job d0aaaaaaaaaaaaaaaaaa"}]}`), nil, "", false, 1},
		"a notice":      {says(200, `{"id":"700","flags":64,"components":[{"type":10,"content":"d0abcdefghijklmnopqr"}]}`), nil, "", false, 1},
		"not answered":  {no(404, 10015), nil, "", false, 1},
		"deleted":       {no(404, 10008), nil, "", false, 1},
		"in trouble":    {says(500, `oops`), nil, "", true, 3},
		// The process was down for longer than a token lives.
		"the token has ended, the reply stands":   {ended, says(200, `[`+notice+`,`+another+`,`+mine+`]`), "710", false, 2},
		"the token has ended, there is none":      {ended, says(200, `[`+notice+`,`+another+`]`), "", false, 2},
		"the token has ended, no access":          {ended, no(403, 50001), "", false, 2},
		"the token has ended, the channel too":    {ended, no(404, 10003), "", false, 2},
		"the token has ended, and the bot's own":  {ended, no(401, 0), "", true, 2},
		"the token has ended, Discord in trouble": {ended, says(500, `oops`), "", true, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDiscord(t), newStore(t)
			d.on("GET webhook", c.answer)
			d.on("GET channel", c.channel)
			j := put(t, s, store.StateWaiting, nil)
			message, shown, err := newEditor(t, d, s).Reply(t.Context(), j)
			if message != c.message || shown != 0 || (err != nil) != c.unknown || len(d.requests()) != c.asked {
				t.Errorf("%q, %v; asked for %v", message, err, d.routes())
			}
			if err != nil && (strings.Contains(err.Error(), "aToken") || errors.Is(err, store.ErrNotFound)) {
				t.Errorf("the error is %v", err)
			}
			for _, a := range d.requests() {
				if a.route == "GET channel" && a.query != "after=500&limit=100" {
					t.Errorf("looks by %s", a.query)
				}
			}
		})
	}
}

// A guest's reply can be reached by its token alone, and hidden from others.
func TestReplyOfAGuest(t *testing.T) {
	for name, c := range map[string]struct {
		answer  func(http.ResponseWriter)
		change  func(*store.Job)
		message string
		unknown bool
		asked   int
	}{
		"there is":            {nil, nil, "700", false, 1},
		"hidden by Discord":   {says(200, `{"id":"700","flags":64,"components":[{"type":10,"content":"d0abcdefghijklmnopqr"}]}`), nil, "700", false, 1},
		"another's, hidden":   {says(200, `{"id":"700","flags":64,"components":[{"type":10,"content":"too fast"}]}`), nil, "", false, 1},
		"not answered":        {no(404, 10015), nil, "", false, 1},
		"in trouble":          {says(500, `oops`), nil, "", true, 3},
		"the token has ended": {no(401, 50027), nil, "", false, 1},
		"without a token":     {nil, func(j *store.Job) { j.Origin.Token = secret.Text{} }, "", false, 0},
	} {
		d, s := newDiscord(t), newStore(t)
		d.on("GET webhook", c.answer)
		j := put(t, s, store.StateWaiting, func(j *store.Job) { j.Guest = true })
		if c.change != nil {
			c.change(&j)
		}
		message, _, err := newEditor(t, d, s).Reply(t.Context(), j)
		if message != c.message || (err != nil) != c.unknown || len(d.requests()) != c.asked {
			t.Errorf("%s: %q, %v; asked for %v", name, message, err, d.routes())
		}
	}
}

func TestReplyOfAJobWithoutATokenIsLookedForInItsChannel(t *testing.T) {
	d, s := newDiscord(t), newStore(t)
	j := put(t, s, store.StateWaiting, nil)
	j.Origin.Token = secret.Text{}
	if m, _, err := newEditor(t, d, s).Reply(t.Context(), j); m != "" || err != nil || !slices.Equal(d.routes(), []string{"GET channel"}) {
		t.Errorf("%q, %v; asked for %v", m, err, d.routes())
	}
}
