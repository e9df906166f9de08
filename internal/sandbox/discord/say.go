package discord

import (
	"context"
	"os"
	"slices"
)

// Saying is a message that a person writes.
type Saying struct {
	User    string   `json:"user"`               // id
	Channel string   `json:"channel"`            // id
	Text    string   `json:"text"`               // at most 2,000 characters; not empty without files
	ReplyTo string   `json:"reply_to,omitempty"` // id of the message that it answers
	Files   []string `json:"files,omitempty"`    // ids that Upload returned, at most 10
}

// Say has a person write a message in a channel, 1 to 2,000 characters, as an
// answer to another one where replyTo is not empty.
func (s *Server) Say(ctx context.Context, user, channel, text, replyTo string) (Message, error) {
	return s.Post(ctx, Saying{User: user, Channel: channel, Text: text, ReplyTo: replyTo})
}

// Post has a person write a message. Its files stand on it as long as it is
// there, whatever becomes of the uploads that they are copies of.
func (s *Server) Post(ctx context.Context, w Saying) (Message, error) {
	if err := ctx.Err(); err != nil {
		return Message{}, err
	}
	sent, err := s.copied(w.Files)
	defer s.discard(sent)
	if err != nil {
		return Message{}, err
	}
	return s.post(w, sent)
}

func (s *Server) post(w Saying, sent []upload) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return Message{}, errClosed
	}
	p, c, g, err := s.actor(w.User, w.Channel)
	if err != nil {
		return Message{}, err
	}
	m := s.newMessage(c, p.User, s.now())
	if w.ReplyTo != "" {
		to := s.history.byID[w.ReplyTo]
		if to == nil || to.ChannelID != c.ID || to.OnlyFor != "" {
			return Message{}, unknown("message %q", w.ReplyTo)
		}
		m.ReplyTo, m.Type = w.ReplyTo, typeReply
	}
	switch {
	case !s.can(p, c, g, permSend), w.ReplyTo != "" && !s.can(p, c, g, permHistory):
		return Message{}, invalid("the person may not write this here")
	case len(sent) > 0 && !s.can(p, c, g, permAttach):
		return Message{}, invalid("the person may not attach files here")
	}
	next, err := s.compose(newForm(), object{"content": w.Text}, m, sent, 0)
	if err != nil {
		return Message{}, invalid("%v", err)
	}
	next.ID = s.newID()
	s.accept(sent, next)
	s.commit(next)
	return s.view(next), nil
}

// copied makes files of a message of uploads. What it has made is returned
// with an error, too.
func (s *Server) copied(ids []string) ([]upload, error) {
	if len(ids) > maxFiles {
		return nil, invalid("a message has %d files at most", maxFiles)
	}
	from := make([]*file, 0, len(ids))
	s.mu.Lock()
	for i, id := range ids {
		f := s.uploaded(id)
		if f == nil || slices.Contains(ids[:i], id) {
			s.mu.Unlock()
			return nil, unknown("upload %q, or it is given twice", id)
		}
		from = append(from, f)
	}
	s.mu.Unlock()

	var out []upload
	for i, f := range from {
		made, err := s.copyOf(f)
		if err != nil {
			return out, err
		}
		out = append(out, upload{i, made})
	}
	return out, nil
}

func (s *Server) copyOf(f *file) (*file, error) {
	src, err := os.Open(s.files.path(f.ID))
	if err != nil {
		return nil, unknown("upload %q", f.ID)
	}
	defer src.Close()
	return s.receive(src, f.Given, f.ContentType, MaxUpload)
}
