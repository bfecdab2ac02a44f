// Package access decides which requests reach a page. A request passes, in this order: the name in its Host header (against
// DNS rebinding), the origin of who sent it (against other sites' scripts), its rate, who it comes from (a token, or a session
// that a token opened), and what that token allows. On the machine itself nobody needs a token, unless one is asked for.
//
// It also has what stands before HTTP: the certificate of a server beyond the machine, and the bound on connections.
package access
