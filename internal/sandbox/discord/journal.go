package discord

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// The world is kept in two files: state.json, written at the start and at the
// end as a whole, and journal.jsonl, to which each change is appended at once.
// So what was answered is there after a kill -9, and a change costs the same
// however much there is already.

const (
	stateName   = "state.json"
	journalName = "journal.jsonl"
	// maxJournal is how many changes the journal takes before state.json is
	// written anew.
	maxJournal = 20_000
	// maxRecord bounds a line: a message has no more than 1 MiB of JSON.
	maxRecord = 8 << 20
)

// state is the content of state.json.
type state struct {
	Version      int                   `json:"version"`
	Token        string                `json:"token"`
	Key          []byte                `json:"key"`
	Last         uint64                `json:"last"`
	Expired      uint64                `json:"expired"`
	Commands     map[string][]*command `json:"commands"`
	Messages     []*message            `json:"messages"`
	Files        []*file               `json:"files"`
	Uploads      []string              `json:"uploads"`
	Interactions []*interaction        `json:"interactions"`
	Modals       []*openModal          `json:"modals"`
	Fate         fate                  `json:"fate,omitzero"`
	Ahead        time.Duration         `json:"ahead,omitempty"`
}

const stateVersion = 1

// record is one change; one of its fields is set. Each says how a thing is
// now, so that applying a record twice does no harm.
type record struct {
	Message        *message     `json:"message,omitempty"`
	DroppedMessage string       `json:"dropped_message,omitempty"`
	File           *file        `json:"file,omitempty"`
	DroppedFile    string       `json:"dropped_file,omitempty"`
	Interaction    *interaction `json:"interaction,omitempty"`
	Modal          *openModal   `json:"modal,omitempty"`
	DroppedModal   string       `json:"dropped_modal,omitempty"`
	Commands       *commandSet  `json:"commands,omitempty"`
	Expired        uint64       `json:"expired,omitempty"`
	Fate           *fate        `json:"fate,omitempty"`
	// Ahead is how far Discord's clock is ahead.
	Ahead time.Duration `json:"ahead,omitempty"`
}

type commandSet struct {
	Guild string     `json:"guild"`
	List  []*command `json:"list"`
}

type journal struct {
	file  *os.File
	lines int
}

// record appends a change. A disk that fails is logged: the server goes on
// from memory. mu is held.
func (s *Server) record(r record) {
	if s.journal == nil {
		return
	}
	line, err := json.Marshal(r)
	if err == nil {
		_, err = s.journal.file.Write(append(line, '\n'))
	}
	if err != nil {
		s.log.Error("keeping a change of the sandbox's Discord", "err", err)
	}
	if s.journal.lines++; s.journal.lines >= maxJournal {
		if err := s.compact(); err != nil {
			s.log.Error("keeping the state of the sandbox's Discord", "err", err)
		}
	}
}

// apply makes a change that was read.
func (s *Server) apply(r record) {
	switch {
	case r.Message != nil && r.Message.ID != "":
		if fallen := s.history.put(r.Message); fallen != nil {
			for _, a := range fallen.Attachments {
				delete(s.files.byID, a.ID)
			}
		}
		s.last = max(s.last, snowflake(r.Message.ID))
	case r.DroppedMessage != "":
		if m := s.history.byID[r.DroppedMessage]; m != nil {
			s.history.remove(m)
		}
	case r.File != nil && r.File.ID != "":
		s.files.byID[r.File.ID] = r.File
		s.last = max(s.last, snowflake(r.File.ID))
		if r.File.Ephemeral && !slices.Contains(s.files.uploads, r.File.ID) {
			s.files.uploads = append(s.files.uploads, r.File.ID)
		}
	case r.DroppedFile != "":
		delete(s.files.byID, r.DroppedFile)
		s.files.uploads = slices.DeleteFunc(s.files.uploads, func(id string) bool { return id == r.DroppedFile })
	case r.Interaction != nil && r.Interaction.ID != "":
		s.acts.put(r.Interaction)
		s.acts.forget(time.Time{})
		s.last = max(s.last, snowflake(r.Interaction.ID))
	case r.Modal != nil && r.Modal.ID != "":
		s.acts.openModal(r.Modal)
	case r.DroppedModal != "":
		s.acts.closeModal(r.DroppedModal)
	case r.Commands != nil:
		s.commands[r.Commands.Guild] = r.Commands.List
		for _, c := range r.Commands.List {
			s.last = max(s.last, snowflake(c.ID), snowflake(c.Version))
		}
	case r.Expired != 0:
		s.expired = max(s.expired, r.Expired)
		s.last = max(s.last, s.expired)
	case r.Fate != nil:
		s.fate = *r.Fate
	case r.Ahead != 0:
		s.ahead.Store(int64(r.Ahead))
	}
}

// load reads state.json and the journal, and begins a new journal.
func (s *Server) load() error {
	if err := s.loadState(); err != nil {
		return err
	}
	if err := s.loadJournal(); err != nil {
		return err
	}
	s.tidy()
	var err error
	s.journal = &journal{}
	if s.journal.file, err = os.OpenFile(filepath.Join(s.dir, journalName), os.O_WRONLY|os.O_CREATE, 0o600); err != nil {
		return fmt.Errorf("opening the journal: %w", err)
	}
	if err := s.compact(); err != nil {
		return errors.Join(err, s.journal.file.Close())
	}
	return nil
}

func (s *Server) loadState() error {
	raw, err := os.ReadFile(filepath.Join(s.dir, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var st state
	if err == nil {
		err = json.Unmarshal(raw, &st)
	}
	if err == nil && st.Version != stateVersion {
		err = fmt.Errorf("version %d is not %d", st.Version, stateVersion)
	}
	if err == nil && (st.Token == "" || len(st.Key) == 0) {
		err = errors.New("it has no token or no key")
	}
	if err != nil {
		return fmt.Errorf("reading %q: %w", stateName, err)
	}
	s.token, s.key, s.last, s.expired, s.fate = st.Token, st.Key, max(s.last, st.Last), st.Expired, st.Fate
	s.ahead.Store(int64(st.Ahead))
	for _, f := range st.Files {
		s.apply(record{File: f})
	}
	s.files.uploads = st.Uploads
	for _, m := range st.Messages {
		s.apply(record{Message: m})
	}
	for _, in := range st.Interactions {
		s.apply(record{Interaction: in})
	}
	for _, m := range st.Modals {
		s.apply(record{Modal: m})
	}
	for g, list := range st.Commands {
		s.apply(record{Commands: &commandSet{g, list}})
	}
	return nil
}

// loadJournal applies what was appended after state.json was written. A last
// line that was cut by the end of the process is left out.
func (s *Server) loadJournal() error {
	f, err := os.Open(filepath.Join(s.dir, journalName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening the journal: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxRecord)
	for lines.Scan() {
		var r record
		if json.Unmarshal(bytes.TrimSpace(lines.Bytes()), &r) != nil {
			break
		}
		s.apply(r)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading the journal: %w", err)
	}
	return nil
}

// tidy removes files that nothing knows of, as a kill can leave behind, and
// forgets those that nobody shows or whose bytes are missing.
func (s *Server) tidy() {
	shown := map[string]bool{}
	for _, id := range s.files.uploads {
		shown[id] = true
	}
	for _, m := range s.history.byID {
		for _, a := range m.Attachments {
			shown[a.ID] = true
		}
	}
	maps.DeleteFunc(s.files.byID, func(id string, _ *file) bool { return !shown[id] })
	there := map[string]bool{}
	entries, _ := os.ReadDir(s.files.dir)
	for _, e := range entries {
		there[e.Name()] = true
		if s.files.byID[e.Name()] == nil {
			_ = os.Remove(s.files.path(e.Name()))
		}
	}
	for id := range s.files.byID {
		if !there[id] {
			delete(s.files.byID, id)
		}
	}
}

// compact writes state.json and empties the journal. Were the process to end
// in between, the journal's records would be applied once more, which does no
// harm. mu is held.
func (s *Server) compact() error {
	st := state{
		Version: stateVersion, Token: s.token, Key: s.key, Last: s.last, Expired: s.expired, Commands: s.commands,
		Messages: s.history.all("", s.limits.History), Uploads: s.files.uploads,
		Interactions: s.acts.list(), Modals: s.acts.modals, Fate: s.fate,
		Ahead: time.Duration(s.ahead.Load()),
	}
	for _, f := range s.files.byID {
		st.Files = append(st.Files, f)
	}
	raw, err := json.Marshal(st)
	if err == nil {
		err = replace(filepath.Join(s.dir, stateName), raw)
	}
	if err == nil {
		err = s.journal.file.Truncate(0)
	}
	if err == nil {
		_, err = s.journal.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("writing %q: %w", stateName, err)
	}
	s.journal.lines = 0
	return nil
}

// replace writes a file so that there is the old or the new one at any time.
func replace(name string, data []byte) error {
	tmp := name + ".new"
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, name)
}

// save writes everything for the last time. mu is held.
func (s *Server) save() error {
	if s.journal == nil {
		return nil
	}
	err := s.compact()
	err = errors.Join(err, s.journal.file.Close())
	s.journal = nil
	return err
}
