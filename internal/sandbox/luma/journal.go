package luma

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// journalName is the file in Config.Dir: lines of JSON, the first with the
// key, each other with a record as it was when it changed; the last of a
// record holds. A line is written before the answer that it belongs to, so an
// accepted generation outlives a kill of the process.
const journalName = "luma.jsonl"

// maxLine bounds a line of the journal, in bytes: several times what a request
// of maxBody becomes.
const maxLine = 8 << 20

// journal is the open file. Server.mu guards it.
type journal struct {
	path  string
	file  *os.File
	lines int // records written since it was last made small
}

// kept is what a journal held.
type kept struct {
	key     string
	records []*record // oldest first
}

type journalHead struct {
	Key string `json:"key"`
}

// openJournal reads what dir holds, or begins with key.
func openJournal(dir, key string) (*journal, kept, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, kept{}, err
	}
	j := &journal{path: filepath.Join(dir, journalName)}
	k := kept{key: key}
	file, err := os.Open(j.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, kept{}, err
	default:
		k, err = readJournal(file)
		err = errors.Join(err, file.Close())
		if err != nil {
			return nil, kept{}, err
		}
	}
	return j, k, j.rewrite(k)
}

// readJournal reads lines. A last line that was cut off is left out: nobody
// was told of it.
func readJournal(r io.Reader) (kept, error) {
	var k kept
	place := map[string]int{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	lines.Split(wholeLines)
	for n := 1; lines.Scan(); n++ {
		if n == 1 {
			var head journalHead
			if err := json.Unmarshal(lines.Bytes(), &head); err != nil || head.Key == "" {
				return kept{}, fmt.Errorf("line 1 has no key: %w", errors.Join(err, errJournal))
			}
			k.key = head.Key
			continue
		}
		var rec record
		if err := json.Unmarshal(lines.Bytes(), &rec); err != nil || rec.ID == "" || rec.Film != nil && !rec.Film.sane() {
			return kept{}, fmt.Errorf("line %d is not a generation: %w", n, errors.Join(err, errJournal))
		}
		rec.complete()
		if at, known := place[rec.ID]; known {
			k.records[at] = &rec
			continue
		}
		place[rec.ID] = len(k.records)
		k.records = append(k.records, &rec)
	}
	if err := lines.Err(); err != nil {
		return kept{}, err
	}
	if k.key == "" {
		return kept{}, fmt.Errorf("no line: %w", errJournal)
	}
	k.records = slices.DeleteFunc(k.records, func(r *record) bool { return r.Gone })
	if over := len(k.records) - maxKept; over > 0 {
		k.records = k.records[over:]
	}
	return k, nil
}

var errJournal = errors.New("not a file of this stand-in")

// complete fills in what was not written down when there was one dialect.
func (r *record) complete() {
	if r.Dialect == "" {
		r.Dialect = crazyrouter{}.name()
	}
	switch {
	case r.Kind != "":
	case r.Parent != "":
		r.Kind = kindExtend
	default:
		r.Kind = kindCreate
	}
}

// wholeLines is bufio.ScanLines without a last line that no newline ends.
func wholeLines(data []byte, atEOF bool) (int, []byte, error) {
	advance, token, err := bufio.ScanLines(data, false)
	if advance == 0 && atEOF {
		return len(data), nil, err
	}
	return advance, token, err
}

// rewrite replaces the file by one that holds each record once.
func (j *journal) rewrite(k kept) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(j.path), journalName+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, temp.Close(), os.Remove(temp.Name()))
		}
	}()
	out := bufio.NewWriter(temp)
	lines := json.NewEncoder(out)
	if err := lines.Encode(journalHead{k.key}); err != nil {
		return err
	}
	for _, r := range k.records {
		if err := lines.Encode(r); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	// The file is closed for the renaming and opened again, which Windows
	// asks for.
	if err := errors.Join(temp.Close(), j.close()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), j.path); err != nil {
		return err
	}
	j.lines = len(k.records)
	j.file, err = os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0o600)
	return err
}

// append writes one record's line.
func (j *journal) append(r *record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	j.lines++
	_, err = j.file.Write(append(line, '\n'))
	return err
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}

// keep writes a record down. The caller holds s.mu.
func (s *Server) keep(r *record) error {
	if s.journal == nil {
		return nil
	}
	if s.journal.file == nil {
		return fmt.Errorf("keeping generation %q: %w", r.ID, fs.ErrClosed)
	}
	if s.journal.lines >= 2*maxKept {
		if err := s.journal.rewrite(kept{s.key, s.order}); err != nil {
			return fmt.Errorf("making the journal small: %w", err)
		}
	}
	if err := s.journal.append(r); err != nil {
		return fmt.Errorf("keeping generation %q: %w", r.ID, err)
	}
	return nil
}

// keepOrWarn keeps a record where nobody waits for whether it is kept. The
// caller holds s.mu.
func (s *Server) keepOrWarn(r *record) {
	if err := s.keep(r); err != nil {
		s.log.Warn("a generation is not kept", "id", r.ID, "error", err)
	}
}
