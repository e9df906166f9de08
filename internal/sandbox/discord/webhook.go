package discord

import "net/http"

// The webhook of an interaction: what follows its first response, by token.

// original is how paths name an interaction's first response.
const original = "@original"

// answered finds the answered interaction that a webhook's token is of. mu is
// held.
func (s *Server) answered(r *request) (*interaction, error) {
	if r.vars["application"] != s.world.bot.ID {
		return nil, errUnknownWebhook()
	}
	id, ok := s.tokenOf(r.vars["token"])
	if !ok || s.tokenOver(id, s.now()) {
		return nil, errTokenExpired()
	}
	if s.faults[FaultExpiredTokens] {
		no := errTokenExpired()
		no.fault = FaultExpiredTokens
		return nil, no
	}
	in := s.acts.byID[id]
	if in == nil || in.Acked == 0 {
		return nil, errUnknownWebhook()
	}
	return in, nil
}

// ofAnswer finds a message by a webhook's token: the first response, or one of
// the follow-ups. mu is held.
func (s *Server) ofAnswer(r *request) (*interaction, *message, error) {
	in, err := s.answered(r)
	if err != nil {
		return nil, nil, err
	}
	id := r.vars["message"]
	if id == original {
		id = in.Original
	}
	m := s.history.byID[id]
	if m == nil || m.InteractionID != in.ID && m.ID != in.Original {
		return nil, nil, errUnknownMessage()
	}
	return in, m, nil
}

func (s *Server) getAnswer(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, m, err := s.ofAnswer(r)
	if err != nil {
		return answer{}, err
	}
	return ok(s.messageJSON(m))
}

func (s *Server) patchAnswer(r *request) (answer, error) {
	data, err := r.body.object()
	if err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, m, err := s.ofAnswer(r)
	if err != nil {
		return answer{}, err
	}
	return s.edit(r, data, m)
}

// edit changes a message as the body of a request says. mu is held.
func (s *Server) edit(r *request, data object, m *message) (answer, error) {
	next, err := s.compose(newForm(), data, m, r.body.files, flagsOfEdits)
	if err != nil {
		return answer{}, err
	}
	s.accept(r.body.files, next)
	s.commit(next)
	return ok(s.messageJSON(next))
}

func (s *Server) deleteAnswer(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, m, err := s.ofAnswer(r)
	if err != nil {
		return answer{}, err
	}
	s.remove(m)
	return nothing()
}

// postFollowUp sends one more message for an interaction. The first one after
// a deferred response fills that.
func (s *Server) postFollowUp(r *request) (answer, error) {
	data, err := r.body.object()
	if err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in, err := s.answered(r)
	if err != nil {
		return answer{}, err
	}
	if in.Kind == kindAutocomplete {
		return answer{}, errUnknownWebhook()
	}
	if s.fate.Gone[in.Channel] {
		return answer{}, errUnknownChannel()
	}
	var m *message
	if first := s.history.byID[in.Original]; first != nil && first.Flags&flagLoading != 0 && first.InteractionID == in.ID {
		if m, err = s.compose(newForm(), data, first, r.body.files, flagsOfAnswers); err != nil {
			return answer{}, err
		}
		m.Flags = m.Flags&^flagEphemeral | first.Flags&flagEphemeral
		s.accept(r.body.files, m)
		s.commit(m)
	} else {
		if in.visits() && in.FollowUps >= maxFollowUps {
			return answer{}, errTooManyFollowUps()
		}
		blank := s.answerTo(in, s.now())
		if in.Original != "" {
			blank.Type, blank.ReplyTo = typeReply, in.Original
			blank.Metadata = withOriginal(in.Metadata, in.Original)
		}
		if m, err = s.compose(newForm(), data, blank, r.body.files, flagsOfAnswers); err != nil {
			return answer{}, err
		}
		s.sendAnswer(in, m, r.body.files)
		in.FollowUps++
		s.record(record{Interaction: in})
	}
	r.made = m.ID
	// Discord's webhooks answer nothing without ?wait; those of interactions
	// always answer the message.
	return answer{http.StatusOK, s.messageJSON(m)}, nil
}

// withOriginal is the metadata of a follow-up, which names the first response.
func withOriginal(metadata object, original string) object {
	o := object{"original_response_message_id": original}
	for k, v := range metadata {
		o[k] = v
	}
	return o
}
