package access

import "net/http"

// Policy lets a page load nothing but what this server sends, and no inline script or style.
const Policy = "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// FigurePolicy is that of an SVG opened by itself: gonum writes style attributes, and embeds rasters as data.
const FigurePolicy = "default-src 'none'; style-src-attr 'unsafe-inline'; img-src data:; frame-ancestors 'none'"

// FilePolicy is that of a stored file: whatever it is, it runs nothing and loads nothing.
const FilePolicy = "default-src 'none'; sandbox; frame-ancestors 'none'"

// secure sets what every answer carries. There is no Strict-Transport-Security: it would hold for every port of the host, where
// others serve what they like.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", Policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
}
