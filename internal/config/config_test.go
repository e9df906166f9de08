package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/joho/godotenv"

	"dreambot/internal/config"
	"dreambot/internal/money"
	"dreambot/internal/secret"
)

var update = flag.Bool("update", false, "write .env.example anew")

const (
	token = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"
	key   = "sk-Qy7PqU0zT3sVn8mWbKd2LhXc5RgJf9Ae"
)

// known takes JSON for prices, and shows of other text what it is.
var known = config.Known{
	Dialects: []string{"crazyrouter", "lumalabs", "agents"},
	Prices: func(text string) error {
		if !json.Valid([]byte(text)) {
			return fmt.Errorf("row 7 is %q", text)
		}
		return nil
	},
}

func dollars(millionths money.Amount) *money.Amount { return &millionths }

// minimal is the least that Load accepts, with changes: name, value, name, …
func minimal(changes ...string) map[string]string {
	environ := map[string]string{"DISCORD_TOKEN": token, "LUMA_API_KEY": key}
	for i := 0; i < len(changes); i += 2 {
		environ[changes[i]] = changes[i+1]
	}
	return environ
}

// compareSecrets makes cmp compare secrets by their values, and show them
// hidden where they differ.
var compareSecrets = cmp.Comparer(func(a, b secret.Text) bool { return a.Reveal() == b.Reveal() })

func defaults() config.Config {
	return config.Config{
		Discord:  config.Discord{Token: secret.New(token), APIURL: "https://discord.com"},
		Luma:     config.Luma{Dialect: "crazyrouter", Key: secret.New(key), PollInterval: 3 * time.Second, Concurrency: 10},
		Job:      config.Job{Deadline: 30 * time.Minute, Retention: 2160 * time.Hour},
		Member:   config.Member{CommandsPerMinute: 20, MaxJobs: 5},
		Reaction: config.Reaction{Extend: "⏩", Members: 1},
		Database: "dreambot.db",
		Log:      config.Log{Level: slog.LevelInfo, Format: "text"},
	}
}

func TestDefaultsHoldForWhatIsNotSet(t *testing.T) {
	t.Parallel()
	empty := minimal()
	for _, v := range config.Variables() {
		if !v.Required {
			empty[v.Name] = " \t"
		}
	}
	for name, environ := range map[string]map[string]string{"unset": minimal(), "blank": empty} {
		got, err := config.Load(environ, known)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := defaults()
		if name == "blank" {
			want.Reaction.Extend = "" // the one that is switched off by it
		}
		if diff := cmp.Diff(want, got, compareSecrets); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestEveryVariableIsRead(t *testing.T) {
	t.Parallel()
	environ := map[string]string{
		"DISCORD_TOKEN":              "  Bot " + token + "\n",
		"DISCORD_API_URL":            "HTTP://127.0.0.1:8642/",
		"DISCORD_GUILD_ID":           "41771983423143937",
		"LUMA_API":                   "lumalabs",
		"LUMA_API_KEY":               "bearer  " + key,
		"LUMA_API_URL":               "https://proxy.example:8443/luma/v1/",
		"LUMA_POLL_INTERVAL":         "250ms",
		"LUMA_CONCURRENCY":           "25",
		"PRICES":                     ` [{"usd":0.30}] `,
		"PRICE_SHOWN_FROM":           " 0.50",
		"BALANCE_WARN":               "12",
		"CALLBACK_URL":               "https://bot.example/dreams/",
		"JOB_DEADLINE":               "1h",
		"JOB_RETENTION":              "720h",
		"MEMBER_COMMANDS_PER_MINUTE": "7",
		"MEMBER_MAX_JOBS":            "2",
		"REACTION_EXTEND":            " <a:onward:41771983423143937> ",
		"REACTION_EXTEND_MEMBERS":    "3",
		"DATABASE_URL":               " /var/lib/dream bot/jobs.db ",
		"HTTP_ADDR":                  ":9090",
		"LOG_LEVEL":                  "DEBUG",
		"LOG_FORMAT":                 "JSON",
	}
	for _, v := range config.Variables() {
		if environ[v.Name] == "" {
			t.Errorf("the test does not set %s", v.Name)
		}
	}
	got, err := config.Load(environ, known)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		Discord: config.Discord{Token: secret.New(token), APIURL: "http://127.0.0.1:8642", GuildID: "41771983423143937"},
		Luma: config.Luma{Dialect: "lumalabs", Key: secret.New(key), APIURL: "https://proxy.example:8443/luma/v1",
			PollInterval: 250 * time.Millisecond, Concurrency: 25, Prices: `[{"usd":0.30}]`,
			PriceShownFrom: dollars(500_000), BalanceWarn: dollars(12_000_000), CallbackURL: "https://bot.example/dreams"},
		Job:      config.Job{Deadline: time.Hour, Retention: 720 * time.Hour},
		Member:   config.Member{CommandsPerMinute: 7, MaxJobs: 2},
		Reaction: config.Reaction{Extend: "onward:41771983423143937", Members: 3},
		Database: "/var/lib/dream bot/jobs.db",
		HTTPAddr: ":9090",
		Log:      config.Log{Level: slog.LevelDebug, Format: "json"},
	}
	if diff := cmp.Diff(want, got, compareSecrets); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Not parallel: it sets the process's environment.
func TestLoadReadsNothingButItsMap(t *testing.T) {
	t.Setenv("DISCORD_TOKEN", token)
	t.Setenv("LUMA_API_KEY", key)
	for name, environ := range map[string]map[string]string{"nil": nil, "empty": {}} {
		if _, err := config.Load(environ, known); !errors.Is(err, config.ErrNothingConfigured) {
			t.Errorf("a map that is %s: %v, want ErrNothingConfigured", name, err)
		}
	}
}

func TestConfigIsPrintedWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	c, err := config.Load(minimal(), known)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v\n", c, c, c)
	for _, format := range []string{"text", "json"} {
		config.Log{Level: slog.LevelDebug, Format: format}.Logger(&out).Debug("all", "config", c)
	}
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); strings.Contains(s, token) || strings.Contains(s, key) || !strings.Contains(s, "[hidden]") {
		t.Errorf("printed:\n%s", s)
	}
}

func TestLoggerWritesWhatTheConfigurationSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		log  config.Log
		want string // in the output; empty: there is none
	}{
		{config.Log{Level: slog.LevelInfo, Format: "text"}, `msg=here`},
		{config.Log{Level: slog.LevelInfo, Format: "json"}, `"msg":"here"`},
		{config.Log{Level: slog.LevelWarn, Format: "text"}, ``},
	} {
		var out bytes.Buffer
		c.log.Logger(&out).Info("here")
		if got := out.String(); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%+v writes %q, want %q in it", c.log, got, c.want)
		}
	}
}

// fields calls f for every field of Config's structs that is no struct of this
// package's.
func fields(t reflect.Type, f func(reflect.StructField)) {
	for field := range t.Fields() {
		if field.Type.Kind() == reflect.Struct && field.Type.PkgPath() == reflect.TypeFor[config.Config]().PkgPath() {
			fields(field.Type, f)
			continue
		}
		f(field)
	}
}

func TestEveryFieldIsADocumentedVariable(t *testing.T) {
	t.Parallel()
	var names []string
	count := map[string]int{} // fields by name
	var parsed []string
	fields(reflect.TypeFor[config.Config](), func(f reflect.StructField) {
		name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
		names = append(names, name)
		if name == "" || f.Tag.Get("is") == "" || f.Tag.Get("means") == "" {
			t.Errorf("field %s has the tags %q, want env, is and means", f.Name, f.Tag)
		}
		count[f.Name]++
		if f.Type.Kind() != reflect.String && f.Type != reflect.TypeFor[secret.Text]() {
			parsed = append(parsed, f.Name)
		}
	})
	for _, name := range parsed {
		if count[name] > 1 {
			t.Errorf("%d fields have the name %s, by which a parse error is told", count[name], name)
		}
	}
	var listed []string
	for _, v := range config.Variables() {
		listed = append(listed, v.Name)
		for _, part := range []string{v.Name + " (", v.Default, v.Should} {
			if !strings.Contains(config.Help(), part) {
				t.Errorf("the help text does not say %q", part)
			}
		}
	}
	if diff := cmp.Diff(names, listed); diff != "" {
		t.Errorf("fields and Variables differ (-fields +Variables):\n%s", diff)
	}
}

// example is what .env.example must hold.
func example() string {
	var b strings.Builder
	b.WriteString(`# The configuration of dreambot. Copy this file to .env, fill in the two values
# that are required, and take the # away from what you want to change. What is
# set in the environment goes before what stands here. A value that holds $, #
# or white space stands in single quotes. To try the bot without any account,
# leave this file alone and run: dreambot sandbox
`)
	for _, v := range config.Variables() {
		fmt.Fprintf(&b, "\n%s", comment(v.Meaning))
		if v.Required {
			fmt.Fprintf(&b, "%s%s=\n", comment("required; should be "+v.Should), v.Name)
		} else {
			fmt.Fprintf(&b, "%s#%s=%s\n", comment("should be "+v.Should), v.Name, v.Default)
		}
	}
	return b.String()
}

// comment makes text a sentence, in lines of a comment.
func comment(text string) string {
	const width = 80
	var b strings.Builder
	line := "#"
	for _, word := range strings.Fields(strings.ToUpper(text[:1]) + text[1:] + ".") {
		if len(line)+1+len(word) > width {
			b.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	return b.String() + line + "\n"
}

const exampleFile = "../../.env.example"

func TestExampleFileSaysWhatTheVariablesSay(t *testing.T) {
	if *update {
		if err := os.WriteFile(exampleFile, []byte(example()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example(), strings.ReplaceAll(string(got), "\r\n", "\n")); diff != "" {
		t.Errorf("write it anew with go test ./internal/config -update (-want +got):\n%s", diff)
	}
}

func TestExampleFileWorksOnceItIsFilledIn(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	filled := strings.NewReplacer("DISCORD_TOKEN=", "DISCORD_TOKEN="+token, "LUMA_API_KEY=", "LUMA_API_KEY="+key).Replace(string(text))
	lines := strings.Split(filled, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "# ") {
			lines[i] = line[1:]
		}
	}
	for name, text := range map[string]string{"as it is": filled, "with the defaults uncommented": strings.Join(lines, "\n")} {
		environ, err := godotenv.Unmarshal(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := config.Load(environ, known)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(defaults(), got, compareSecrets); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Downloads from this machine are allowed where Luma itself is on it alone.
func TestWhereLumaIsOnThisMachine(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"": false, "https://crazyrouter.example": false, "https://localhost.evil.example": false, "https://10.0.0.1": false,
		"https://127.0.0.1.evil.example/luma": false, "https://[2001:db8::1]:443": false,
		"http://127.0.0.1:8642": true, "https://127.8.8.8/x": true, "http://localhost:80": true, "http://[::1]:9": true,
	} {
		if got := (config.Luma{APIURL: address}).Loopback(); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
}
