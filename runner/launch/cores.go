package launch

func counted(n int) []int {
	cores := make([]int, n)
	for i := range cores {
		cores[i] = i
	}
	return cores
}

// Share gives slot i of n its share of the cores: consecutive, equally many, and at least one, so that the number of
// threads, on which the bits of a result depend, is the same for every slot.
func Share(cores []int, i, n int) []int {
	size := max(len(cores)/n, 1)
	share := make([]int, size)
	for j := range share {
		share[j] = cores[(i*size+j)%len(cores)]
	}
	return share
}
