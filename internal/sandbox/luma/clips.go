package luma

import (
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// clipFiles are the drawn dreams, made by clips/make.sh: 640 by 360 pixels, four
// seconds, H.264, no sound. Beside each stands its last frame as a JPEG, from
// which a film can go on, and beside a first part its first one, to which a film can
// lead.
//
//go:embed clips/*.mp4 clips/*.jpg
var clipFiles embed.FS

// linkLife is how long a link to a clip works, as in the service's samples.
const linkLife = time.Hour

const (
	videoType = "video/mp4"
	clipsPath = "/clips/"
)

// continued is the end of the name of the clip that goes on from another, beginning
// that of a first frame.
const (
	continued = "-on"
	beginning = "-first"
)

// dreams are the clips, each with the words of a prompt that ask for it.
var dreams = [...]struct {
	clip  string
	words []string
}{
	{"sunset", []string{"boat", "sunset", "sail", "船", "日落", "夕阳"}},
	{"aurora", []string{"aurora", "northern light", "starry", "极光", "星空"}},
	{"hills", []string{"hill", "mountain", "moon", "desert", "山", "月"}},
	{"nebula", []string{"nebula", "space", "galaxy", "cloud", "星云", "宇宙", "云"}},
	{"bloom", []string{"flower", "bloom", "kaleidoscope", "花"}},
	{"lanterns", []string{"lantern", "candle", "fireflies", "灯"}},
}

// chooseClip takes the first dream that the prompt names, or else one by the
// hash of prompt and pictures: the same wish gets the same clip.
func chooseClip(prompt string, pictures ...picture) string {
	lower := strings.ToLower(prompt)
	for _, d := range dreams {
		for _, w := range d.words {
			if strings.Contains(lower, w) {
				return d.clip
			}
		}
	}
	wish := []byte(prompt)
	for _, p := range pictures {
		wish = append(wish, p.sum[:]...)
	}
	sum := sha256.Sum256(wish)
	return dreams[binary.BigEndian.Uint64(sum[:])%uint64(len(dreams))].clip
}

// continuation is the drawn clip of an extension. Each dream has two parts;
// what extends the second is the first again, where no film can.
func continuation(clip string) string {
	if first, ok := strings.CutSuffix(clip, continued); ok {
		return first
	}
	return clip + continued
}

// ExpireLinks has all links that were given so far end now. A new query gives another
// one.
func (s *Server) ExpireLinks() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.round++
}

// clipPath returns a signed link to a generation's clip, without the origin. The
// caller holds s.mu.
func (s *Server) clipPath(g Generation, now time.Time) string {
	q := url.Values{
		"id":        {g.ID},
		"expires":   {strconv.FormatInt(now.Add(linkLife).Unix(), 10)},
		"round":     {strconv.FormatInt(s.round, 10)},
		"signature": {""},
	}
	q.Set("signature", s.sign(g.Clip, q))
	return clipsPath + g.Clip + ".mp4?" + q.Encode()
}

// sign is the signature of a link: over the clip, the generation, the end and the
// round.
func (s *Server) sign(clip string, q url.Values) string {
	mac := hmac.New(sha256.New, []byte(s.key))
	mac.Write([]byte("clip\n" + clip + "\n" + q.Get("id") + "\n" + q.Get("expires") + "\n" + q.Get("round")))
	return hex.EncodeToString(mac.Sum(nil))
}

// serveClip answers ranges too, which players ask for.
func (s *Server) serveClip(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	intercept, e, size := s.intercept, s.effect(links), s.clipSize
	s.mu.Unlock()
	if intercept != nil {
		if a := intercept(r); a != nil {
			s.wait(r, a.Delay)
			if !a.own() {
				a.send(w, crazyrouter{})
				return
			}
			e = joined{}
		}
	}
	name := r.PathValue("name")
	base, isVideo := strings.CutSuffix(name, ".mp4")
	q := r.URL.Query()
	known := strings.HasPrefix(base, filmName)
	if !known {
		_, err := fs.Stat(clipFiles, "clips/"+name)
		known = err == nil
	}
	if !isVideo || !known {
		http.NotFound(w, r)
		return
	}
	expires, err := strconv.ParseInt(q.Get("expires"), 10, 64)
	round, notRound := strconv.ParseInt(q.Get("round"), 10, 64)
	if err != nil || notRound != nil || !hmac.Equal([]byte(q.Get("signature")), []byte(s.sign(base, q))) {
		http.Error(w, "the link is not signed", http.StatusForbidden)
		return
	}
	s.mu.Lock()
	over := round < s.round
	s.mu.Unlock()
	if over || !time.Now().Before(time.Unix(expires, 0)) {
		http.Error(w, "the link has expired", http.StatusForbidden)
		return
	}
	size = max(size, e.size)
	data, err := s.file(q.Get("id"), base, size)
	if err != nil {
		http.NotFound(w, r) // the generation was dropped, and its film with it
		return
	}
	c := newClip(data, size)
	if e.link != nil {
		e.link(s, w, r, c)
		return
	}
	h := w.Header()
	h.Set("Content-Type", videoType)
	h.Set("Cache-Control", "private, max-age=3600")
	h.Set("X-Content-Type-Options", "nosniff")
	if q.Has("download") {
		h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	http.ServeContent(w, r, name, time.Time{}, c.reader())
}
