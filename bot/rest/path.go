package rest

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"dreambot/internal/secret"
)

// apiPrefix stands before every path. v9 is what the gateway's client speaks
// as well, so that both see the same objects.
const apiPrefix = "/api/v9"

// path is a method and a path, built piece by piece: once as it is sent, and
// once as it may be shown.
type path struct {
	method  string
	escaped strings.Builder // as it is sent
	shown   strings.Builder // ids and tokens left out
	query   url.Values
	secrets []string // tokens in the path, as they are and escaped
	err     error    // the first piece that is not valid
}

func newPath(method string) *path { return &path{method: method} }

// route is what errors, logs and Config.Observe call it.
func (p *path) route() string { return p.method + " " + p.shown.String() }

// word adds a fixed piece.
func (p *path) word(w string) *path {
	p.escaped.WriteString("/" + w)
	p.shown.WriteString("/" + w)
	return p
}

// maxSnowflake is how many digits an id can have: a snowflake has 64 bits.
const maxSnowflake = 20

// checkID returns an error where value, which is called name, is no snowflake.
func checkID(name, value string) error {
	if value == "" || len(value) > maxSnowflake || strings.Trim(value, "0123456789") != "" {
		return fmt.Errorf("%s %q is not an id of Discord's", name, clean(value, nil))
	}
	return nil
}

// id adds a snowflake.
func (p *path) id(name, value string) *path {
	if err := checkID(name, value); err != nil {
		p.fail(err)
		value = "0"
	}
	p.escaped.WriteString("/" + value)
	p.shown.WriteString("/:" + name)
	return p
}

// maxEmoji bounds an emoji, in bytes: a server's own has a name of 32 characters
// and an id, and the longest sequences of Unicode's have about 40 bytes.
const maxEmoji = 128

// emoji adds an emoji, in a form that Discord can know: a slash or dots alone
// would be taken for steps in the path.
func (p *path) emoji(value string) *path {
	if value == "" || len(value) > maxEmoji || !utf8.ValidString(value) || strings.Trim(value, ".") == "" ||
		strings.ContainsFunc(value, func(r rune) bool { return r == '/' || r == '\\' || unicode.IsControl(r) }) {
		p.fail(fmt.Errorf("%q is not an emoji", clean(value, nil)))
		value = "-"
	}
	p.escaped.WriteString("/" + url.PathEscape(value))
	p.shown.WriteString("/:emoji")
	return p
}

// maxToken bounds an interaction's token, in bytes. Discord's have about 200.
const maxToken = 2048

// token adds an interaction's token.
func (p *path) token(t secret.Text) *path {
	value := t.Reveal()
	// Dots alone would be taken for a step in the path, which escaping leaves.
	if value == "" || len(value) > maxToken || strings.Trim(value, ".") == "" {
		p.fail(errors.New("the interaction's token is not one of Discord's"))
		value = "-"
	}
	escaped := url.PathEscape(value)
	p.escaped.WriteString("/" + escaped)
	p.shown.WriteString("/:token")
	p.secrets = append(p.secrets, value)
	if escaped != value {
		p.secrets = append(p.secrets, escaped)
	}
	return p
}

func (p *path) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// on returns the address of the path at base.
func (p *path) on(base *url.URL) (*url.URL, error) {
	escaped := apiPrefix + p.escaped.String()
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, errors.New("the path cannot be escaped")
	}
	u := *base
	u.RawPath = strings.TrimSuffix(u.EscapedPath(), "/") + escaped
	u.Path = strings.TrimSuffix(u.Path, "/") + plain
	u.RawQuery = p.query.Encode()
	return &u, nil
}

func parseBase(base string) (*url.URL, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return nil, errors.New("the base URL is not an http or https origin")
	}
	u.RawQuery, u.Fragment = "", ""
	return u, nil
}
