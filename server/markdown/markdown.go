package markdown

import (
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// reader parses and renders; it keeps no state between texts. Cells are aligned by an attribute, since a style would be
// refused by the pages' policy.
var reader = goldmark.New(
	goldmark.WithExtensions(
		extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
		extension.Strikethrough, extension.TaskList, extension.NewLinkify(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"})),
	),
	goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(guard{}, 1000))),
	goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(plain{}, 1))),
)

// A text beyond these bounds is shown as it was written: unclosed links take time that grows with their square.
const (
	mostBytes    = 256 << 10
	mostBrackets = 4_000
)

// HTML renders a text. Its headings stand below those of a page's sections: the first level is h3.
func HTML(text string) template.HTML {
	text = strings.ToValidUTF8(text, "\uFFFD")
	var out strings.Builder
	if len(text) > mostBytes || strings.Count(text, "[") > mostBrackets || reader.Convert([]byte(text), &out) != nil {
		return template.HTML("<pre>" + template.HTMLEscapeString(text) + "</pre>")
	}
	return template.HTML(out.String())
}
