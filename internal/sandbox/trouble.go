package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// faulty is a stand-in whose faults are switched by name.
type faulty[F ~string] interface {
	SetFaults(on ...F) error
	FaultsOn() []F
}

// faultInfo is a fault of either stand-in.
type faultInfo struct {
	Name        string `json:"name"`
	Calls       string `json:"calls,omitempty"` // what it acts on, where that is not everything
	Description string `json:"description"`
	Watch       string `json:"watch,omitempty"` // what to watch for in the chat, where the description does not say
}

// faultsShown is what one stand-in can be made to suffer, and does.
type faultsShown struct {
	Known []faultInfo `json:"known"`
	On    []string    `json:"on"`
}

// faultSwitch is the faults of one stand-in.
type faultSwitch struct {
	known []faultInfo
	set   func(names []string) error
	on    func() []string
}

func switchOf[F ~string](s faulty[F], known []faultInfo) faultSwitch {
	return faultSwitch{
		known: known,
		set:   func(names []string) error { return s.SetFaults(converted[F](names)...) },
		on:    func() []string { return converted[string](s.FaultsOn()) },
	}
}

func converted[To, From ~string](list []From) []To {
	out := make([]To, 0, len(list))
	for _, v := range list {
		out = append(out, To(v))
	}
	return out
}

func (f faultSwitch) shown() faultsShown { return faultsShown{f.known, f.on()} }

// check finds a name that no fault has, before anything is switched.
func (f faultSwitch) check(names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(f.known, func(i faultInfo) bool { return i.Name == name }) {
			return fmt.Errorf("no fault is named %q: %w", name, errBody)
		}
	}
	return nil
}

// switches are the faults of both stand-ins.
type switches struct {
	Discord, Luma faultSwitch
}

func (f switches) shown() map[string]faultsShown {
	return map[string]faultsShown{"discord": f.Discord.shown(), "luma": f.Luma.shown()}
}

func (s *Sandbox) switches() switches {
	var ofDiscord, ofLuma []faultInfo
	for _, i := range discord.Faults() {
		ofDiscord = append(ofDiscord, faultInfo{Name: string(i.Name), Description: i.Description})
	}
	for _, i := range luma.Faults() {
		ofLuma = append(ofLuma, faultInfo{string(i.Name), i.Calls, i.Description, i.Watch})
	}
	return switches{switchOf(s.Discord, ofDiscord), switchOf(s.Luma, ofLuma)}
}

// trouble adds what can go wrong to the control API.
func (s *Sandbox) trouble(mux *http.ServeMux) {
	faults := s.switches()
	mux.HandleFunc("GET /sandbox/faults", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, faults.shown())
	})
	mux.HandleFunc("PUT /sandbox/faults", func(w http.ResponseWriter, r *http.Request) {
		if err := faults.put(w, r); err != nil {
			s.fail(w, r, err)
			return
		}
		s.stage.changed(ofFaults)
		reply(w, http.StatusOK, faults.shown())
	})
	d := s.Discord
	mux.Handle("DELETE /sandbox/messages/{id}", s.happens(d.DeleteMessage))
	mux.Handle("DELETE /sandbox/channels/{id}", s.happens(d.DeleteChannel))
	mux.Handle("PUT /sandbox/channels/{id}", s.happens(d.RestoreChannel))
	mux.Handle("DELETE /sandbox/guilds/{id}/bot", s.happens(d.Kick))
	mux.Handle("PUT /sandbox/guilds/{id}/bot", s.happens(d.Readmit))
	mux.Handle("DELETE /sandbox/users/{id}/bot", s.happens(d.Uninstall))
	mux.Handle("PUT /sandbox/users/{id}/bot", s.happens(d.Install))
	mux.HandleFunc("DELETE /sandbox/messages/{id}/reactions", func(w http.ResponseWriter, r *http.Request) {
		s.happened(w, r, d.ClearReactions(r.PathValue("id"), r.URL.Query().Get("emoji")))
	})
	mux.HandleFunc("PUT /sandbox/channels/{id}/denied", func(w http.ResponseWriter, r *http.Request) {
		var what denied
		err := readJSON(w, r, &what)
		if err == nil {
			err = d.Deny(r.PathValue("id"), what.Permissions)
		}
		s.happened(w, r, err)
	})
	mux.HandleFunc("PUT /sandbox/channels/{id}/members/{user}/denied", func(w http.ResponseWriter, r *http.Request) {
		var what denied
		err := readJSON(w, r, &what)
		if err == nil {
			err = d.DenyMember(r.PathValue("id"), r.PathValue("user"), what.Permissions)
		}
		s.happened(w, r, err)
	})
	for method, do := range map[string]func(role, user string) error{"PUT": d.GiveRole, "DELETE": d.TakeRole} {
		mux.HandleFunc(method+" /sandbox/roles/{id}/members/{user}", func(w http.ResponseWriter, r *http.Request) {
			s.happened(w, r, do(r.PathValue("id"), r.PathValue("user")))
		})
	}
	mux.HandleFunc("POST /sandbox/clock", func(w http.ResponseWriter, r *http.Request) {
		by, err := readSkip(w, r)
		if err == nil {
			d.Skip(by)
		}
		s.happened(w, r, err)
	})
	mux.HandleFunc("PUT /sandbox/users/{id}/direct", func(w http.ResponseWriter, r *http.Request) {
		var what struct {
			Closed bool `json:"closed"`
		}
		err := readJSON(w, r, &what)
		if err == nil {
			err = d.CloseDirect(r.PathValue("id"), what.Closed)
		}
		s.happened(w, r, err)
	})
}

// denied are the permissions that somebody lacks.
type denied struct {
	Permissions int64 `json:"permissions"`
}

// MaxSkip bounds by how much the clock is set ahead at once.
const MaxSkip = 10 * 365 * 24 * time.Hour

// readSkip reads by how much the clock is to be set ahead.
func readSkip(w http.ResponseWriter, r *http.Request) (time.Duration, error) {
	var what struct {
		Skip string `json:"skip"`
	}
	if err := readJSON(w, r, &what); err != nil {
		return 0, err
	}
	by, err := time.ParseDuration(what.Skip)
	if err != nil || by <= 0 || by > MaxSkip {
		return 0, fmt.Errorf("%q is no time as 504h, of 10 years at most: %w", what.Skip, errBody)
	}
	return by, nil
}

// put switches the faults of those stand-ins that the body names.
func (f switches) put(w http.ResponseWriter, r *http.Request) error {
	var wanted struct {
		Discord *[]string `json:"discord"`
		Luma    *[]string `json:"luma"`
	}
	if err := readJSON(w, r, &wanted); err != nil {
		return err
	}
	sides := []struct {
		side  faultSwitch
		names *[]string
	}{{f.Discord, wanted.Discord}, {f.Luma, wanted.Luma}}
	for _, s := range sides {
		if s.names == nil {
			continue
		}
		if err := s.side.check(*s.names); err != nil {
			return err
		}
	}
	for _, s := range sides {
		if s.names == nil {
			continue
		}
		if err := s.side.set(*s.names); err != nil {
			return fmt.Errorf("switching the faults: %w", err)
		}
	}
	return nil
}

// happens has something happen to what the path names.
func (s *Sandbox) happens(do func(id string) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.happened(w, r, do(r.PathValue("id"))) })
}

// happened answers with nothing, or with what was wrong.
func (s *Sandbox) happened(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}
