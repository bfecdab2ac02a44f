package nearest

import "testing"

func TestTo(t *testing.T) {
	words := []string{"num_attention_heads", "hidden_size", "mlp", "name"}
	for word, want := range map[string]string{
		"num_attention_headz": "num_attention_heads", "hiden_size": "hidden_size", "mpl": "mlp", "base": "", "位置": "", "": "", "x": "",
	} {
		if got := To(word, words); got != want {
			t.Errorf("To(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"注意", "注力", 1}} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
		if got := distance(test.b, test.a); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.b, test.a, got, test.want)
		}
	}
}
