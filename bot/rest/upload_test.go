package rest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	mimemultipart "mime/multipart"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// part is a part of a multipart body as the server got it.
type part struct {
	Name, Filename, Type, Body string
}

func TestFilesGoUpAsDiscordDocumentsThem(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		call    func(*Client, ...File) (Message, error)
		payload string
	}{
		"EditOriginal": {
			call: func(c *Client, f ...File) (Message, error) {
				return c.EditOriginal(t.Context(), interaction(userToken), map[string]any{"content": "x"}, f...)
			},
			payload: `{"content":"x"}`,
		},
		"CreateMessage": {
			call: func(c *Client, f ...File) (Message, error) {
				return c.CreateMessage(t.Context(), "1", newMessage, f...)
			},
			payload: newMessageJSON,
		},
		"Respond": {
			call: func(c *Client, f ...File) (Message, error) {
				return c.Respond(t.Context(), interaction(userToken), map[string]any{"type": 4}, f...)
			},
			payload: `{"type":4}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []part
			c := onLoopback(t, func(w http.ResponseWriter, r *http.Request) {
				got = readParts(t, r)
				answer(w, 200, `{"id":"5","resource":{"message":{"id":"5"}}}`)
			})
			var files memoryFile
			empty := files.file(`a "quoted"; näme.bin`, nil, 0)
			empty.ContentType = ""
			m, err := tc.call(c, files.file("dream.mp4", []byte("video"), 5), empty)
			if err != nil || m.ID != "5" {
				t.Fatalf("%+v, %v", m, err)
			}
			want := []part{
				{"payload_json", "", "application/json", tc.payload},
				{"files[0]", "dream.mp4", "video/mp4", "video"},
				{"files[1]", `a "quoted"; näme.bin`, "application/octet-stream", ""},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("parts (-want +got):\n%s", diff)
			}
			if opened, open := files.counts(); opened != 2 || open != 0 {
				t.Errorf("%d files were opened, %d are open", opened, open)
			}
		})
	}
}

// readParts reads a multipart body, whose length must be what was said.
func readParts(t *testing.T, r *http.Request) (all []part) {
	t.Helper()
	counted := &counter{r: r.Body}
	r.Body = io.NopCloser(counted)
	m, err := r.MultipartReader()
	if err != nil {
		t.Error(err)
		return nil
	}
	for {
		p, err := m.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Error(err)
			return all
		}
		b, err := io.ReadAll(p)
		if err != nil {
			t.Error(err)
		}
		all = append(all, part{p.FormName(), p.FileName(), p.Header.Get("Content-Type"), string(b)})
	}
	_, _ = io.Copy(io.Discard, counted)
	if counted.n != r.ContentLength {
		t.Errorf("Content-Length %d, and %d bytes came", r.ContentLength, counted.n)
	}
	if len(r.TransferEncoding) > 0 {
		t.Errorf("transfer encoding %q", r.TransferEncoding)
	}
	return all
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func TestALargeUploadIsNotHeldInMemory(t *testing.T) {
	const size = 10 << 20
	sum := sha256.New()
	c := onLoopback(t, func(w http.ResponseWriter, r *http.Request) {
		m, err := r.MultipartReader()
		if err != nil {
			t.Error(err)
			return
		}
		for {
			p, err := m.NextRawPart()
			if err != nil {
				break
			}
			if p.FileName() != "" {
				if n, err := io.Copy(sum, p); n != size || err != nil {
					t.Errorf("%d bytes came: %v", n, err)
				}
			}
		}
		answer(w, 200, "{}")
	})
	f := File{Name: "a.mp4", Size: size, Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.LimitReader(zeros{}, size)), nil
	}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := c.EditMessage(t.Context(), "1", "2", 1, f); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > size/5 {
		t.Errorf("%d bytes were allocated for %d", n, size)
	}
	want := sha256.New()
	_, _ = io.CopyN(want, zeros{}, size)
	if !bytes.Equal(sum.Sum(nil), want.Sum(nil)) {
		t.Error("what came is not what was sent")
	}
}

func TestAFileIsOpenedForEachAttemptAndAlwaysClosed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		h      http.HandlerFunc
		opened int
	}{
		"accepted": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			answer(w, 200, "{}")
		}, 1},
		"in trouble": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(502)
		}, maxAttempts},
		"cut": {func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.CopyN(io.Discard, r.Body, 1000)
			panic(http.ErrAbortHandler)
		}, maxAttempts},
		"refused by rate limit": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			answer(w, 429, `{"retry_after":1}`)
		}, maxRefused},
		"refused before it is read": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.CopyN(io.Discard, r.Body, 1000)
			answer(w, 413, `{"code":40005}`)
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var files memoryFile
			content := make([]byte, 1<<20)
			inBubble(t, tc.h, func(t *testing.T, c *Client) {
				_, err := c.EditOriginal(t.Context(), interaction(userToken), 1, files.file("a.mp4", content, int64(len(content))))
				if (err == nil) != (name == "accepted") {
					t.Errorf("error %v", err)
				}
				if opened, open := files.counts(); opened != tc.opened || open != 0 {
					t.Errorf("opened %d times, %d open; want %d and none", opened, open, tc.opened)
				}
			})
		})
	}
}

func TestAFileThatIsNotWhatItSaysIsNeverAccepted(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	for name, tc := range map[string]struct {
		size int64
		open func() (io.Reader, error)
		text string
		err  error
	}{
		"short":     {10, func() (io.Reader, error) { return strings.NewReader("123456789"), nil }, "1 fewer than its size", nil},
		"empty":     {10, func() (io.Reader, error) { return strings.NewReader(""), nil }, "10 fewer than its size", nil},
		"long":      {10, func() (io.Reader, error) { return strings.NewReader("12345678901"), nil }, "more than the 10 bytes", nil},
		"not empty": {0, func() (io.Reader, error) { return strings.NewReader("1"), nil }, "more than the 0 bytes", nil},
		"not there": {10, func() (io.Reader, error) { return nil, fs.ErrNotExist }, "open file", fs.ErrNotExist},
		"broken":    {10, func() (io.Reader, error) { return iotest.ErrReader(broken), nil }, "read file", broken},
		"broken late": {4, func() (io.Reader, error) {
			return io.MultiReader(strings.NewReader("1234"), iotest.ErrReader(broken)), nil
		}, "read file", broken},
		"stuck": {4, func() (io.Reader, error) { return stuck{}, nil }, "read file", io.ErrNoProgress},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			whole, opened, closes := 0, 0, 0
			inBubble(t, func(w http.ResponseWriter, r *http.Request) {
				if _, err := io.Copy(io.Discard, r.Body); err == nil {
					mu.Lock()
					whole++
					mu.Unlock()
				}
				answer(w, 200, "{}")
			}, func(t *testing.T, c *Client) {
				f := File{Name: "a.mp4", Size: tc.size, Open: func() (io.ReadCloser, error) {
					r, err := tc.open()
					if err != nil {
						return nil, err
					}
					opened++
					return closing{r, func() { closes++ }}, nil
				}}
				_, err := c.EditOriginal(t.Context(), interaction(userToken), 1, f)
				if err == nil || !strings.Contains(err.Error(), tc.text) || !strings.Contains(err.Error(), `"a.mp4"`) {
					t.Errorf("error %v, want one with %q", err, tc.text)
				}
				if tc.err != nil && !errors.Is(err, tc.err) {
					t.Errorf("error %v is not %v", err, tc.err)
				}
				if opened > 1 || closes != opened {
					t.Errorf("opened %d times, closed %d times", opened, closes)
				}
			})
			if whole > 0 {
				t.Error("the server got a whole request")
			}
		})
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

type closing struct {
	io.Reader
	close func()
}

func (c closing) Close() error { c.close(); return nil }

func TestAReaderThatGivesLittleAtATimeIsReadWhole(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"one byte": iotest.OneByteReader, "half": iotest.HalfReader, "end with the last": iotest.DataErrReader,
	} {
		content := []byte("0123456789")
		m, err := newMultipart([]byte("{}"), []File{{Name: "a", Size: 10, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(wrap(bytes.NewReader(content))), nil
		}}})
		if err != nil {
			t.Fatal(err)
		}
		u := m.open()
		b, err := io.ReadAll(u)
		if err != nil || int64(len(b)) != m.size || !bytes.Contains(b, content) {
			t.Errorf("%s: %d bytes of %d, %v", name, len(b), m.size, err)
		}
		if err := u.Close(); err != nil {
			t.Error(err)
		}
		if _, err := u.Read(make([]byte, 1)); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("reading after the end: %v", err)
		}
	}
}

func TestClosingWhileAFileIsReadClosesItAfterwards(t *testing.T) {
	t.Parallel()
	reading, goOn := make(chan struct{}), make(chan struct{})
	closed := make(chan struct{})
	m, err := newMultipart(nil, []File{{Name: "a", Size: 10, Open: func() (io.ReadCloser, error) {
		return closing{readerFunc(func(p []byte) (int, error) {
			close(reading)
			<-goOn
			return copy(p, "0123456789"), nil
		}), func() { close(closed) }}, nil
	}}})
	if err != nil {
		t.Fatal(err)
	}
	u := m.open()
	var reader sync.WaitGroup
	reader.Go(func() { _, _ = io.Copy(io.Discard, io.LimitReader(u, int64(len(m.between[0])+1))) })
	<-reading
	if err := u.Close(); err != nil {
		t.Error(err)
	}
	select {
	case <-closed:
		t.Error("the file was closed while it was read")
	default:
	}
	close(goOn)
	<-closed
	reader.Wait()
	u.wait()
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func FuzzTheSizeOfAMultipartBodyIsExact(f *testing.F) {
	f.Add("a.mp4", []byte("content"), []byte("{}"))
	f.Add("\"\r\n--x", []byte{}, []byte(nil))
	f.Fuzz(func(t *testing.T, name string, content, payload []byte) {
		var files memoryFile
		m, err := newMultipart(payload, []File{files.file(name, content, int64(len(content))), files.file(name, nil, 0)})
		if err != nil {
			t.Fatal(err)
		}
		u := m.open()
		b, err := io.ReadAll(u)
		_ = u.Close()
		if err != nil || int64(len(b)) != m.size {
			t.Fatalf("%d bytes, announced were %d: %v", len(b), m.size, err)
		}
		_, boundary, _ := strings.Cut(m.contentType, "boundary=")
		r := mimemultipart.NewReader(bytes.NewReader(b), boundary)
		var got []string
		for {
			p, err := r.NextRawPart()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(p)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%s=%s", p.FormName(), body))
		}
		want := []string{"files[0]=" + string(content), "files[1]="}
		if payload != nil {
			want = append([]string{"payload_json=" + string(payload)}, want...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("parts (-want +got):\n%s", diff)
		}
	})
}

var _ io.ReadCloser = (*upload)(nil)
