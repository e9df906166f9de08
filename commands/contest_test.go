package commands_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"dreambot/commands"
	"dreambot/internal/community"
)

// Parent says that channels below 1000 are no threads, and others of channel 200.
func (r *rights) Parent(_ context.Context, _, channel string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil || len(channel) <= 3 {
		return "", r.err
	}
	return "200", nil
}

// contest does a subcommand of /contest as somebody with these permissions.
func (f *fixture) contest(t testing.TB, w where, permissions uint64, name string, options ...string) (commands.Answer, error) {
	t.Helper()
	return f.handle(t, payloadBy(commands.KindCommand, w, fmt.Sprint(permissions), sub("contest", name, options...)))
}

func begins(theme, ends string) []string {
	return []string{option("theme", quoted(theme)), option("ends", quoted(ends))}
}

// quoted is text as JSON.
func quoted(text string) string {
	b, _ := json.Marshal(text) // a string has no error
	return string(b)
}

func TestAContestIsStarted(t *testing.T) {
	f := setUp(t)
	a, err := f.contest(t, home, mayManage, "start", begins(" paper *boats*\n at sea ", "2h")...)
	if err != nil || a.Public == nil || a.Sent == nil {
		t.Fatalf("%+v, %v", a, err)
	}
	c, err := f.community.Store.Running(t.Context(), "100")
	if err != nil {
		t.Fatal(err)
	}
	if c.Guild != "100" || c.Channel != "200" || c.Theme != "paper *boats* at sea" || c.StartedBy != "400" || !c.Starts.Equal(now) || !c.Ends.Equal(now.Add(2*time.Hour)) ||
		c.State != community.ContestRunning || c.Locale != "en-US" || len(c.ID) != 20 {
		t.Errorf("it is %+v", c)
	}
	text, err := json.Marshal(a.Public)
	if err != nil || a.Public.Flags != 1<<15 || !strings.Contains(string(text), `paper \\*boats\\* at sea`) || !strings.Contains(string(text), "Contest:") {
		t.Errorf("everybody reads %s, %v", text, err)
	}
	if err := a.Sent(t.Context(), "740"); err != nil {
		t.Error(err)
	}
	if c, err := f.community.Store.Running(t.Context(), "100"); err != nil || c.Message != "740" {
		t.Errorf("it is %+v, %v", c, err)
	}
	// In another server there is none, and one can run there, too.
	if _, err := f.contest(t, where{"101", "201", "400"}, mayManage, "stop"); refusal(t, err) != "refusal.contest.none" {
		t.Errorf("stopped from another server: %v", err)
	}
	if _, err := f.contest(t, where{"101", "201", "400"}, mayManage, "start", begins("x", "1d")...); err != nil {
		t.Error(err)
	}
}

// What everybody reads is in the language that the server has set.
func TestAContestIsInTheServersLanguage(t *testing.T) {
	f := setUp(t)
	f.rule(t, "100", func(s *community.Settings) { s.Language = "zh-CN" })
	a, err := f.contest(t, home, mayManage, "start", begins("x", "2h")...)
	text, _ := json.Marshal(a.Public)
	if err != nil || !strings.Contains(string(text), "比赛") {
		t.Errorf("everybody reads %s, %v", text, err)
	}
}

func TestContestsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		where       where
		permissions uint64
		sub         string
		theme, ends string
		want        string
	}{
		"outside of servers":   {dm, mayManage, "start", "boats", "2h", "refusal.server"},
		"by anybody":           {home, mayUse, "start", "boats", "2h", "refusal.contest.rights"},
		"stopped by anybody":   {home, mayUse, "stop", "", "", "refusal.contest.rights"},
		"without a theme":      {home, mayManage, "start", " \u200b ", "2h", "refusal.contest.theme"},
		"on what is unwanted":  {home, mayManage, "start", "a Gory tale", "2h", "refusal.rule.word"},
		"without an end":       {home, mayManage, "start", "boats", "soon", "refusal.contest.ends"},
		"that ends at once":    {home, mayManage, "start", "boats", "4m", "refusal.contest.ends.soon"},
		"that has ended":       {home, mayManage, "start", "boats", "2020-01-01", "refusal.contest.ends.soon"},
		"that never ends":      {home, mayManage, "start", "boats", "91d", "refusal.contest.ends.late"},
		"that does not run":    {home, mayManage, "stop", "", "", "refusal.contest.none"},
		"that nobody knows of": {home, mayManage, "pause", "", "", "refusal.unknown"},
	} {
		f := setUp(t)
		f.rule(t, "100", func(s *community.Settings) { s.Unwanted = []string{"gory"} })
		var options []string
		if c.sub == "start" {
			options = begins(c.theme, c.ends)
		}
		if _, err := f.contest(t, c.where, c.permissions, c.sub, options...); refusal(t, err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if _, err := f.community.Store.Running(t.Context(), "100"); err == nil {
			t.Errorf("%s: it runs", name)
		}
	}
	f := setUp(t)
	in := asGuest(payloadBy(commands.KindCommand, home, fmt.Sprint(mayManage), sub("contest", "start", begins("boats", "2h")...)))
	if _, err := f.handle(t, in); refusal(t, err) != "refusal.server" {
		t.Errorf("as a guest: %v", err)
	}
}

// The roles of a server, or its channels, say who may dream, and not who may begin
// a contest.
func TestRulesOfDreamingDoNotHoldForContests(t *testing.T) {
	f := setUp(t)
	f.rule(t, "100", func(s *community.Settings) { s.Channels, s.Roles = []string{"999"}, []string{"998"} })
	if _, err := f.contest(t, home, mayManage, "start", begins("boats", "2h")...); err != nil {
		t.Error(err)
	}
}

func TestOneContestRunsAtATime(t *testing.T) {
	f := setUp(t)
	if _, err := f.contest(t, home, mayManage, "start", begins("boats", "2h")...); err != nil {
		t.Fatal(err)
	}
	_, err := f.contest(t, home, mayManage, "start", begins("ships", "3h")...)
	if refusal(t, err) != "refusal.contest.running" {
		t.Errorf("a second one: %v", err)
	}
	a, err := f.contest(t, home, mayManage, "stop")
	if err != nil || a.Notice == nil || a.Notice.Flags&(1<<6) == 0 {
		t.Fatalf("%+v, %v", a, err)
	}
	if c, err := f.community.Store.Running(t.Context(), "100"); err == nil && c.Ends.After(now) {
		t.Errorf("it ends %v", c.Ends)
	}
}

func TestTheEndOfAContestIsSuggested(t *testing.T) {
	f := setUp(t)
	for typed, want := range map[string][]string{
		"":                 {"1h", "1d", "3d", "1w"},
		"2h":               {"2h", "1h", "1d", "3d", "1w"},
		"1d":               {"1d", "1h", "3d", "1w"},
		"nonsense":         {"1h", "1d", "3d", "1w"},
		"1m":               {"1h", "1d", "3d", "1w"},
		"2027-02-01 18:00": {"2027-02-01 18:00", "1h", "1d", "3d", "1w"},
	} {
		focused := fmt.Sprintf(`{"name":"ends","type":3,"value":%s,"focused":true}`, quoted(typed))
		a, err := f.handle(t, payloadBy(commands.KindComplete, home, fmt.Sprint(mayManage), sub("contest", "start", focused)))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range a.Choices {
			got = append(got, c.Value)
			if c.Name == "" || len([]rune(c.Name)) > 100 || strings.Contains(c.Name, "contest.") {
				t.Errorf("%q is offered as %q", typed, c.Name)
			}
		}
		if strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("%q: %v, want %v", typed, got, want)
		}
		if len(want) == 5 && !strings.Contains(a.Choices[0].Name, "UTC") {
			t.Errorf("%q is read as %q", typed, a.Choices[0].Name)
		}
	}
}

// What is removed leaves the gallery, whoever removes it.
func TestARemovedResultIsWithdrawn(t *testing.T) {
	f := setUp(t)
	shared, other := f.video(t, 1, home, "a boat"), f.video(t, 2, home, "a ship")
	f.share(t, shared)
	for _, j := range []string{other.ID, shared.ID} {
		data := payloadBy(commands.KindComponent, where{"100", "200", "409"}, fmt.Sprint(mayManage), button("1:remove:"+j))
		if _, err := f.handle(t, on(data, "900", 0)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.community.Store.Prompt(t.Context(), "100", shared.ID); err == nil {
		t.Error("it is in the gallery still")
	}
}
