package tokenizer

import (
	"bytes"
	"testing"
)

func FuzzSplit(f *testing.F) {
	for _, text := range []string{"", "it's  a\r\n\r\n x12345", "\xe5\x9c地 \u00a0", "'ſ 'LL", "  \n  "} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var whole []byte
		Split(text, func(piece []byte) {
			if len(piece) == 0 {
				t.Fatal("an empty piece")
			}
			whole = append(whole, piece...)
		})
		if !bytes.Equal(whole, text) {
			t.Errorf("the pieces of %q are %q", text, whole)
		}
	})
}

func FuzzEncode(f *testing.F) {
	b := fixtureBPE(f)
	for _, text := range []string{"", "学而时习之", "\xff\xfe\x80", "func main() {\n\t}\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		encoded, err := b.Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := b.Decode(encoded); !bytes.Equal(got, text) {
			t.Errorf("Decode(Encode(%q)) = %q", text, got)
		}
		if got := Texts(b, encoded); len(got) != len(encoded) {
			t.Errorf("%d texts of %d tokens", len(got), len(encoded))
		}
	})
}

func FuzzUnmarshalBPE(f *testing.F) {
	f.Add(fixtureBPE(f).Marshal())
	for _, text := range []string{"", bpeHeader, bpeHeader + "\n0\n", bpeHeader + "\n1\n97 98\n", bpeHeader + "\n1\n97 256\n", bpeHeader + "\n-1\n", bpeHeader + "\n2\n97 97\n97 97\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := UnmarshalBPE(text)
		if err != nil {
			return
		}
		again, err := UnmarshalBPE(b.Marshal())
		if err != nil || again.Digest() != b.Digest() {
			t.Errorf("%q does not come back: %v", text, err)
		}
	})
}
