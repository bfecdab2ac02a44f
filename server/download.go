package server

import (
	"mime"
	"net/http"
	"path"
	"strings"
)

// sealed is the policy of what others wrote: nothing in it is loaded, nothing runs, whatever a browser makes of it.
const sealed = "default-src 'none'; sandbox; frame-ancestors 'none'"

// attach makes the answer a file that a browser keeps and never shows.
func attach(w http.ResponseWriter, name, media string) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", sealed)
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(name)}))
}

// fileName is the last part of a name, without what could lead elsewhere on somebody's disk.
func fileName(name string) string {
	name = path.Base(name)
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`\/:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
}
