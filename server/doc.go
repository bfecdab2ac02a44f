// Package server is the dashboard: pages, their JSON, figures, and live updates.
//
// Every page is rendered on the server and works without scripts; the same fetch serves HTML and, by Accept, JSON. Figures
// are documents of their own, drawn by viz, cached by (figure, data version) and compressed once for all viewers. One
// poller tails the store while somebody listens; it tells every browser over a websocket what changed, and a page then
// fetches its live regions and visible figures again.
package server
