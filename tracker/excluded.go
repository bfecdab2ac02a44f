package tracker

// ExcludedTag is the tag of a run that counts in no table and no figure of its experiment; its value is the reason, which
// they state.
const ExcludedTag = "excluded"

// Excluded tells whether a run is left out of tables and figures, and why.
func (r Run) Excluded() (reason string, yes bool) {
	reason, yes = r.Tags[ExcludedTag]
	return reason, yes
}
