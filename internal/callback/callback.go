// Package callback is where Luma tells that a job has moved on: an address for each
// job that nobody can guess.
//
// What arrives there is not signed, and is no more than a hint to ask Luma: nothing
// of it is read. An address is made of the job's id and a code that only who has the
// operator's key can reckon. So nothing is stored, it is the same after a restart, and
// whoever learns of one address learns nothing of another.
package callback

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"dreambot/internal/secret"
)

// Path is what the paths of all addresses begin with, behind the base.
const Path = "/luma/"

const (
	// label keeps what is reckoned with the key here apart from all else.
	label = "dreambot luma callback v1"
	// maxJob bounds a job's id, in bytes. Those of jobs have 20.
	maxJob = 64
	// maxBody bounds what is read of a request's body, which nobody looks at, before
	// the connection is closed.
	maxBody = 64 << 10
)

// codeLength is that of a code, as it is written.
var codeLength = base64.RawURLEncoding.EncodedLen(sha256.Size)

// Endpoint makes addresses, and serves them.
type Endpoint struct {
	key  secret.Text // of codes; it does not lead back to the operator's
	base string
}

// New returns an endpoint whose addresses begin with base, as https://host. key is
// the operator's key at Luma.
func New(key secret.Text, base string) *Endpoint {
	return &Endpoint{key: secret.New(string(sum(key, label))), base: strings.TrimRight(base, "/")}
}

func sum(key secret.Text, text string) []byte {
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	_, _ = mac.Write([]byte(text))
	return mac.Sum(nil)
}

// URL returns a job's address.
func (e *Endpoint) URL(job string) string { return e.base + Path + job + "/" + e.code(job) }

func (e *Endpoint) code(job string) string {
	return base64.RawURLEncoding.EncodeToString(sum(e.key, job))
}

// Handler serves the addresses at Path: it calls nudge with the job of a request to
// one of them, and answers 200. Whatever else comes is answered by a 404, the same
// for all. It takes the same small time and memory whatever it is asked, and keeps
// and logs nothing; nudge must not block.
func (e *Endpoint) Handler(nudge func(job string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The server reads, within its own bounds, what is left of a body, so that the
		// connection can be used again. Of a large one, or one of unknown size, that is
		// not worth it.
		if r.ContentLength < 0 || r.ContentLength > maxBody {
			w.Header().Set("Connection", "close")
		}
		job, ok := e.job(r)
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		nudge(job)
		w.WriteHeader(http.StatusOK)
	})
}

// job returns the job at whose address a request is.
func (e *Endpoint) job(r *http.Request) (string, bool) {
	// Of a path that is too long for any address, nothing is looked at.
	if r.Method != http.MethodPost || len(r.URL.Path) > len(Path)+maxJob+1+codeLength {
		return "", false
	}
	rest, ok := strings.CutPrefix(r.URL.Path, Path)
	job, code, cut := strings.Cut(rest, "/")
	if !ok || !cut || job == "" || len(code) != codeLength {
		return "", false
	}
	return job, hmac.Equal([]byte(e.code(job)), []byte(code))
}
