// Command teardown turns packet captures into two tables, packets and connections.
//
// Words: an input is one capture to be read, from the sorted list that the arguments
// stand for; a sink is where rows go (a dataset folder, one file, stdout, or nowhere for
// a summary); a run is one execution with its counts and its exit status.
//
// Place in the flow: the command joins the stages and knows nothing of their insides.
//
//	arguments ─ inputs ─ per input: capture.Stream → classify.Classifier → sink (export) ─ manifest, summary
//
// Every input is a world of its own with its own classifier, unless --join makes all one. Worlds are read one after
// the other in the order of the list, so the rows of the files follow each other in it.
package main
