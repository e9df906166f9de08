package sandbox

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// pageFiles are the page: plain HTML, CSS and JavaScript modules, and some
// pictures to try things with (pictures/make.sh made them).
//
//go:embed page/*.html page/*.css page/*.js page/*.svg page/pictures/*.jpg page/pictures/*.png
var pageFiles embed.FS

// mediaType is said here, since a machine's own table may know it otherwise,
// and a browser runs no module of another type.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".jpg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	}
	return ""
}

// Sample returns one of the pictures that the page offers to try things with,
// by its file name.
func Sample(name string) (data []byte, ok bool) {
	data, err := pageFiles.ReadFile("page/pictures/" + name)
	return data, err == nil
}

// asset is a file of the page as it is served.
type asset struct {
	data   []byte
	packed []byte // with gzip; nil where that is no smaller
	media  string
	tag    string
}

// pageAssets are the files of the page by their paths.
var pageAssets = sync.OnceValue(func() map[string]asset {
	all := map[string]asset{}
	err := fs.WalkDir(pageFiles, "page", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := pageFiles.ReadFile(name)
		sum := sha256.Sum256(data)
		all[strings.TrimPrefix(name, "page")] = asset{data, pack(data), mediaType(name), `"` + hex.EncodeToString(sum[:8]) + `"`}
		return err
	})
	if err != nil {
		panic(err) // the files are in the program
	}
	all["/"] = all["/index.html"]
	return all
})

// pack compresses data, where that makes it smaller.
func pack(data []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // a level that there is
	_, err := w.Write(data)
	if errors.Join(err, w.Close()) != nil || b.Len() >= len(data) {
		return nil
	}
	return b.Bytes()
}

// page serves the files, packed to whoever takes that.
func page() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "only to be read")
			return
		}
		a, ok := pageAssets()[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		// The program may be another one tomorrow, on the same address: a browser
		// asks each time, and is told that nothing is new.
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Type", a.media)
		h.Set("Vary", "Accept-Encoding")
		h.Set("ETag", a.tag)
		data := a.data
		if a.packed != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			h.Set("ETag", strings.TrimSuffix(a.tag, `"`)+`-gzip"`)
			data = a.packed
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	})
}
