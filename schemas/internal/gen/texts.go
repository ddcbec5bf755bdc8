package gen

import (
	"bytes"
	"fmt"
	"strings"
)

// A resetText is a text that resets carry, and the word for what it means.
type resetText struct{ text, means string }

// parseTexts reads the texts of resets; means is the list of what they mean.
func parseTexts(dir, name string, means *list) ([]resetText, error) {
	var texts []resetText
	err := rows(dir, name, func(_ int, line string) error {
		left, source, ok := strings.Cut(line, "|")
		word, text, _ := strings.Cut(strings.TrimSpace(left), " ")
		text = strings.TrimSpace(text)
		if !ok || text == "" || strings.TrimSpace(source) == "" || text != strings.ToLower(text) {
			return fmt.Errorf("want: word, text in small letters | source")
		}
		if means == nil || means.number(word) == 0 {
			return fmt.Errorf("%q is no word of the list rst_text", word)
		}
		texts = append(texts, resetText{text, word})
		return nil
	})
	return texts, err
}

func (s *source) textsGo() string {
	var b bytes.Buffer
	b.WriteString("package schemas\n\n// ResetTexts are texts in the payload of an RST, in small letters. A payload means the first one that it contains.\nvar ResetTexts = []struct {\n\tText  string\n\tMeans RstText\n}{\n")
	for _, t := range s.texts {
		fmt.Fprintf(&b, "\t{%q, RstText%s},\n", t.text, camel(t.means))
	}
	b.WriteString("}\n")
	return b.String()
}

// textsLua writes the same for the plugin.
func (s *source) textsLua() string {
	var b bytes.Buffer
	b.WriteString("-- Texts in the payload of an RST, in small letters, and the number of what they mean.\nM.reset_texts = {\n")
	for _, t := range s.texts {
		fmt.Fprintf(&b, "  { %q, %d },\n", t.text, s.byName["rst_text"].number(t.means))
	}
	b.WriteString("}\n\n")
	return b.String()
}
