package pretrained

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"inkstone/runner/model"
)

// arrange finds the place of every parameter, and a reason for every other tensor.
func (c *Checkpoint) arrange(o Options) error {
	table, err := c.table(o)
	if err != nil {
		return err
	}
	if err := c.sizes(table); err != nil {
		return err
	}
	if err := c.untie(table); err != nil {
		return err
	}
	c.Parameters = model.Weights(c.Model, c.Model.VocabSize, c.Model.MaxPositionEmbeddings)
	c.places = map[string]place{}
	used := map[string]bool{}
	var errs []error
	for _, w := range c.Parameters {
		at, err := table.place(c.Model, w.Name)
		if err != nil {
			return err
		}
		at.name = c.alias(at.name)
		c.places[w.Name], used[at.name] = at, true
		errs = append(errs, c.fits(w, at))
	}
	if err := firstErrors(errs); err != nil {
		return err
	}
	return c.explain(table, used)
}

// table is the dialect's, with the layout that was chosen.
func (c *Checkpoint) table(o Options) (names, error) {
	table := tables[c.Dialect]
	if !table.perHead {
		if o.Layout != "" {
			return table, fmt.Errorf("the layout of query, key and value is %q by choice, and only chatglm-6b leaves one", o.Layout)
		}
		return table, nil
	}
	layout := o.Layout
	if layout == "" {
		layout = Layout(c.Archive.Metadata[layoutKey])
	}
	switch layout {
	case "":
		c.warn("query_key_value is read head by head, as ChatGLM-6B was published; files of other toolkits hold all queries, keys and values " +
			"one after the other, and nothing in a file tells: choose the layout contiguous for those")
	case PerHead:
	case Contiguous:
		table.perHead = false
	default:
		return table, fmt.Errorf("there is no layout %q of query, key and value; there are %s and %s", layout, PerHead, Contiguous)
	}
	return table, nil
}

// sizes takes the vocabulary's size and the tables' lengths from the files, which know better than the configuration.
func (c *Checkpoint) sizes(table names) error {
	rows, err := c.rowsOf(table, "model.embed_tokens.weight")
	if err != nil {
		return err
	}
	if rows != c.Model.VocabSize {
		c.warn("the configuration has a vocabulary of %d, and the embedding has %d rows; the embedding decides", c.Model.VocabSize, rows)
		c.Model.VocabSize = rows
	}
	extra, ok := tableExtra[c.Model.Positions]
	if !ok {
		return nil
	}
	if rows, err = c.rowsOf(table, "model.position_embeddings.weight"); err != nil {
		return err
	}
	if rows-extra != c.Model.MaxPositionEmbeddings {
		c.warn("the configuration has %d positions, and their table has %d rows; the table decides", c.Model.MaxPositionEmbeddings, rows)
		c.Model.MaxPositionEmbeddings = rows - extra
	}
	return nil
}

func (c *Checkpoint) rowsOf(table names, name string) (int, error) {
	at, err := table.place(c.Model, name)
	if err != nil {
		return 0, err
	}
	t, err := c.Archive.Tensor(at.name)
	if err != nil {
		return 0, err
	}
	if len(t.Shape) != 2 || t.Shape[0] == 0 {
		return 0, fmt.Errorf("tensor %q has shape %v, want a matrix", at.name, t.Shape)
	}
	return t.Shape[0], nil
}

// untie decides about a model that is said to be tied, or not: by the configuration; a matrix that the files have all the same
// is no contradiction where it has the embedding's bytes.
func (c *Checkpoint) untie(table names) error {
	head, err := table.place(c.Model, "lm_head.weight")
	if err != nil && c.Model.TieWordEmbeddings {
		return nil // a dialect that always is tied
	} else if err != nil {
		return err
	}
	embedding, err := table.place(c.Model, "model.embed_tokens.weight")
	if err != nil {
		return err
	}
	there := c.Archive.Has(head.name)
	switch {
	case c.Model.TieWordEmbeddings && there:
		same, err := c.same(head.name, embedding.name)
		if err != nil {
			return err
		}
		if !same {
			c.warn("tie_word_embeddings is true, and %s is there and differs from %s; it is loaded, and the model is not tied", head.name, embedding.name)
			c.Model.TieWordEmbeddings = false
		}
	case !c.Model.TieWordEmbeddings && !there:
		return fmt.Errorf("tie_word_embeddings is false, and there is no %s; set it to true if the output is the embedding", head.name)
	}
	return nil
}

func (c *Checkpoint) same(a, b string) (bool, error) {
	x, err := c.Archive.Tensor(a)
	if err != nil {
		return false, err
	}
	y, err := c.Archive.Tensor(b)
	return x.DType == y.DType && slices.Equal(x.Shape, y.Shape) && bytes.Equal(x.Data, y.Data), err
}

// alias is the older name of BERT's normalisations, where the files have that.
func (c *Checkpoint) alias(name string) string {
	for end, old := range map[string]string{".LayerNorm.weight": ".LayerNorm.gamma", ".LayerNorm.bias": ".LayerNorm.beta"} {
		if stem, ok := strings.CutSuffix(name, end); ok && !c.Archive.Has(name) && c.Archive.Has(stem+old) {
			return stem + old
		}
	}
	return name
}

// fits asks that a parameter is there in its shape.
func (c *Checkpoint) fits(w model.Weight, at place) error {
	t, err := c.Archive.Tensor(at.name)
	if err != nil {
		return err
	}
	want := w.Shape
	if !at.rows.whole() {
		want = resized(want, at.rows.of)
	}
	if !slices.Equal(t.Shape, want) {
		return fmt.Errorf("tensor %q has shape %v, and the configuration means %v", at.name, t.Shape, want)
	}
	return nil
}

// firstErrors joins a few errors, and counts the rest.
func firstErrors(errs []error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	const few = 5
	if len(errs) > few {
		errs = append(errs[:few:few], fmt.Errorf("and %d more", len(errs)-few))
	}
	return errors.Join(errs...)
}

// explain finds what every tensor is that is no parameter.
func (c *Checkpoint) explain(table names, used map[string]bool) error {
	tied := "" // the output's name where it repeats the embedding
	if at, err := table.place(c.Model, "lm_head.weight"); err == nil && c.Model.TieWordEmbeddings {
		tied = at.name
	}
	heads := table.headNames()
	var errs []error
	for _, name := range c.Archive.Names() {
		switch {
		case used[name]:
		case heads[name] != "":
			c.places[heads[name]] = place{name: name}
		case table.dropped(name), name == tied:
			c.Dropped = append(c.Dropped, name)
		case name == "cls.predictions.decoder.bias": // BERT's one bias under a second name
			errs = append(errs, c.repeats(name, "cls.predictions.bias"))
		case table.unused(name):
			c.LeftOut = append(c.LeftOut, name)
		default:
			errs = append(errs, fmt.Errorf("tensor %q is no part of this model", name))
		}
	}
	c.Heads = slices.DeleteFunc(slices.Sorted(maps.Keys(c.places)), func(name string) bool {
		return slices.ContainsFunc(c.Parameters, func(w model.Weight) bool { return w.Name == name })
	})
	if c.LeftOut != nil {
		c.warn("%d tensors belong to parts that Inkstone does not have, and are left out: %s", len(c.LeftOut), strings.Join(c.LeftOut, ", "))
	}
	return firstErrors(errs)
}

// repeats drops a tensor that has another one's bytes.
func (c *Checkpoint) repeats(name, other string) error {
	same, err := c.same(name, other)
	if err == nil && !same {
		err = fmt.Errorf("tensor %q differs from %q, and is the same in every BERT", name, other)
	}
	c.Dropped = append(c.Dropped, name)
	return err
}
