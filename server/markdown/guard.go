package markdown

import (
	"net/url"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// firstLevel is what the first level of headings becomes.
const firstLevel = 3

// guard changes a parsed text before it is rendered: links that may not be followed and images from elsewhere lose what they
// point to, and headings find their level in the page.
type guard struct{}

// Transform implements parser.ASTTransformer.
func (guard) Transform(document *ast.Document, source text.Reader, _ parser.Context) {
	var doubtful []ast.Node
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			n.Level = min(n.Level+firstLevel-1, 6)
		case *ast.Link:
			if !mayFollow(rendered(n.Destination)) {
				doubtful = append(doubtful, n)
			}
		case *ast.Image:
			if !isLocal(rendered(n.Destination)) {
				doubtful = append(doubtful, n)
			}
		case *ast.AutoLink:
			if n.AutoLinkType == ast.AutoLinkURL && !mayFollow(rendered(n.URL(source.Source()))) {
				doubtful = append(doubtful, n)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, n := range doubtful {
		unlink(n, source.Source())
	}
}

// unlink leaves what a link or an image says, with its destination in brackets as text.
func unlink(n ast.Node, source []byte) {
	parent := n.Parent()
	destination := ""
	switch n := n.(type) {
	case *ast.Link:
		destination = " (" + string(n.Destination) + ")"
	case *ast.Image:
		destination = " (" + string(n.Destination) + ")"
	case *ast.AutoLink:
		destination = string(n.Label(source))
	}
	for child := n.FirstChild(); child != nil; child = n.FirstChild() {
		parent.InsertBefore(parent, n, child)
	}
	parent.InsertBefore(parent, n, ast.NewString([]byte(destination)))
	parent.RemoveChild(parent, n)
}

// rendered is a destination as it will stand in the page, where character references have become characters.
func rendered(destination []byte) string { return string(util.URLEscape(destination, true)) }

// mayFollow tells whether a link may be followed: to a web page, a mail address, or a place of this server.
func mayFollow(destination string) bool {
	u, err := url.Parse(strings.TrimSpace(destination))
	if err != nil {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https", "mailto":
		return true
	case "":
		return u.Host == "" && !strings.HasPrefix(destination, "//") && !strings.ContainsAny(destination, "\\\x00\t\n\r")
	}
	return false
}

// isLocal tells whether an address is a path of this server.
func isLocal(destination string) bool {
	u, err := url.Parse(destination)
	return err == nil && u.Scheme == "" && u.Host == "" && mayFollow(destination)
}
