package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// Bounds of what the page sends, in bytes and time.
const (
	maxCommand = 256 << 10
	maxForm    = 64 << 10    // what multipart may add to a file
	bodyWait   = time.Minute // to receive a body
)

// control serves what the page is made of. All answers are JSON, errors as
// {"error": "…"}; bodies are those of package discord where nothing else is
// said.
//
// The state, the events, and the acts of the people:
//
//	GET  /sandbox/state         a State
//	GET  /sandbox/events        Server-Sent Events: "state" with a State, then discord.Events as they come, "backstage"
//	                            with a Backstage, and "step" with {NAME: value} for each part of it that is another
//	                            now (a call, a job, the rest as in Backstage); from the start without ?after=ID
//	POST /sandbox/commands      an Invocation, of a message's menu where it has a target; answers an
//	                            Outcome, as the next three do
//	POST /sandbox/autocomplete  an Invocation
//	POST /sandbox/components    a Press
//	POST /sandbox/modals        a Submission
//	POST /sandbox/uploads       a file; answers an Attachment
//	POST /sandbox/messages      a Saying; answers the Message
//	POST /sandbox/reactions     a Reacting; answers 204 with nothing
//
// What can go wrong; where nothing else is said, the answer is 204 with nothing:
//
//	GET    /sandbox/faults                {"discord": {"known": […], "on": ["slow"]}, "luma": {…}},
//	                                      known being {"name", "calls", "description"} each
//	PUT    /sandbox/faults                {"discord": ["slow"], "luma": []}: these on, and all others of
//	                                      a side that is named off; answers as GET does
//	DELETE /sandbox/messages/{id}         a moderator deletes a message
//	DELETE /sandbox/messages/{id}/reactions  a moderator removes all reactions to it, or those with ?emoji=
//	DELETE /sandbox/channels/{id}         a moderator deletes a channel; PUT makes it anew
//	DELETE /sandbox/guilds/{id}/bot       the bot is thrown out; PUT lets it in again
//	PUT    /sandbox/channels/{id}/denied  {"permissions": 32768}: what the bot lacks there, 0 for nothing
//	PUT    /sandbox/channels/{id}/members/{user}/denied  {"permissions": 64}: what one member lacks there
//	PUT    /sandbox/roles/{id}/members/{user}  a moderator gives a role to a member; DELETE takes it
//	PUT    /sandbox/users/{id}/direct     {"closed": true}: the person takes no direct messages
//	DELETE /sandbox/users/{id}/bot        the person removes the bot that they have for themselves; PUT
//	                                      installs it again
//	POST   /sandbox/gateway               {"do": "cut"}, or "close" with a "code", "reconnect", "invalidate"
//	POST   /sandbox/tokens/expire         all interaction tokens end
//	POST   /sandbox/bot                   {"do": "restart"}, or "kill", "stop", "start": where the sandbox runs it
//	POST   /sandbox/clock                 {"skip": "504h"}: Discord's clock goes ahead, by 10 years at most
//
// What moves on, and what a test waits for:
//
//	PUT  /sandbox/pace              {"queued": 2000, "dreaming": 6000, "held": false}, each of which may be left out:
//	                                how long Luma stays in each state, in milliseconds; answers the Pace
//	POST /sandbox/luma/dialect      {"dialect": "lumalabs"}: the dialect of Luma's API that the bot is to speak; it is
//	                                restarted with it, where the sandbox runs it; answers the Dialect
//	GET  /sandbox/generations       what Luma has accepted, as luma.Generation
//	POST /sandbox/generations/{id}  {"failure": ""}: the generation goes on by one state, or fails by that reason
//	POST /sandbox/wait              {"message", "channel", "reply_to", "says": ["Completed"], "video": true,
//	                                "reaction": "⏩", "seconds": 30}, each of which may be left out: answers the first Message, present or to come,
//	                                that fits, 504 where none does in time
func (s *Sandbox) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/sandbox/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "no such path")
	})
	mux.HandleFunc("GET /sandbox/state", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, s.Discord.State())
	})
	mux.HandleFunc("GET /sandbox/events", s.events)
	mux.Handle("POST /sandbox/commands", act(s, s.Discord.Invoke))
	mux.Handle("POST /sandbox/autocomplete", act(s, s.Discord.Autocomplete))
	mux.Handle("POST /sandbox/components", act(s, s.Discord.Press))
	mux.Handle("POST /sandbox/modals", act(s, s.Discord.Submit))
	mux.HandleFunc("POST /sandbox/uploads", s.upload)
	mux.Handle("POST /sandbox/messages", act(s, s.Discord.Post))
	mux.HandleFunc("POST /sandbox/reactions", func(w http.ResponseWriter, r *http.Request) {
		var what discord.Reacting
		err := readJSON(w, r, &what)
		if err == nil {
			err = s.Discord.React(r.Context(), what)
		}
		s.happened(w, r, err)
	})
	s.trouble(mux)
	s.moves(mux)
	return mux
}

// act reads a body, has a person do what it says, and answers with what they
// see at once.
func act[T, Seen any](s *Sandbox, do func(context.Context, T) (Seen, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var what T
		if err := readJSON(w, r, &what); err != nil {
			s.fail(w, r, err)
			return
		}
		seen, err := do(r.Context(), what)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		reply(w, http.StatusOK, seen)
	})
}

// errBody is for a body that is not what it should be.
var errBody = errors.New("not the body that is asked for")

func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return fmt.Errorf("content type is not application/json: %w", errBody)
	}
	limitRead(w)
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCommand))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.Join(errBody, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more than one value: %w", errBody)
	}
	return nil
}

// limitRead bounds how long a body may take. A writer that knows no deadlines
// (in a test) goes without.
func limitRead(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWait))
}

// upload takes a file for a later command: the body itself, named by the
// query's filename, or the first file of a form.
func (s *Sandbox) upload(w http.ResponseWriter, r *http.Request) {
	limitRead(w)
	name := r.URL.Query().Get("filename")
	var file io.Reader = http.MaxBytesReader(w, r.Body, discord.MaxUpload)
	if media, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media == "multipart/form-data" {
		part, err := firstFile(multipart.NewReader(http.MaxBytesReader(w, r.Body, discord.MaxUpload+maxForm), params["boundary"]))
		if err != nil {
			s.fail(w, r, err)
			return
		}
		file = http.MaxBytesReader(w, part, discord.MaxUpload)
		if name == "" {
			name = part.FileName()
		}
	}
	if name == "" {
		refuse(w, http.StatusBadRequest, "the file has no name")
		return
	}
	data, err := io.ReadAll(file)
	if err != nil {
		s.fail(w, r, errors.Join(errBody, err))
		return
	}
	attachment, err := s.Discord.Upload(r.Context(), name, data)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	reply(w, http.StatusOK, attachment)
}

func firstFile(form *multipart.Reader) (*multipart.Part, error) {
	for {
		part, err := form.NextPart()
		if err != nil {
			return nil, fmt.Errorf("no file in the form: %w", errors.Join(errBody, err))
		}
		if part.FileName() != "" {
			return part, nil
		}
	}
}

// unknown and impossible are what a stand-in calls a wrong name, and what
// cannot be done to the right one.
func unknown(err error) bool {
	return errors.Is(err, discord.ErrUnknown) || errors.Is(err, luma.ErrUnknown)
}

func impossible(err error) bool {
	return errors.Is(err, discord.ErrInvalid) || errors.Is(err, luma.ErrFinal) ||
		errors.Is(err, errBody) || errors.Is(err, errAct)
}

// fail answers with the status that err stands for.
func (s *Sandbox) fail(w http.ResponseWriter, r *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("more than %d bytes", tooLarge.Limit))
	case unknown(err):
		refuse(w, http.StatusNotFound, err.Error())
	case impossible(err):
		refuse(w, http.StatusBadRequest, err.Error())
	case r.Context().Err() != nil:
		refuse(w, http.StatusServiceUnavailable, "the sandbox is closing")
	default:
		s.log.Error("the sandbox could not do it", "path", r.URL.Path, "error", err)
		refuse(w, http.StatusInternalServerError, "something broke in the sandbox; its log says more")
	}
}

func refuse(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]string{"error": message})
}

func reply(w http.ResponseWriter, status int, value any) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// What cannot be sent, nobody is there to read.
	_ = json.NewEncoder(w).Encode(value)
}
