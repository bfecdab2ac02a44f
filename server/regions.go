package server

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"
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

// answerChanged answers with the regions that differ from those that the page has.
func (p *pages) answerChanged(w http.ResponseWriter, v view, have string) error {
	all, err := p.regions(v)
	if err != nil {
		return err
	}
	for entry := range strings.SplitSeq(have, ",") {
		if id, digest, _ := strings.Cut(entry, "="); all[id].Digest == digest {
			delete(all, id)
		}
	}
	return writeJSON(w, http.StatusOK, map[string]any{"title": v.title, "regions": all})
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
