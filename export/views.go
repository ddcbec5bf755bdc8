package export

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/pcap-teardown/teardown/schemas"
)

// viewsName is the file with SQL for DuckDB.
const viewsName = "views.sql"

// viewsHash is what the manifest says of that file.
func viewsHash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// joinedView is the name of the view of packets with what is known of their connections.
const joinedView = "packets_with_connections"

// views returns SQL that makes a view of each table and one of both joined. Paths are relative, so that a
// dataset may be moved.
func views(format Format, by Partition, packets, connections *schemas.Table) string {
	var b strings.Builder
	b.WriteString("-- Views of this dataset for DuckDB, with paths relative to its folder:\n--   cd DIR && duckdb -init views.sql\n")
	read := "read_parquet"
	if format == Arrow {
		read = "read_arrow"
		b.WriteString("-- DuckDB reads Arrow files with an extension, which this installs once.\nINSTALL nanoarrow FROM community;\nLOAD nanoarrow;\n")
	}
	for _, t := range []*schemas.Table{packets, connections} {
		if t != nil {
			pattern := t.Name + strings.Repeat("/*", len(by.columns())) + "/*" + format.Extension()
			hive := ""
			if format == Parquet && by != NoPartition {
				hive = ", hive_partitioning = true, hive_types = {" + by.duckTypes() + "}"
			}
			fmt.Fprintf(&b, "CREATE OR REPLACE VIEW %s AS\n    SELECT * FROM %s('%s'%s);\n", t.Name, read, pattern, hive)
		}
	}
	const key = "conn_id"
	if packets == nil || connections == nil || packets.Lookup(key) == nil || connections.Lookup(key) == nil {
		return b.String()
	}
	// Columns of both tables mean the same, so they are taken from packets.
	var both []string
	for i := range connections.Columns {
		if name := connections.Columns[i].Name; name != key && packets.Lookup(name) != nil {
			both = append(both, name)
		}
	}
	only := len(connections.Columns) == len(both)+1
	if format == Parquet {
		both = append(both, by.columns()...) // those of packets and of connections differ where a connection runs on
	}
	rest := "c.* EXCLUDE (" + strings.Join(append([]string{key}, both...), ", ") + ")"
	if only {
		rest = "c.conn_id IS NOT NULL AS has_connection"
	}
	fmt.Fprintf(&b, "CREATE OR REPLACE VIEW %s AS\n    SELECT p.*, %s\n    FROM %s p LEFT JOIN %s c ON p.%s = c.%s;\n",
		joinedView, rest, packets.Name, connections.Name, key, key)
	return b.String()
}
