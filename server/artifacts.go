package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"inkstone/server/terminal"
	"inkstone/tracker"
)

// artifactsData is the page of a run's files.
type artifactsData struct {
	runHead
	Files []artifactItem `json:"files"` // by name, the newest version of each first
	Used  []artifactItem `json:"used"`  // files of other runs that this one read
	// Chosen is the one that the address names, nil for none.
	Chosen *artifactItem `json:"chosen,omitempty"`
	// Text is its beginning, where it is a text; Cut: there is more. Picture tells whether it is a picture that is shown.
	Text    string `json:"text,omitempty"`
	Cut     bool   `json:"cut,omitempty"`
	Picture bool   `json:"picture,omitempty"`
}

// artifactItem is a file with the runs that read it.
type artifactItem struct {
	tracker.Artifact
	Users []string `json:"users"`
	Short string   `json:"-"` // its name where the page says what it belongs to
}

// mostPreview bounds what is shown of a text.
const mostPreview = 256 << 10

// artifacts answers GET /runs/{run}/artifacts, and GET /runs/{run}/artifacts/{name...} with one of them.
func (s *Server) artifacts(r *http.Request) (view, error) {
	head, err := s.runHead(r, "artifacts")
	if err != nil {
		return view{}, err
	}
	d := artifactsData{runHead: head}
	files, err := s.Store.Artifacts(r.Context(), head.ID)
	if err == nil {
		d.Files, err = s.items(r.Context(), files)
	}
	if err != nil {
		return view{}, err
	}
	if files, err = s.Store.ArtifactsUsed(r.Context(), head.ID); err == nil {
		d.Used, err = s.items(r.Context(), files)
	}
	if err != nil {
		return view{}, err
	}
	if name := r.PathValue("name"); name != "" {
		if err := s.preview(r, &d, name); err != nil {
			return view{}, err
		}
	}
	return head.view(d), nil
}

func (s *Server) items(ctx context.Context, files []tracker.Artifact) ([]artifactItem, error) {
	items := []artifactItem{}
	for _, a := range files {
		users, err := s.Store.ArtifactUsers(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		items = append(items, artifactItem{Artifact: a, Users: append([]string{}, users...)})
	}
	return items, nil
}

// preview reads the beginning of a file.
func (s *Server) preview(r *http.Request, d *artifactsData, name string) error {
	a, err := s.Store.Artifact(r.Context(), d.ID, name, formInt(r, "version", 0))
	if err != nil {
		return err
	}
	items, err := s.items(r.Context(), []tracker.Artifact{a})
	if err != nil {
		return err
	}
	d.Chosen = &items[0]
	text, err := s.readText(a, mostPreview)
	if err != nil {
		return err
	}
	if d.Picture = pictureType([]byte(text)) != ""; d.Picture {
		return nil
	}
	if d.Cut = a.Size > int64(len(text)); d.Cut {
		text = whole(text)
	}
	if utf8.ValidString(text) && !strings.ContainsRune(text, 0) {
		d.Text = terminal.Visible(text)
	}
	return nil
}

// whole is a text without a character that was cut at its end.
func whole(text string) string {
	for range utf8.UTFMax - 1 {
		if r, size := utf8.DecodeLastRuneInString(text); r != utf8.RuneError || size != 1 {
			break
		}
		text = text[:len(text)-1]
	}
	return text
}

// pictureType is the media type of a picture that a page may show, by its content; "" for anything else. SVG is a document that
// can hold scripts, and is none of them.
func pictureType(beginning []byte) string {
	switch media := http.DetectContentType(beginning); media {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return media
	}
	return ""
}

// artifactFile answers GET /runs/{run}/files/{name...}: the file, to be kept on the reader's disk. With show, a picture is sent as
// such, so that a page can show it.
func (s *Server) artifactFile(w http.ResponseWriter, r *http.Request) error {
	run, err := s.Store.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		return err
	}
	a, err := s.Store.Artifact(r.Context(), run.ID, r.PathValue("name"), formInt(r, "version", 0))
	if err != nil {
		return err
	}
	f, err := s.Store.OpenArtifact(a)
	if err != nil {
		return err
	}
	defer f.Close()
	shown := ""
	if r.FormValue("show") != "" {
		if shown, err = shownType(f); err != nil {
			return fmt.Errorf("artifact %q of run %s: %w", a.Name, run.ID, err)
		}
	}
	attach(w, a.Name, "application/octet-stream")
	if shown != "" {
		w.Header().Set("Content-Type", shown)
		w.Header().Set("Content-Disposition", "inline")
	}
	w.Header().Set("ETag", `"`+a.Digest+`"`)
	sendFile(w, r, f)
	return nil
}

// shownType is the media type of a picture, by its content; what is none is refused.
func shownType(f io.Reader) (string, error) {
	beginning := make([]byte, 512)
	n, err := io.ReadFull(f, beginning)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return "", err
	}
	media := pictureType(beginning[:n])
	if media == "" {
		return "", fmt.Errorf("%w: it is no PNG, JPEG, GIF or WebP picture, and only those are shown; download it instead", tracker.ErrInvalid)
	}
	return media, nil
}

// Page is the address that shows the file, File the one that it is downloaded from.
func (a artifactItem) Page() string { return a.address("artifacts", nil) }

// File is where the file is downloaded from.
func (a artifactItem) File() string { return a.address("files", nil) }

// Shown is where a page finds the picture.
func (a artifactItem) Shown() string { return a.address("files", url.Values{"show": {"1"}}) }

func (a artifactItem) address(kind string, query url.Values) string {
	if query == nil {
		query = url.Values{}
	}
	query.Set("version", strconv.Itoa(a.Version))
	parts := strings.Split(a.Name, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return "/runs/" + a.Run + "/" + kind + "/" + strings.Join(parts, "/") + "?" + query.Encode()
}

// Brief is the beginning of the digest.
func (a artifactItem) Brief() string { return a.Digest[:min(12, len(a.Digest))] }
