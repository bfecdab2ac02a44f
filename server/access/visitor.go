package access

import (
	"context"
	"net/http"
	"strings"
	"time"

	"inkstone/tracker"
)

// Tokens finds valid tokens by their digests; what is not valid is a tracker.InvalidToken.
type Tokens interface {
	FindToken(ctx context.Context, digest string) (tracker.Token, error)
}

// Visitor is who a request comes from.
type Visitor struct {
	// Role is what the visitor may do; empty for one who is not known.
	Role tracker.Role
	// Token is the name of the visitor's token; empty where nobody needs one.
	Token string
	// Session tells whether the token came through a browser's session.
	Session bool

	digest string
}

// May tells whether the visitor may change what is stored.
func (v Visitor) May() bool { return v.Role == tracker.RoleWrite }

type visitorKey struct{}

// Of is the visitor of a request that a guard looked at; of any other, nobody.
func Of(r *http.Request) Visitor {
	v, _ := r.Context().Value(visitorKey{}).(Visitor)
	return v
}

// visitor tells who sent a request: by the token in its header, or else by the session in its cookie.
func (g *Guard) visitor(r *http.Request) (Visitor, error) {
	if !g.Required {
		return Visitor{Role: tracker.RoleWrite}, nil
	}
	digest, session := "", false
	if header := r.Header.Get("Authorization"); header != "" {
		kind, secret, _ := strings.Cut(header, " ")
		if !strings.EqualFold(kind, "Bearer") || strings.TrimSpace(secret) == "" {
			return Visitor{}, tracker.InvalidToken{Why: "The header Authorization must be `Bearer TOKEN`."}
		}
		digest = tracker.TokenDigest(strings.TrimSpace(secret))
	} else if secret := sessionSecret(r); secret != "" {
		digest, session = g.sessions.token(secret), true
	}
	if digest == "" {
		return Visitor{}, tracker.InvalidToken{Why: "A token is needed here: `inkstone token create NAME --role read` makes one on the server's machine."}
	}
	token, err := g.Tokens.FindToken(r.Context(), digest)
	if err != nil {
		return Visitor{}, err
	}
	return Visitor{Role: token.Role, Token: token.Name, Session: session, digest: digest}, nil
}

// Login opens a session for whoever shows a valid token.
func (g *Guard) Login(w http.ResponseWriter, r *http.Request, secret string) error {
	digest := tracker.TokenDigest(strings.TrimSpace(secret))
	if _, err := g.Tokens.FindToken(r.Context(), digest); err != nil {
		return err
	}
	session, ends := g.sessions.open(digest)
	http.SetCookie(w, sessionCookie(r, session, ends.Sub(g.Clock())))
	return nil
}

// Logout ends the browser's session, here and there.
func (g *Guard) Logout(w http.ResponseWriter, r *http.Request) {
	g.sessions.close(sessionSecret(r))
	http.SetCookie(w, sessionCookie(r, "", 0))
}

// recheckEvery is how soon a connection that stays open notices that its token was revoked.
const recheckEvery = 5 * time.Second

// watched ends a request's context when its token does; stop ends the watching.
func (g *Guard) watched(ctx context.Context, v Visitor) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		tick := time.NewTicker(g.recheck)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if _, err := g.Tokens.FindToken(ctx, v.digest); err != nil && isUnknown(err) {
				cancel()
			}
		}
	}()
	return ctx, cancel
}
