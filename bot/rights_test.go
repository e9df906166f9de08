package bot

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"dreambot/bot/rest"
	"dreambot/commands"
	"dreambot/internal/secret"
)

// Source: discord-api-docs, topics/permissions, "Permission Overwrites",
// "Implicit Permissions" and "Permissions For Timed Out Members".
func TestPermissionsFollowDiscordsRules(t *testing.T) {
	const (
		guild, mod, admin, muted = "100", "101", "102", "103" // roles; the first is everybody's
		member, owner            = "400", "401"
		view                     = "1024"
		viewSend                 = "3072"
	)
	roles := []rest.Role{{ID: guild, Permissions: "68608"}, // view, send, read history
		{ID: mod, Permissions: "8192"}, // manage messages
		{ID: admin, Permissions: "8"}, {ID: muted, Permissions: "0"}}
	role := func(id, allow, deny string) rest.Overwrite { return rest.Overwrite{ID: id, Allow: allow, Deny: deny} }
	alone := func(id, allow, deny string) rest.Overwrite {
		return rest.Overwrite{ID: id, Type: rest.OverwriteMember, Allow: allow, Deny: deny}
	}
	all := func(list ...rest.Overwrite) []rest.Overwrite { return list }
	for name, c := range map[string]struct {
		member     string
		roles      []string
		timedOut   bool
		overwrites []rest.Overwrite
		want       uint64
	}{
		"what everybody may":                         {member, nil, false, nil, 68608},
		"and what their roles add":                   {member, []string{mod}, false, nil, 68608 | 8192},
		"a role that there is not":                   {member, []string{"999"}, false, nil, 68608},
		"the owner":                                  {owner, nil, false, all(role(guild, "0", view)), mayAll},
		"an administrator":                           {member, []string{admin}, false, all(alone(member, "0", view)), mayAll},
		"the channel denies everybody":               {member, nil, false, all(role(guild, "0", "2048")), 68608 &^ 2048},
		"and allows a role":                          {member, []string{mod}, false, all(role(mod, "2048", "0"), role(guild, "0", "2048")), 68608 | 8192},
		"that they do not have":                      {member, nil, false, all(role(guild, "0", "2048"), role(mod, "2048", "0")), 68608 &^ 2048},
		"among roles, allowing wins":                 {member, []string{mod, muted}, false, all(role(mod, "2048", "0"), role(muted, "0", "2048")), 68608 | 8192},
		"and them alone it denies":                   {member, []string{mod}, false, all(role(mod, "2048", "0"), alone(member, "0", "2048")), 68608&^2048 | 8192},
		"or allows":                                  {member, []string{muted}, false, all(alone(member, "2048", "0"), role(muted, "0", "2048")), 68608},
		"another member":                             {member, nil, false, all(alone("402", "8192", view)), 68608},
		"a member of a role's id":                    {"101", nil, false, all(role(mod, "8192", "0")), 68608},
		"a role of the member's id":                  {member, nil, false, all(role(member, "8192", "0")), 68608},
		"an overwrite makes nobody an administrator": {member, nil, false, all(alone(member, "8", viewSend)), 0},
		"who does not see it may nothing":            {member, []string{mod}, false, all(role(guild, "0", view)), 0},
		"timed out":                                  {member, []string{mod}, true, nil, mayView | mayReadOld},
		"timed out, and does not see it":             {member, nil, true, all(role(guild, "0", view)), 0},
		"timed out, what the channel allows":         {member, nil, true, all(alone(member, "8192", "65536")), mayView},
		"the owner, timed out":                       {owner, nil, true, nil, mayAll},
		"an administrator, timed out":                {member, []string{admin}, true, nil, mayAll},
		"nobody is not the owner":                    {"", nil, false, nil, 68608},
		"beyond 64 bits, allowed":                    {member, nil, false, all(alone(member, "18446744073709551616", "0")), 68608},
		"beyond 64 bits, denied":                     {member, nil, false, all(alone(member, "0", "18446744073709551616")), 0},
		"not a number":                               {member, nil, false, all(alone(member, "-1", "0"), role(guild, "0x8", "0")), 68608},
		"nothing where a number belongs":             {member, nil, false, all(role(guild, "0", "")), 0},
	} {
		got := permissionsOf(commands.Member{ID: c.member, Roles: c.roles, TimedOut: c.timedOut},
			rest.GuildRoles{ID: guild, OwnerID: owner, Roles: roles}, c.overwrites)
		if got != c.want {
			t.Errorf("%s: %b, want %b", name, got, c.want)
		}
	}
	unread := rest.GuildRoles{ID: guild, Roles: []rest.Role{{ID: guild, Permissions: "36893488147419103240"}}}
	if got := permissionsOf(commands.Member{}, unread, nil); got != 0 {
		t.Errorf("a role that cannot be read, and a server without an owner: %b", got)
	}
}

func TestRightsAreReadFromTheServerAndTheChannel(t *testing.T) {
	const server = `{"id":"100","owner_id":"401","roles":[{"id":"100","permissions":"68608"}]}`
	const channel = `{"id":"200","type":0,"guild_id":"100","permission_overwrites":[{"id":"400","type":1,"allow":"8192","deny":"0"}]}`
	const read = "/api/v9/guilds/100 /api/v9/channels/200"
	for name, c := range map[string]struct {
		answers map[string]func(http.ResponseWriter) // by path; the others are answered by 404
		want    uint64
		asked   string
		err     string
	}{
		"a channel": {answers{"guilds/100": says(200, server), "channels/200": says(200, channel)}, 68608 | 8192, read, ""},
		"a thread": {answers{"guilds/100": says(200, server), "channels/201": says(200, channel),
			"channels/200": says(200, `{"id":"200","type":11,"guild_id":"100","parent_id":"201"}`)}, 68608 | 8192, read + " /api/v9/channels/201", ""},
		"a private thread, whose own overwrites are none": {answers{"guilds/100": says(200, server), "channels/201": says(200, channel),
			"channels/200": says(200, `{"id":"200","type":12,"guild_id":"100","parent_id":"201","permission_overwrites":[{"id":"400","type":1,"allow":"16384"}]}`)},
			68608 | 8192, read + " /api/v9/channels/201", ""},
		"of another server": {answers{"guilds/100": says(200, server), "channels/200": says(200, `{"id":"200","guild_id":"999"}`)}, 0, read, "not of server 100"},
		"of none":           {answers{"guilds/100": says(200, server), "channels/200": says(200, `{"id":"200","type":1}`)}, 0, read, "not of server 100"},
		"a thread in another server's channel": {answers{"guilds/100": says(200, server), "channels/201": says(200, `{"id":"201","guild_id":"999"}`),
			"channels/200": says(200, `{"id":"200","type":10,"guild_id":"100","parent_id":"201"}`)}, 0, read + " /api/v9/channels/201", "not of server 100"},
		"a thread without a channel": {answers{"guilds/100": says(200, server), "channels/200": says(200, `{"id":"200","type":10,"guild_id":"100"}`)},
			0, read, "not an id"},
		"an unknown channel":     {answers{"guilds/100": says(200, server)}, 0, read, "10003"},
		"an unknown server":      {nil, 0, "/api/v9/guilds/100", "10003"},
		"an answer that is none": {answers{"guilds/100": says(200, server), "channels/200": says(200, `[]`)}, 0, read, "decode"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r.URL.Path)
				if answer := c.answers[strings.TrimPrefix(r.URL.Path, "/api/v9/")]; answer != nil {
					answer(w)
					return
				}
				no(404, rest.CodeUnknownChannel)(w)
			}))
			defer s.Close()
			client := rest.New(rest.Config{BaseURL: s.URL, Token: secret.New("bot-token")})
			defer client.Close()
			got, err := NewRights(client).Permissions(t.Context(), "100", "200", commands.Member{ID: "400"})
			if got != c.want || (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%b, %v", got, err)
			}
			if !slices.Equal(asked, strings.Fields(c.asked)) {
				t.Errorf("asked for %v", asked)
			}
			if c.answers == nil && !errors.As(err, new(*rest.Error)) {
				t.Errorf("%v is not Discord's", err)
			}
		})
	}
}
