// Package causes holds the causes that the converter states against captures whose causes are known.
//
// A folder of labelled captures has a labels.jsonl, one object per connection (testdata/lab/README.md). Its causes are
// a set: what was constructed first, then everything that the wire allows as well; any of them is right. never_high are
// words that must not be stated in the tier high, because an observer cannot know.
//
// Words: a verdict is what the converter says about one connection; it is inside if its cause is in the set. A
// violation is a verdict that claims more than anybody can know: the tier high outside the set or with a word of
// never_high, or more than 80 percent where every cause of the set is in never_high. A role says what a family of
// cases may be used for: fitted families to choose thresholds, held out ones only to judge them, unseen ones were made
// after the rules.
//
// Place in the flow: it runs the converter, package dataset reads the table connections, this package joins labels
// and verdicts and writes Markdown. The report has no times and no paths, so that it can stand in docs/causes.md.
package causes
