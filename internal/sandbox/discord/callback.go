package discord

import (
	"encoding/json"
	"time"
	"unicode/utf8"
)

// Types of responses.
// Source: discord-api-docs, interactions/receiving-and-responding.
const (
	respondMessage  = 4
	respondDeferred = 5
	respondLater    = 6 // DEFERRED_UPDATE_MESSAGE
	respondUpdate   = 7
	respondChoices  = 8
	respondModal    = 9
)

// responses are the types that an interaction takes.
func (in *interaction) responses() []int {
	switch {
	case in.Kind == kindAutocomplete:
		return []int{respondChoices}
	case in.Kind == kindComponent:
		return []int{respondMessage, respondDeferred, respondLater, respondUpdate, respondModal}
	case in.Kind == kindSubmit && in.Source != "":
		return []int{respondMessage, respondDeferred, respondLater, respondUpdate}
	case in.Kind == kindSubmit:
		return []int{respondMessage, respondDeferred}
	}
	return []int{respondMessage, respondDeferred, respondModal}
}

// postCallback takes the first response to an interaction.
func (s *Server) postCallback(r *request) (answer, error) {
	m, err := r.body.object()
	if err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	in, err := s.pending(r.vars["interaction"], r.vars["token"], now)
	if err != nil {
		return answer{}, err
	}
	f := newForm()
	if !f.need(m, "type") {
		return answer{}, f.err()
	}
	kind, _ := f.choice(m, "type", in.responses()...)
	if err := f.err(); err != nil {
		return answer{}, err
	}
	data, given := f.object(m, "data")
	if !given {
		data = object{}
		if kind == respondMessage || kind == respondChoices || kind == respondModal {
			f.need(m, "data")
		}
		if err := f.err(); err != nil {
			return answer{}, err
		}
	}
	out, err := s.respond(in, kind, f.at("data"), data, r.body.files, now)
	if err != nil {
		return answer{}, err
	}
	in.Acked = kind
	s.finish(in, out)
	s.record(record{Interaction: in})
	if in.Modal != "" { // a dialog closes when its submission is answered
		s.acts.closeModal(in.Modal)
		s.record(record{DroppedModal: in.Modal})
	}
	if with := r.URL.Query().Get("with_response"); with == "true" || with == "True" || with == "1" {
		return ok(s.callbackJSON(in))
	}
	return nothing()
}

// pending finds an interaction that waits for its first response. mu is held.
func (s *Server) pending(id, token string, now time.Time) (*interaction, error) {
	of, ok := s.tokenOf(token)
	if !ok || of != id {
		return nil, errUnknownInteraction()
	}
	if s.tokenOver(id, now) {
		return nil, errTokenExpired()
	}
	in := s.acts.byID[id]
	switch {
	case in == nil:
		return nil, errUnknownInteraction()
	case s.fate.Gone[in.Channel]:
		return nil, errUnknownChannel()
	case in.Acked != 0:
		return nil, errAcknowledged()
	case in.dead || time.Since(in.began) > s.limits.Ack:
		return nil, errUnknownInteraction()
	}
	return in, nil
}

// respond does what a response asks for, and returns what the person sees. mu
// is held.
func (s *Server) respond(in *interaction, kind int, f form, data object, sent []upload, now time.Time) (Outcome, error) {
	switch kind {
	case respondMessage:
		m, err := s.compose(f, data, s.answerTo(in, now), sent, flagsOfAnswers)
		if err != nil {
			return Outcome{}, err
		}
		s.sendAnswer(in, m, sent)
		in.Original = m.ID
		return Outcome{Kind: OutcomeMessage, Message: s.viewPtr(m)}, nil
	case respondDeferred:
		// EPHEMERAL is the only flag that a deferred answer may have: what it
		// will be made of is said by the edit that fills it.
		flags, _ := f.number(data, "flags", 0, 1<<31-1)
		if flags&^flagEphemeral != 0 {
			f.at("flags").bad("MESSAGE_FLAGS_INVALID", "Only MessageFlags.EPHEMERAL can be set on a deferred response")
		}
		if err := f.err(); err != nil {
			return Outcome{}, err
		}
		m := s.answerTo(in, now)
		m.Flags = flags | flagLoading
		s.sendAnswer(in, m, nil)
		in.Original = m.ID
		return Outcome{Kind: OutcomeDeferred, Message: s.viewPtr(m)}, nil
	case respondLater, respondUpdate:
		m := s.history.byID[in.Source]
		if m == nil {
			return Outcome{}, errUnknownMessage()
		}
		if kind == respondUpdate {
			next, err := s.compose(f, data, m, sent, flagsOfEdits)
			if err != nil {
				return Outcome{}, err
			}
			s.accept(sent, next)
			s.commit(next)
			m = next
		}
		in.Original = m.ID
		return Outcome{Kind: OutcomeUpdate, Message: s.viewPtr(m)}, nil
	case respondModal:
		m := readModal(f, data)
		if err := f.err(); err != nil {
			return Outcome{}, err
		}
		m.ID, m.User = in.ID, in.User
		open := &openModal{Modal: m, Channel: in.Channel, Source: in.Source, Metadata: in.Metadata}
		s.acts.openModal(open)
		s.record(record{Modal: open})
		shown := m
		shown.Components = cloneComponents(m.Components)
		return Outcome{Kind: OutcomeModal, Modal: &shown}, nil
	default:
		choices, err := s.readChoices(in, f, data)
		return Outcome{Kind: OutcomeChoices, Choices: choices}, err
	}
}

// answerTo is an empty answer to an interaction. mu is held.
func (s *Server) answerTo(in *interaction, now time.Time) *message {
	c, _, _ := s.world.channel(in.Channel)
	m := s.newMessage(c, s.world.bot, now)
	m.InteractionID, m.InvokerID, m.CommandName = in.ID, in.User, in.Command
	m.Metadata = in.Metadata
	switch {
	case in.Menu:
		m.Type = typeMenu
	case in.Command != "":
		m.Type = typeCommand
	}
	if src := s.history.byID[in.Source]; src != nil {
		m.Type, m.ReplyTo = typeReply, src.ID
	}
	return m
}

// sendAnswer gives an answer its id and shows it. mu is held.
func (s *Server) sendAnswer(in *interaction, m *message, sent []upload) {
	m.ID = s.newID()
	if s.hushed(in) {
		m.Flags |= flagEphemeral
	}
	if m.Flags&flagEphemeral != 0 {
		m.OnlyFor = in.User
	}
	s.accept(sent, m)
	s.commit(m)
}

// accept makes a request's uploads a message's. mu is held.
func (s *Server) accept(sent []upload, m *message) {
	for _, u := range sent {
		u.file.Place = m.ChannelID
		s.keep(u.file)
	}
}

// readChoices reads the answer of an autocomplete.
func (s *Server) readChoices(in *interaction, f form, data object) ([]Choice, error) {
	l, _ := f.list(data, "choices", 0, maxChoices)
	locale := ""
	if u, ok := s.world.user(in.User); ok {
		locale = u.Locale
	}
	out := make([]Choice, 0, len(l))
	for i, v := range l {
		g := f.at("choices").item(i)
		o, ok := g.asObject(v)
		if !ok {
			continue
		}
		c := Choice{Name: g.needText(o, "name", 1, maxChoiceName)}
		if name := readLocalized(g, o, "name_localizations", 1, maxChoiceName, nil)[locale]; name != "" {
			c.Name = name
		}
		if g.need(o, "value") {
			c.Value = choiceValue(g.at("value"), o["value"], in.Numbers)
		}
		out = append(out, c)
	}
	return out, f.err()
}

// choiceValue reads the value of a choice: a text, or a number.
func choiceValue(f form, v any, number bool) any {
	switch v := v.(type) {
	case string:
		if number {
			break
		}
		f.length(utf8.RuneCountInString(v), 0, maxChoiceValue)
		return v
	case json.Number:
		if !number {
			break
		}
		if x, err := v.Float64(); err == nil {
			return x
		}
	}
	f.bad("APPLICATION_COMMAND_OPTIONS_CHOICE_INVALID_TYPE", "The value %q is not of the option's type", kindOf(v))
	return nil
}

// callbackJSON is the interaction callback response object. mu is held.
func (s *Server) callbackJSON(in *interaction) object {
	i := object{"id": in.ID, "type": in.Kind, "channel_id": in.Channel}
	if in.Guild != "" {
		i["guild_id"] = in.Guild
	}
	o := object{"interaction": i}
	m := s.history.byID[in.Original]
	if m == nil {
		return o
	}
	i["response_message_id"] = m.ID
	i["response_message_loading"] = m.Flags&flagLoading != 0
	i["response_message_ephemeral"] = m.Flags&flagEphemeral != 0
	// A resource with a message is a created or an updated one: a deferred
	// response has created one, too.
	switch in.Acked {
	case respondMessage, respondDeferred:
		o["resource"] = object{"type": respondMessage, "message": s.messageJSON(m)}
	case respondUpdate:
		o["resource"] = object{"type": respondUpdate, "message": s.messageJSON(m)}
	}
	return o
}
