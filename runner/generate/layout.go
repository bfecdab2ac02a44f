package generate

// layOut aligns the prompts right and chooses the cache's width.
func layOut(rows []*row) prompts {
	longest, steps := 0, 0
	for _, r := range rows {
		inputs, _ := r.prompt()
		longest, steps = max(longest, len(inputs)), max(steps, r.left())
	}
	p := prompts{rows: len(rows)}
	p.length, p.columns = widths(longest, steps)
	for _, r := range rows {
		inputs, prefix := r.prompt()
		pad := p.length - len(inputs)
		for _, in := range append(make([]input, pad), inputs...) {
			p.tokens, p.positions, p.blocks = append(p.tokens, in.id), append(p.positions, in.position), append(p.blocks, in.block)
		}
		p.first = append(p.first, int32(pad))
		if prefix > 0 {
			prefix += pad
		}
		p.prefix = append(p.prefix, int32(prefix))
	}
	return p
}

// Widths come in powers of two, so that few shapes are compiled.
const (
	minPrompt  = 16
	minColumns = 64
)

// widths gives the columns of the prompts and of the cache for prompts of at most longest tokens and steps that follow.
func widths(longest, steps int) (prompt, columns int) {
	columns = power(longest+steps, minColumns)
	return min(power(longest, minPrompt), columns-steps), columns
}

// power is the smallest least·2ᵏ that is n or more.
func power(n, least int) int {
	for least < n {
		least *= 2
	}
	return least
}
