package tokenizer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSpecialTokensLieBehindTheVocabulary(t *testing.T) {
	bpe, err := NewBPE([][2]int32{{'a', 'b'}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		t    Tokenizer
		base int32
	}{{"bytes", Bytes{}, 256}, {"bpe", bpe, 257}} {
		t.Run(test.name, func(t *testing.T) {
			for i, name := range []string{"<pad>", "<eod>", "[MASK]", "[dBLOCK]", "<sop>", "<eop>", "[sMASK]", "[gMASK]"} {
				if id, ok := test.t.Special(name); !ok || id != test.base+int32(i) {
					t.Errorf("%s has id %d, %v; want %d", name, id, ok, test.base+int32(i))
				}
				ids, err := test.t.Encode([]byte(name))
				if err != nil {
					t.Fatal(err)
				}
				for _, id := range ids {
					if id >= test.base {
						t.Errorf("the text %q became the special token %d", name, id)
					}
				}
			}
			if got, want := test.t.VocabSize(), int(test.base)+8; got != want {
				t.Errorf("%d ids, want %d", got, want)
			}
			if _, ok := test.t.Special("[none]"); ok {
				t.Error("there is a token [none]")
			}
		})
	}
	if SmallestVocab != byteVocab+len(specials) {
		t.Errorf("SmallestVocab is %d, want %d", SmallestVocab, byteVocab+len(specials))
	}
}

func TestIsSpecial(t *testing.T) {
	mask, _ := Bytes{}.Special(GenerationMask)
	for id, want := range map[int32]bool{0: false, 255: false, 256: true, mask: true, mask + 1: false, -1: false} {
		if got := IsSpecial(Bytes{}, id); got != want {
			t.Errorf("IsSpecial(%d) = %v, want %v", id, got, want)
		}
	}
	if IsSpecial(Symbols{Count: 3}, 1) {
		t.Error("a symbol is special")
	}
}

func TestTexts(t *testing.T) {
	mask, _ := Bytes{}.Special(Mask)
	for _, test := range []struct {
		name string
		ids  []int32
		want []string
	}{
		{"ascii", ids("a b"), []string{"a", " ", "b"}},
		{"a character over three tokens", ids("地x"), []string{"地", "·", "·", "x"}},
		{"bytes of no character", []int32{0xe5, 0x9c, 'x', 0xff}, []string{`\xe5`, `\x9c`, "x", `\xff`}},
		{"a special token breaks a character", []int32{0xe5, mask, 0x9c, 0xb0}, []string{`\xe5`, "[MASK]", `\x9c`, `\xb0`}},
		{"control characters", ids("\n\t\r\x00\x7f\u0085"), []string{`\n`, `\t`, `\r`, `\x00`, `\x7f`, `\u0085`, "·"}},
		{"ids of nothing", []int32{-1, 9999}, []string{"·", "·"}},
		{"none", nil, []string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if d := cmp.Diff(test.want, Texts(Bytes{}, test.ids)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// The tokens of a BPE may end in the middle of a character; put together, the texts still show every character once.
func TestTextsOfBPEShowWholeCharacters(t *testing.T) {
	b, text := fixtureBPE(t), "学而时习之，不亦说乎？"
	encoded, err := b.Encode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.ReplaceAll(strings.Join(Texts(b, encoded), ""), "·", ""); got != text {
		t.Errorf("the texts say %q, want %q", got, text)
	}
}

func TestSymbols(t *testing.T) {
	s := Symbols{Count: 32}
	got, err := s.Encode([]byte("AZaf"))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int32{0, 25, 26, 31}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if text := string(s.Decode(append(got, 32, -1))); text != "AZaf" {
		t.Errorf("Decode = %q", text)
	}
	for text, want := range map[string]string{
		"Ag": `letter 2, 'g', is no symbol of this corpus; it has "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"`,
		"地A": `letter 1, '地', is no symbol of this corpus; it has "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"`,
		"地 ": `letter 1, '地', is no symbol of this corpus; it has "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"`,
	} {
		if _, err := s.Encode([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("Encode(%q): %v, want %s", text, err, want)
		}
	}
	if _, err := s.Encode([]byte("A地g")); err == nil || !strings.Contains(err.Error(), "letter 2, '地'") {
		t.Errorf("Encode(A地g): %v", err)
	}
	if _, err := s.Encode([]byte("AB\u5730"[:3])); err == nil {
		t.Error("half a character was taken for a symbol")
	}
}

func TestDigestsDiffer(t *testing.T) {
	seen := map[string]string{}
	one, _ := NewBPE([][2]int32{{'a', 'b'}})
	two, _ := NewBPE([][2]int32{{'b', 'a'}})
	for name, tok := range map[string]Tokenizer{"bytes": Bytes{}, "ab": one, "ba": two, "32": Symbols{32}, "31": Symbols{31}} {
		if other, ok := seen[tok.Digest()]; ok {
			t.Errorf("%s and %s have the same digest", name, other)
		}
		seen[tok.Digest()] = name
	}
}

func ids(text string) []int32 {
	encoded, _ := Bytes{}.Encode([]byte(text))
	return encoded
}
