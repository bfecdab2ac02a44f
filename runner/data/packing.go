package data

import (
	"errors"
	"fmt"
	"slices"
	"sort"
)

// Packing fills rows of a number of columns with whole documents; one that is longer than a row is cut. An epoch is a permutation
// of all rows of a side, so that in each epoch every row comes once.
//
// Documents are packed in blocks of so many that follow each other, and only the blocks' beginnings are kept: a row is found again
// by packing its block. Within a block the rows that long documents fill come first; what is left of them and all shorter ones go,
// the longest first, into the first row with room (first-fit decreasing).
type Packing struct {
	side   Side
	stream *stream
	// columns of a row; overlap is 1 where a document's last token is a target alone and takes no column.
	columns, overlap int64
	blocks           []block
	rows             int64
}

// block says with which document and row a block begins.
type block struct{ document, row int64 }

// blockRows is about how many rows a block has: many enough that its last, half-filled ones do not count, and few enough to be
// packed in microseconds.
const blockRows = 32

// stretch is a part of a document: where it begins, and its columns.
type stretch struct{ from, columns int64 }

// Pack plans the rows of a side. It is an error where there is none, or the corpus has no documents.
func (p *Prepared) Pack(side Side, columns int, overlap int) (*Packing, error) {
	s := p.side(side)
	if s == nil {
		return nil, errors.New("this corpus has no documents to pack; leave data.packing out")
	}
	k := &Packing{side: side, stream: s, columns: int64(columns), overlap: int64(overlap)}
	for document := int64(0); document < s.documents; {
		k.blocks = append(k.blocks, block{document, k.rows})
		next := k.blockEnd(document)
		full, rest := k.cut(document, next)
		k.rows += full + int64(len(k.fit(rest)))
		document = next
	}
	if k.rows == 0 {
		name := map[Side]string{Train: "training", Validation: "validation"}[side]
		return nil, fmt.Errorf("the corpus has no %s document of more than %d tokens to fill rows with; raise data.validation.share or use more text", name, overlap)
	}
	return k, nil
}

// Rows is how many rows an epoch has.
func (k *Packing) Rows() int64 { return k.rows }

// Row gives the tokens of each document in a row: the one at index of the rows that a seed puts one after the other, epoch by
// epoch. With an overlap they are one more than their columns.
func (k *Packing) Row(seed, index int64) [][]int32 {
	epoch := index / k.rows
	key := uint64(k.side)
	for _, part := range []int64{seed, epoch} {
		key = mix(key + uint64(part))
	}
	stretches := k.row(permute(index%k.rows, k.rows, key))
	documents := make([][]int32, len(stretches))
	for i, s := range stretches {
		documents[i] = k.stream.read(s.from, int(s.columns+k.overlap))
	}
	return documents
}

// row finds what a row holds.
func (k *Packing) row(row int64) []stretch {
	at := sort.Search(len(k.blocks), func(i int) bool { return k.blocks[i].row > row }) - 1
	begin := k.blocks[at]
	row -= begin.row
	end := k.blockEnd(begin.document)
	full, rest := k.cut(begin.document, end)
	if row >= full {
		return k.fit(rest)[row-full]
	}
	for document := begin.document; ; document++ {
		n := k.length(document) / k.columns
		if row < n {
			return []stretch{{k.stream.start(document) + row*k.columns, k.columns}}
		}
		row -= n
	}
}

// length is a document's columns.
func (k *Packing) length(document int64) int64 {
	return max(0, k.stream.start(document+1)-k.stream.start(document)-k.overlap)
}

// blockEnd is the first document behind the block that begins with one.
func (k *Packing) blockEnd(document int64) int64 {
	for sum := int64(0); document < k.stream.documents && sum < blockRows*k.columns; document++ {
		sum += k.length(document)
	}
	return document
}

// cut gives the number of rows that documents fill alone, and what else there is of them.
func (k *Packing) cut(document, end int64) (full int64, rest []stretch) {
	for ; document < end; document++ {
		n := k.length(document)
		full += n / k.columns
		if left := n % k.columns; left > 0 {
			rest = append(rest, stretch{k.stream.start(document) + n - left, left})
		}
	}
	return full, rest
}

// fit puts stretches into rows.
func (k *Packing) fit(stretches []stretch) [][]stretch {
	slices.SortStableFunc(stretches, func(a, b stretch) int { return int(b.columns - a.columns) })
	var rows [][]stretch
	var room []int64
	open := 0 // rows before it are full
	for _, s := range stretches {
		at := open
		for at < len(rows) && room[at] < s.columns {
			at++
		}
		if at == len(rows) {
			rows, room = append(rows, nil), append(room, k.columns)
		}
		rows[at], room[at] = append(rows[at], s), room[at]-s.columns
		for open < len(rows) && room[open] == 0 {
			open++
		}
	}
	return rows
}
