package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"dreambot/internal/sandbox/luma"
)

// Dialects returns the names of the dialects of Luma's API, as LUMA_API has them.
func Dialects() []string { return luma.Dialects() }

// Dialect is the dialect of Luma's API that the bot is to speak: LUMA_API and
// LUMA_API_URL of it, and the names of all that there are.
type Dialect struct {
	Name  string   `json:"name"`
	URL   string   `json:"url"`
	Known []string `json:"known"`
}

// spoken returns the dialect that Environ names.
func (s *Sandbox) spoken() Dialect {
	name := *s.dialect.Load()
	path, err := luma.Path(name)
	if err != nil {
		panic(err) // speak has looked
	}
	return Dialect{name, s.url + path, luma.Dialects()}
}

// speak has Environ name a dialect; a name that none has is an error.
func (s *Sandbox) speak(name string) error {
	if _, err := luma.Path(name); err != nil {
		return err
	}
	s.dialect.Store(&name)
	return nil
}

// Speak has Environ name another dialect of Luma's API, and restarts the bot with
// it, where the sandbox runs one and it is not stopped. It returns once this has
// begun. A name that no dialect has is an error.
func (s *Sandbox) Speak(ctx context.Context, name string) error {
	if name == s.spoken().Name {
		return nil
	}
	if err := s.speak(name); err != nil {
		return errors.Join(errBody, err)
	}
	s.stage.changed(ofDialect)
	if s.runner.Load() == nil || s.stage.status().State == BotStopped {
		return nil // whoever starts it next reads Environ
	}
	if err := s.DoBot(ctx, "restart"); err != nil {
		return fmt.Errorf("restarting the bot: %w", err)
	}
	return nil
}

// postDialect has the bot speak the dialect that the body names.
func (s *Sandbox) postDialect(w http.ResponseWriter, r *http.Request) {
	var what struct {
		Dialect string `json:"dialect"`
	}
	err := readJSON(w, r, &what)
	if err == nil {
		err = s.Speak(r.Context(), what.Dialect)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	reply(w, http.StatusOK, s.spoken())
}
