package markdown

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHTML(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":         {"", ""},
		"a heading":       {"# Two layers copy", "<h3>Two layers copy</h3>\n"},
		"a deep heading":  {"###### six", "<h6>six</h6>\n"},
		"emphasis":        {"**bold** and *soft* and ~~gone~~", "<p><strong>bold</strong> and <em>soft</em> and <del>gone</del></p>\n"},
		"a list":          {"- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"},
		"tasks":           {"- [x] done\n- [ ] open", "<ul>\n<li>☑ done</li>\n<li>☐ open</li>\n</ul>\n"},
		"code":            {"```go\na < b\n```", "<pre><code class=\"language-go\">a &lt; b\n</code></pre>\n"},
		"a link":          {"[paper](https://example.org/a?b=1&c=2)", "<p><a href=\"https://example.org/a?b=1&amp;c=2\">paper</a></p>\n"},
		"a local link":    {"[run](/runs/01J)", "<p><a href=\"/runs/01J\">run</a></p>\n"},
		"a bare address":  {"see https://example.org.", "<p>see <a href=\"https://example.org\">https://example.org</a>.</p>\n"},
		"a local figure":  {"![loss](/figures/curves.svg?experiment=copying)", "<p><img src=\"/figures/curves.svg?experiment=copying\" alt=\"loss\"></p>\n"},
		"an aligned cell": {"| a |\n|--:|\n| 1 |", "<table>\n<thead>\n<tr>\n<th align=\"right\">a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td align=\"right\">1</td>\n</tr>\n</tbody>\n</table>\n"},
		"Chinese":         {"春眠**不覺**曉", "<p>春眠<strong>不覺</strong>曉</p>\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, string(HTML(c.text))); diff != "" {
				t.Errorf("got the second:\n%s", diff)
			}
		})
	}
}

// hostile are texts that try to run something, to load from elsewhere or to leave the page's look.
var hostile = map[string]string{
	"a script":            "<script>alert(1)</script>",
	"a script inline":     "a <script>alert(1)</script> b",
	"an event":            "<img src=x onerror=alert(1)>",
	"an open block":       "<div onclick=alert(1)>\n\n**bold**",
	"a comment":           "<!-- --><script>alert(1)</script>",
	"a style":             "<style>body{display:none}</style>",
	"a frame":             "<iframe src=//evil.example></iframe>",
	"a form":              "<form action=https://evil.example><button>x</button></form>",
	"javascript":          "[x](javascript:alert(1))",
	"javascript, capital": "[x](JaVaScRiPt:alert(1))",
	"javascript, entity":  "[x](javascript&colon;alert(1))",
	"javascript, tab":     "[x](<java\tscript:alert(1)>)",
	"javascript, escaped": "[x](javascript&#58;alert(1))",
	"javascript, spaced":  "[x](< javascript:alert(1)>)",
	"vbscript":            "[x](vbscript:msgbox)",
	"data":                "[x](data:text/html;base64,PHNjcmlwdD4=)",
	"an autolink":         "<javascript:alert(1)>",
	"a reference":         "[x]\n\n[x]: javascript:alert(1)",
	"an image elsewhere":  "![x](https://evil.example/track.png)",
	"an image, no scheme": "![x](//evil.example/track.png)",
	"an image, backslash": `![x](/\evil.example/track.png)`,
	"an image of data":    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
	"an image script":     "![x](javascript:alert(1))",
	"a file":              "[x](file:///etc/passwd)",
	"quotes in a title":   `[x](/a "b\" onmouseover=\"alert(1)")`,
	"quotes in alt":       `![a" onerror="alert(1)](/a.png)`,
	"quotes in a link":    `[x](/a"onmouseover="alert(1))`,
	"code's language":     "```\"><script>alert(1)</script>\nx\n```",
	"invalid UTF-8":       "a\xff<script>\xfe",
	"zero":                "<scr\x00ipt>alert(1)</scr\x00ipt>",
	"an image in a link":  "[![x](https://evil.example/a.png)](javascript:alert(1))",
	"a link in a table":   "| a |\n|---|\n| [x](javascript:alert(1)) |",
}

// permitted are the tags and attributes that a text may become.
var permitted = regexp.MustCompile(`^<(?:/?(?:p|pre|h[3-6]|em|strong|del|ul|li|blockquote|table|thead|tbody|tr|pre|hr|br)` +
	`|/?ol(?: start="\d+")?|/?code(?: class="language-[^"<>]*")?|/?t[hd](?: align="(?:left|right|center)")?` +
	`|/?a|a href="(?:https?://|mailto:|/[^/\\]|[#?])[^"<>]*"(?: title="[^"<>]*")?|img src="/[^/\\"][^"<>]*" alt="[^"<>]*"(?: title="[^"<>]*")?)>$`)

func unsafeTags(html string) (found []string) {
	for _, tag := range regexp.MustCompile(`<[^>]*>?`).FindAllString(html, -1) {
		if !permitted.MatchString(tag) {
			found = append(found, tag)
		}
	}
	return found
}

func TestHostileTextIsText(t *testing.T) {
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			got := string(HTML(text))
			if bad := unsafeTags(got); len(bad) > 0 {
				t.Errorf("%q became %q, with %q", text, got, bad)
			}
		})
	}
}

func TestWhatWasWrittenIsStillRead(t *testing.T) {
	for text, want := range map[string]string{
		"<b>bold</b>":                   "<p>&lt;b&gt;bold&lt;/b&gt;</p>\n",
		"[say](javascript:x)":           "<p>say (javascript:x)</p>\n",
		"![chart](https://e.org/a.png)": "<p>chart (https://e.org/a.png)</p>\n",
	} {
		if diff := cmp.Diff(want, string(HTML(text))); diff != "" {
			t.Errorf("%q:\n%s", text, diff)
		}
	}
}

func TestLongTextsEnd(t *testing.T) {
	for name, text := range map[string]string{
		"quotes":   strings.Repeat("> ", 5_000) + "x",
		"brackets": strings.Repeat("[", 50_000),
		"links":    strings.Repeat("[a](", 20_000),
		"stars":    strings.Repeat("*a **b ", 20_000),
		"lists":    strings.Repeat("- ", 5_000) + "x",
		"a book":   strings.Repeat("*word* ", 140_000),
		"ticks":    strings.Repeat("` `` ", 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			HTML(text)
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("%d bytes took %v", len(text), took)
			}
		})
	}
}

func FuzzHTML(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if bad := unsafeTags(string(HTML(text))); len(bad) > 0 {
			t.Errorf("%q has %q", text, bad)
		}
	})
}
