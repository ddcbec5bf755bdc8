// Package dataset reads what the converter wrote, for comparison: every column
// of a table as text, and the manifest. It uses parquet-go's reader and nothing
// of the converter.
//
// Words: a table has columns of cells, one cell per row; a cell is the text of a
// value, or null. Text forms: integers in decimal, booleans true and false,
// lists joined with a comma.
package dataset
