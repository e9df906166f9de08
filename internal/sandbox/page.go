package sandbox

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
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

// page serves the files as they are.
func page() http.Handler {
	root, err := fs.Sub(pageFiles, "page")
	if err != nil {
		panic(err) // the name is a constant
	}
	files := http.FileServerFS(root)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "only to be read")
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		// The program may be another one tomorrow, on the same address.
		h.Set("Cache-Control", "no-cache")
		if media := mediaType(r.URL.Path); media != "" {
			h.Set("Content-Type", media)
		}
		files.ServeHTTP(w, r)
	})
}
