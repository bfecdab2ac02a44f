// Package markdown turns what people write into HTML that is safe to show: goldmark reads CommonMark with tables and struck
// text; raw HTML is shown as the text that it is, links lead to web pages, mail or places of this server, and images come
// from this server alone. Nothing in the result runs, loads from elsewhere or carries a style.
package markdown
