// Package effect turns the frames of a case into what a worse capture of the
// same traffic would have been: cut, one-sided, lossy, doubled, out of order,
// begun too late, on another link layer, in another file format. Words: an
// effect has a base case, whose labels it keeps unless cases.table has a block
// of its own for it.
package effect
