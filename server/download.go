package server

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
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

// sendFile answers with a file, or a range of it, however long that takes: who takes the next part within answerTime may go on.
func sendFile(w http.ResponseWriter, r *http.Request, f io.ReadSeeker) {
	http.ServeContent(patient{w, http.NewResponseController(w)}, r, "", time.Time{}, f)
}

// patient is an answer whose time begins again with every part.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Write implements http.ResponseWriter.
func (p patient) Write(part []byte) (int, error) {
	if err := p.control.SetWriteDeadline(time.Now().Add(answerTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return p.ResponseWriter.Write(part)
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
