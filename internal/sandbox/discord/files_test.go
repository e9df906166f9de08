package discord

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

func (b *bench) fetch(link string, header http.Header) (*http.Response, []byte) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.ctx, "GET", link, nil)
	if err != nil {
		b.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	return res, raw
}

func TestTheCDN(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	video := mp4(t, 64, 36)
	r := b.upload("POST", inDreams, `{"content":"a"}`, part{"files[0]", "a b.mp4", "video/mp4", video})
	link := r.text("attachments.0.url")
	if res, raw := b.fetch(link, nil); res.StatusCode != 200 || !bytes.Equal(raw, video) {
		t.Errorf("%d with %d bytes", res.StatusCode, len(raw))
	}
	res, raw := b.fetch(link, http.Header{"Range": {"bytes=4-7"}})
	if res.StatusCode != 206 || string(raw) != "ftyp" || res.Header.Get("Content-Type") != "video/mp4" {
		t.Errorf("a range: %d %q of %q", res.StatusCode, raw, res.Header.Get("Content-Type"))
	}
	bare, _, _ := strings.Cut(link, "?")
	u, _ := url.Parse(link)
	late := u.Query()
	late.Set("ex", "ffffffff")
	for name, other := range map[string]string{
		"no signature":      bare,
		"a longer life":     bare + "?" + late.Encode(),
		"another file":      strings.Replace(link, "a_b.mp4", "c.mp4", 1),
		"another channel":   strings.Replace(link, dreams, general, 1),
		"something unknown": b.base + "/attachments/1",
	} {
		if res, raw := b.fetch(other, nil); res.StatusCode != 404 || !strings.Contains(string(raw), "This content is no longer available.") {
			t.Errorf("%s: %d %q", name, res.StatusCode, raw)
		}
	}
	if _, err := b.s.findAttachment(u, time.Now().Add(urlLife-time.Minute)); err != nil {
		t.Errorf("within a day: %v", err)
	}
	if _, err := b.s.findAttachment(u, time.Now().Add(urlLife+time.Minute)); err == nil {
		t.Error("a day later it is served still")
	}
	b.must(204, "DELETE", inDreams+"/"+r.text("id"), "")
	if res, _ := b.fetch(link, nil); res.StatusCode != 404 {
		t.Errorf("of a deleted message: %d", res.StatusCode)
	}
	res, err := b.http.Post(link, "", nil)
	if err != nil || res.StatusCode != 405 {
		t.Errorf("POST: %v %v", res.StatusCode, err)
	}
	_ = res.Body.Close()
}

func TestAPageThatIsUploadedDoesNotRun(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	a, err := b.s.Upload(b.ctx, "a.html", []byte("<script>alert(1)</script>"))
	if err != nil {
		t.Fatal(err)
	}
	res, _ := b.fetch(a.URL, nil)
	if ct := res.Header.Get("Content-Type"); ct != "application/octet-stream" || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("served as %q, %q", ct, res.Header.Get("Content-Disposition"))
	}
}

func TestFilesOfMessages(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{Limits: Limits{ChannelEdits: 1000}})
	pic := picture(t, 3, 2)
	one := part{"files[1]", "one.png", "image/png", pic}
	r := b.upload("POST", inDreams, `{"flags":32768,"attachments":[{"id":1,"filename":"first.png","description":"a boat"}],
		"components":[{"type":12,"items":[{"media":{"url":"attachment://first.png"}}]},{"type":13,"file":{"url":"attachment://two.bin"}}]}`,
		one, part{"files[2]", "two.bin", "", []byte("two")})
	if r.status != 200 || r.text("attachments.0.description") != "a boat" || r.get("components.1.size") != 3.0 || r.text("components.1.name") != "two.bin" {
		t.Fatalf("%d %s", r.status, r.raw)
	}
	at := inDreams + "/" + r.text("id")
	first, second := r.text("attachments.0.id"), r.text("attachments.1.id")
	if r.text("components.0.items.0.media.attachment_id") != first || r.get("components.0.items.0.media.height") != 2.0 {
		t.Errorf("the gallery is %v", r.get("components.0"))
	}
	names := func(r reply) string {
		var out []string
		list, _ := r.get("attachments").([]any)
		for _, a := range list {
			out = append(out, dig(a, "filename").(string))
		}
		return strings.Join(out, " ")
	}
	r = b.upload("PATCH", at, `{}`, part{"files[0]", "three.png", "image/png", pic})
	if names(r) != "first.png two.bin three.png" {
		t.Errorf("without a list there are %s", names(r))
	}
	refusedAt(t, b.call("PATCH", at, `{"attachments":[{"id":"`+first+`"}]}`), "attachments")
	refusedAt(t, b.call("PATCH", at, `{"attachments":[{"id":"5"}]}`), "attachments.0.id")
	r = b.must(200, "PATCH", at, `{"attachments":[{"id":"`+second+`"}],"components":[{"type":13,"file":{"url":"attachment://two.bin"}}]}`)
	if names(r) != "two.bin" {
		t.Errorf("with a list there are %s", names(r))
	}
	if _, err := os.Stat(b.s.files.path(first)); !os.IsNotExist(err) {
		t.Errorf("a dropped file's bytes: %v", err)
	}
	r = b.must(200, "PATCH", at, `{"attachments":[],"components":[{"type":10,"content":"a"}]}`)
	if names(r) != "" || len(b.s.files.byID) != 0 {
		t.Errorf("with an empty list there are %s", names(r))
	}
}

func TestUploadsThatAreNotAllowed(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{Limits: Limits{UploadSize: 1000}})
	file := func(field string, n int) part { return part{field, "a.bin", "", make([]byte, n)} }
	refused(t, b.upload("POST", inDreams, `{"content":"a"}`, file("files[0]", 1001)), 413, 40005)
	refused(t, b.upload("POST", inDreams, `{"content":"a"}`, file("files[0]", 8<<20)), 413, 40005)
	var many []part
	for i := range 11 {
		many = append(many, file("files["+string(rune('0'+i))+"]", 1))
	}
	many[10].field = "files[10]"
	refused(t, b.upload("POST", inDreams, `{"content":"a"}`, many...), 400, 30015)
	refused(t, b.upload("POST", inDreams, `{"content":"a"}`, file("files[0]", 1), file("files[0]", 1)), 400, 50035)
	refused(t, b.upload("POST", inDreams, `{`, file("files[0]", 1)), 400, 50109)
	refused(t, b.upload("POST", inDreams, `{"content":"`+text(2001)+`"}`, file("files[0]", 1)), 400, 50035)
	refused(t, b.call("POST", inDreams, `{"content":"`+strings.Repeat("a", maxJSON)+`"}`), 413, 40005)
	if r := b.upload("POST", inDreams, "", file("files[0]", 1000)); r.status != 200 {
		t.Errorf("a file alone, at the limit: %d %s", r.status, r.raw)
	}
	left, err := os.ReadDir(b.s.files.dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%d files are on the disk, %v", len(left), err)
	}
}

func TestSafeNames(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"a b.png": "a_b.png", "../../x.png": "x.png", `c:\d\e.png`: "e.png", "海.png": "unknown.png", "": "unknown",
		"a\"\r\nb.png": "ab.png", "..": "unknown", strings.Repeat("a", 300): strings.Repeat("a", 200), ".png": "unknown.png",
	} {
		if got := safeName(given); got != want {
			t.Errorf("%q is kept as %q, want %q", given, got, want)
		}
	}
}

func TestOldUploadsGo(t *testing.T) {
	t.Parallel()
	b := serve(t, Config{})
	var first Attachment
	for i := range maxUploads + 1 {
		a, err := b.s.Upload(b.ctx, "a.txt", []byte("a"))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = a
		}
	}
	if res, _ := b.fetch(first.URL, nil); res.StatusCode != 404 || len(b.s.files.byID) != maxUploads {
		t.Errorf("the first: %d; %d are kept", res.StatusCode, len(b.s.files.byID))
	}
}
