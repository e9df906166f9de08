package discord

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"
)

// maxShown is how many messages of a channel are in State.
const maxShown = 1000

// message is a message as the server keeps it. Its attachments have no URLs
// and its media point at attachments by id: both are filled in when it is
// looked at, so that every look has fresh URLs. A message is replaced, not
// changed.
type message struct {
	Message
	Type     int             `json:"type"`
	Embeds   []object        `json:"embeds,omitempty"`
	TTS      bool            `json:"tts,omitempty"`
	Nonce    json.RawMessage `json:"nonce,omitempty"`    // as it was sent
	Metadata object          `json:"metadata,omitempty"` // interaction_metadata
}

// history is the messages, by channel in the order of their ids.
type history struct {
	channels map[string][]*message
	byID     map[string]*message
	most     int // of a channel
	nonces   nonces
}

func newHistory(most int) history {
	return history{channels: map[string][]*message{}, byID: map[string]*message{}, most: most, nonces: newNonces()}
}

// put adds a message or replaces the one with its id. It returns one that fell
// out of its channel's bound, or nil.
func (h *history) put(m *message) (fallen *message) {
	list := h.channels[m.ChannelID]
	i, found := h.find(list, m.ID)
	h.byID[m.ID] = m
	if found {
		list[i] = m
		return nil
	}
	list = slices.Insert(list, i, m)
	if len(list) > h.most {
		fallen = list[0]
		delete(h.byID, fallen.ID)
	}
	list = newest(list, h.most)
	h.channels[m.ChannelID] = list
	return fallen
}

// find returns where a message of that id is, or would be.
func (h *history) find(list []*message, id string) (int, bool) {
	n := snowflake(id)
	i := sort.Search(len(list), func(i int) bool { return snowflake(list[i].ID) >= n })
	return i, i < len(list) && list[i].ID == id
}

func (h *history) remove(m *message) {
	delete(h.byID, m.ID)
	list := h.channels[m.ChannelID]
	if i, ok := h.find(list, m.ID); ok {
		h.channels[m.ChannelID] = slices.Delete(list, i, i+1)
	}
}

// repeated returns the message that a nonce was used for, nil where that is
// gone, and whether it was used.
func (h *history) repeated(key string, now time.Time) (m *message, used bool) {
	id := h.nonces.find(key, now)
	return h.byID[id], id != ""
}

// all returns a channel's messages, or those of all channels, oldest first and
// at most most of a channel.
func (h *history) all(channel string, most int) []*message {
	var out []*message
	for id, list := range h.channels {
		if channel == "" || id == channel {
			out = append(out, list[max(0, len(list)-most):]...)
		}
	}
	slices.SortFunc(out, func(a, b *message) int { return compareIDs(a.ID, b.ID) })
	return out
}

// compareIDs sorts snowflakes by their numbers.
func compareIDs(a, b string) int { return cmp.Compare(snowflake(a), snowflake(b)) }

// commit makes a new or changed message the present one, tells everybody, and
// forgets the files that it no longer has. mu is held.
func (s *Server) commit(m *message) {
	old := s.history.byID[m.ID]
	if fallen := s.history.put(m); fallen != nil {
		s.dropAttachments(fallen, nil)
		s.record(record{DroppedMessage: fallen.ID})
	}
	s.record(record{Message: m})
	if old == nil {
		s.publish(Event{Type: EventMessageCreate, Message: s.viewPtr(m), Channel: m.ChannelID})
		s.dispatchMessage("MESSAGE_CREATE", m, s.eventJSON(m, s.createdJSON(m)))
		return
	}
	s.dropAttachments(old, m)
	s.publish(Event{Type: EventMessageUpdate, Message: s.viewPtr(m), Channel: m.ChannelID})
	s.dispatchMessage("MESSAGE_UPDATE", m, s.eventJSON(m, s.messageJSON(m)))
}

// remove deletes a message. mu is held.
func (s *Server) remove(m *message) {
	v := s.viewPtr(m)
	s.history.remove(m)
	s.dropAttachments(m, nil)
	s.record(record{DroppedMessage: m.ID})
	s.publish(Event{Type: EventMessageDelete, Message: v, Channel: m.ChannelID})
	s.dispatchMessage("MESSAGE_DELETE", m, object{"id": m.ID, "channel_id": m.ChannelID})
}

// dropAttachments forgets the files of old that next does not have.
func (s *Server) dropAttachments(old, next *message) {
	for _, a := range old.Attachments {
		if next == nil || !slices.ContainsFunc(next.Attachments, func(b Attachment) bool { return a.ID == b.ID }) {
			s.dropFile(a.ID)
		}
	}
}

// view is a message as people see it: a copy, with fresh URLs. mu is held.
func (s *Server) view(m *message) Message {
	v := m.Message
	v.Edited = clonePtr(v.Edited)
	v.Mentions = append([]string{}, v.Mentions...)
	v.Reactions = cloneReactions(v.Reactions)
	v.Attachments = make([]Attachment, 0, len(m.Attachments))
	for _, a := range m.Attachments {
		if f := s.files.byID[a.ID]; f != nil {
			v.Attachments = append(v.Attachments, s.viewFile(f, a.Description))
		}
	}
	v.Components = append([]Component{}, cloneComponents(m.Components)...)
	eachComponent(v.Components, func(c *Component) {
		s.viewMedia(c.Media)
		s.viewMedia(c.File)
		for i := range c.Items {
			s.viewMedia(&c.Items[i].Media)
		}
	})
	return v
}

func (s *Server) viewPtr(m *message) *Message {
	v := s.view(m)
	return &v
}

func (s *Server) viewMedia(m *Media) {
	if m == nil {
		return
	}
	if f := s.files.byID[m.AttachmentID]; f != nil {
		m.URL = s.signedURL(f, s.now())
		m.Width, m.Height, m.ContentType = f.Width, f.Height, f.ContentType
	} else if own, ok := strings.CutPrefix(m.URL, s.base+"/"); ok {
		// Discord looks at what an address leads to; this one knows its own alone.
		if u, err := url.Parse("/" + own); err == nil {
			if f := s.fileAt(u); f != nil {
				m.Width, m.Height, m.ContentType = f.Width, f.Height, f.ContentType
			}
		}
	}
	m.ProxyURL = m.URL
}

// State returns everything there is to see now.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := State{
		Seq: s.feed.last, Application: s.world.bot, Online: s.hub.online(),
		Users: s.world.copyUsers(), Guilds: s.viewGuilds(), Direct: s.world.directs(), Messages: []Message{}, Commands: s.allCommands(),
		Uninstalled: s.uninstalled(),
	}
	for _, m := range s.history.all("", maxShown) {
		st.Messages = append(st.Messages, s.view(m))
	}
	return st
}

// Messages returns a channel's messages, oldest first.
func (s *Server) Messages(channel string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Message{}
	if channel == "" {
		return out
	}
	for _, m := range s.history.all(channel, s.limits.History) {
		out = append(out, s.view(m))
	}
	return out
}
