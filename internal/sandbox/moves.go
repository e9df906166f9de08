package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"dreambot/internal/sandbox/discord"
)

// Runner runs the bot that stands between the stand-ins.
type Runner interface {
	// Do has the bot "restart" as a deploy does, be killed ("kill") as by a
	// crash, to come back by itself, "stop" or "start". It returns once this has
	// begun.
	Do(ctx context.Context, act string) error
}

// errAct is for an act that there is not, or not here.
var errAct = errors.New("no such act")

// Acts are what a Runner can be asked for.
func Acts() []string { return []string{"restart", "kill", "stop", "start"} }

// RunBy says who runs the bot; before that the control API refuses its acts.
func (s *Sandbox) RunBy(r Runner) { s.runner.Store(&r) }

// Bounds of a wait for a message.
const (
	usualWait = 30 * time.Second
	mostWait  = 2 * time.Minute
)

// moves adds to the control API what a test or a developer moves by hand.
func (s *Sandbox) moves(mux *http.ServeMux) {
	mux.HandleFunc("PUT /sandbox/pace", func(w http.ResponseWriter, r *http.Request) {
		if err := s.putPace(w, r); err != nil {
			s.fail(w, r, err)
			return
		}
		s.stage.changed(ofPace)
		reply(w, http.StatusOK, s.pace())
	})
	mux.HandleFunc("POST /sandbox/luma/dialect", s.postDialect)
	mux.HandleFunc("GET /sandbox/generations", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, s.Luma.Generations())
	})
	mux.HandleFunc("POST /sandbox/generations/{id}", func(w http.ResponseWriter, r *http.Request) {
		var what struct {
			Failure string `json:"failure"`
		}
		err := readJSON(w, r, &what)
		if err == nil {
			err = s.Luma.Advance(r.PathValue("id"), what.Failure)
		}
		s.happened(w, r, err)
	})
	mux.HandleFunc("POST /sandbox/gateway", func(w http.ResponseWriter, r *http.Request) {
		s.happened(w, r, s.disturb(w, r))
	})
	mux.HandleFunc("POST /sandbox/tokens/expire", func(w http.ResponseWriter, r *http.Request) {
		s.Discord.ExpireTokens()
		s.happened(w, r, nil)
	})
	mux.HandleFunc("POST /sandbox/bot", func(w http.ResponseWriter, r *http.Request) {
		s.happened(w, r, s.doBot(w, r))
	})
	mux.Handle("POST "+botPath+"/luma/", s.passOn())
	mux.HandleFunc("POST /sandbox/wait", s.wait)
}

// putPace changes those parts of Luma's pace that the body names.
func (s *Sandbox) putPace(w http.ResponseWriter, r *http.Request) error {
	now := s.pace()
	wanted := struct {
		Queued   *int64 `json:"queued"`
		Dreaming *int64 `json:"dreaming"`
		Held     *bool  `json:"held"`
	}{&now.Queued, &now.Dreaming, &now.Held}
	if err := readJSON(w, r, &wanted); err != nil {
		return err
	}
	if wanted.Queued == nil || wanted.Dreaming == nil || wanted.Held == nil {
		return fmt.Errorf("a part of the pace is null: %w", errBody)
	}
	const most = int64(time.Hour / time.Millisecond) // over luma.SetPace's own bound, and far from an overflow
	if max(now.Queued, now.Dreaming) > most {
		return fmt.Errorf("a state lasts an hour at most: %w", errBody)
	}
	err := s.Luma.SetPace(time.Duration(now.Queued)*time.Millisecond, time.Duration(now.Dreaming)*time.Millisecond)
	if err != nil {
		return errors.Join(errBody, err)
	}
	if now.Held {
		s.Luma.Hold()
	} else {
		s.Luma.Release()
	}
	return nil
}

// disturb does something to the bot's gateway sessions.
func (s *Sandbox) disturb(w http.ResponseWriter, r *http.Request) error {
	what := struct {
		Do   string `json:"do"`
		Code int    `json:"code"`
	}{Code: 4000}
	if err := readJSON(w, r, &what); err != nil {
		return err
	}
	return s.Disturb(what.Do, what.Code)
}

// Disturb breaks ("cut") the bot's gateway connections, has them closed with a
// code ("close"), asks them to "reconnect", or says that their sessions are
// invalid ("invalidate").
func (s *Sandbox) Disturb(what string, code int) error {
	gateway := s.Discord.Gateway()
	switch what {
	case "cut":
		gateway.CutAll()
	case "close":
		// Codes that an endpoint may send. Source: RFC 6455, 7.4.
		if code < 1000 || code > 4999 || slices.Contains([]int{1004, 1005, 1006, 1015}, code) {
			return fmt.Errorf("%d is not the code of a close: %w", code, errAct)
		}
		gateway.CloseAll(code)
	case "reconnect":
		gateway.SendReconnect()
	case "invalidate":
		gateway.SendInvalidSession(false)
	default:
		return fmt.Errorf("the gateway can be told to cut, close, reconnect or invalidate, not %q: %w", what, errAct)
	}
	return nil
}

// doBot has the bot do what the body says.
func (s *Sandbox) doBot(w http.ResponseWriter, r *http.Request) error {
	var what struct {
		Do string `json:"do"`
	}
	if err := readJSON(w, r, &what); err != nil {
		return err
	}
	return s.DoBot(r.Context(), what.Do)
}

// DoBot has the bot do one of Acts.
func (s *Sandbox) DoBot(ctx context.Context, act string) error {
	if !slices.Contains(Acts(), act) {
		return fmt.Errorf("the bot can be told to %v, not %q: %w", Acts(), act, errAct)
	}
	runner := s.runner.Load()
	if runner == nil {
		return fmt.Errorf("the bot is not run by the sandbox: %w", errAct)
	}
	return (*runner).Do(ctx, act)
}

// waiting says which message is waited for: every field that is set must fit.
type waiting struct {
	Message  string   `json:"message"`  // its id
	Channel  string   `json:"channel"`  // id of its channel
	ReplyTo  string   `json:"reply_to"` // id of the message that it answers
	Says     []string `json:"says"`     // stand in its Text
	Video    bool     `json:"video"`    // it shows one
	Reaction string   `json:"reaction"` // name of an emoji that is under it
	Seconds  float64  `json:"seconds"`  // for so long; 0: 30
}

func (q waiting) fits(m discord.Message) bool {
	if q.Message != "" && m.ID != q.Message || q.Channel != "" && m.ChannelID != q.Channel ||
		q.ReplyTo != "" && m.ReplyTo != q.ReplyTo || q.Video && Video(m) == nil {
		return false
	}
	has := func(r discord.Reaction) bool { return r.Emoji.Name == q.Reaction }
	if q.Reaction != "" && !slices.ContainsFunc(m.Reactions, has) {
		return false
	}
	return Says(m, q.Says...)
}

// wait answers the first message, present or to come, that fits.
func (s *Sandbox) wait(w http.ResponseWriter, r *http.Request) {
	var q waiting
	if err := readJSON(w, r, &q); err != nil {
		s.fail(w, r, err)
		return
	}
	patience := time.Duration(q.Seconds * float64(time.Second))
	if patience == 0 {
		patience = usualWait
	}
	if patience < 0 || patience > mostWait {
		refuse(w, http.StatusBadRequest, fmt.Sprintf("a wait lasts %v at most", mostWait))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	m, err := s.Discord.Wait(ctx, q.fits)
	switch {
	case err == nil:
		reply(w, http.StatusOK, m)
	case errors.Is(err, context.DeadlineExceeded):
		refuse(w, http.StatusGatewayTimeout, fmt.Sprintf("no such message within %v", patience))
	default:
		s.fail(w, r, err)
	}
}
