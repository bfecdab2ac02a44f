package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"strings"
	"sync"

	"inkstone/server/access"
)

// haveHeader names the live regions that a page shows, each with the digest of its content: "plan=1f…,table=9c…". Who sends it
// is answered with those regions alone that are different now.
const haveHeader = "Inkstone-Have"

// liveTemplates begin the names of the templates that are a live region's whole content; the rest is the region's id.
const liveTemplates = "live-"

// region is the content of a live region.
type region struct {
	HTML   string `json:"html"`
	Digest string `json:"digest"`
}

// regions renders the live regions of a page.
func (p *pages) regions(v view) (map[string]region, error) {
	all := map[string]region{}
	for _, t := range p.byName[v.page].Templates() {
		id, ok := strings.CutPrefix(t.Name(), liveTemplates)
		if !ok {
			continue
		}
		var out bytes.Buffer
		if err := t.Execute(&out, v.data); err != nil {
			return nil, fmt.Errorf("render %s of %s: %w", id, v.page, err)
		}
		digest := fnv.New64a()
		digest.Write(out.Bytes())
		all[id] = region{out.String(), fmt.Sprintf("%x", digest.Sum64())}
	}
	return all, nil
}

// rendered are the live regions of a page with its title, of one reading of its data.
type rendered struct {
	Title   string            `json:"title"`
	Regions map[string]region `json:"regions"`
}

// renderings keeps what was rendered last for each address, so that all who show a page share the work.
type renderings struct {
	mu     sync.Mutex
	byPage map[string]*paced[rendered]
}

// keptRenderings is how many addresses are kept.
const keptRenderings = 128

func newRenderings() *renderings { return &renderings{byPage: map[string]*paced[rendered]{}} }

// of is the place of an address. Where there are too many, all are forgotten: who is there asks again.
func (c *renderings) of(address string) *paced[rendered] {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry := c.byPage[address]
	if entry == nil {
		if len(c.byPage) >= keptRenderings {
			clear(c.byPage)
		}
		entry = newPaced[rendered]()
		c.byPage[address] = entry
	}
	return entry
}

// forget has every page rendered anew: something has changed that the store's version does not tell, and a browser that has seen
// it must not be answered with what was rendered before.
func (c *renderings) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.byPage)
}

// answerChanged answers with the regions of a page that differ from those that the browser has. What they look like depends on
// the address, on the theme and on what the reader may do.
func (s *Server) answerChanged(w http.ResponseWriter, r *http.Request, show func(r *http.Request) (view, error), have string) error {
	theme := themeOf(r)
	place := s.renderings.of(fmt.Sprint(theme, access.Of(r).May(), r.URL))
	all, err := place.get(r.Context(), s.Store.Version, func(ctx context.Context) (rendered, error) {
		v, err := show(r.WithContext(ctx))
		if err != nil {
			return rendered{}, err
		}
		regions, err := s.pages[theme].regions(v)
		return rendered{v.title, regions}, err
	})
	if err != nil {
		return err
	}
	all.Regions = maps.Clone(all.Regions)
	for entry := range strings.SplitSeq(have, ",") {
		if id, digest, _ := strings.Cut(entry, "="); all.Regions[id].Digest == digest {
			delete(all.Regions, id)
		}
	}
	return writeZipped(w, r, all)
}

// writeZipped answers with JSON, compressed where the browser takes that: regions are sent again and again.
func writeZipped(w http.ResponseWriter, r *http.Request, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		text = zip(text)
	}
	_, _ = w.Write(text)
	return nil
}

// markRegions writes every region's digest into the page: <div id="plan" data-live> becomes <div id="plan" data-live="1f…">.
func (p *pages) markRegions(page []byte, v view) ([]byte, error) {
	all, err := p.regions(v)
	if err != nil {
		return nil, err
	}
	for id, r := range all {
		plain := `id="` + id + `" data-live`
		page = bytes.Replace(page, []byte(plain), []byte(plain+`="`+r.Digest+`"`), 1)
	}
	return page, nil
}
