"""Reads datasets with a library of this process and prints digests. See README.md.

    python read_local.py pyarrow|arrow|pandas|polars|duckdb DIR...

arrow reads the Arrow files of a dataset with pyarrow, the others Parquet."""

import glob
import json
import sys

import digest

TABLES = ("packets", "connections")


def from_arrow(table):
    """The columns of a pyarrow table, as digest.report wants them."""
    import pyarrow as pa

    columns = []
    for name in table.column_names:
        column = table[name]
        kind = column.type
        if pa.types.is_timestamp(kind):
            if kind.unit != "us" or kind.tz != "UTC":
                raise ValueError(f"{name}: a timestamp in {kind.unit} of {kind.tz}, want us of UTC")
            column = column.cast(pa.int64())
        columns.append((name, kind, digest.texts(column.to_pylist())))
    return table.num_rows, columns


def read_pyarrow(folder):
    import pyarrow.parquet as pq

    return from_arrow(pq.read_table(folder))


def read_arrow(folder):
    import pyarrow as pa

    files = sorted(glob.glob(f"{folder}/*.arrow"))
    if not files:
        raise ValueError(f"no Arrow file in {folder}")
    parts = []
    for name in files:
        with pa.OSFile(name) as f:
            parts.append(pa.ipc.open_file(f).read_all())
    return from_arrow(pa.concat_tables(parts))


def read_pandas(folder):
    import numpy as np
    import pandas as pd

    frame = pd.read_parquet(folder)
    columns = []
    for name in frame.columns:
        series = frame[name]
        kind = series.dtype
        if isinstance(kind, pd.DatetimeTZDtype):
            if str(kind.tz) != "UTC":
                raise ValueError(f"{name}: a timestamp of {kind.tz}, want UTC")
            present = series.notna()
            micros = series.astype("datetime64[us, UTC]").astype("int64")
            values = [m if p else None for m, p in zip(micros.tolist(), present)]
        else:
            values = [list(v) if isinstance(v, np.ndarray) else None if v is None or v != v else v for v in series.tolist()]
        columns.append((name, kind, digest.texts(values)))
    return len(frame), columns


def read_polars(folder):
    import polars as pl

    frame = pl.read_parquet(f"{folder}/*.parquet")
    columns = []
    for name in frame.columns:
        series = frame[name]
        kind = series.dtype
        if isinstance(kind, pl.Datetime):
            if kind.time_zone != "UTC":
                raise ValueError(f"{name}: a timestamp of {kind.time_zone}, want UTC")
            series = series.dt.epoch("us")
        columns.append((name, kind, digest.texts(series.to_list())))
    return len(frame), columns


def duckdb_text(name, kind):
    column = '"' + name.replace('"', '""') + '"'
    if kind.startswith("TIMESTAMP"):
        return f"epoch_us({column})::varchar"
    if kind.endswith("[]"):
        return f"array_to_string({column}, ',')"
    return f"{column}::varchar"


def report_duckdb(reader, dataset, table):
    """DuckDB computes the digests itself, in SQL."""
    import duckdb

    source = f"read_parquet('{dataset}/{table}/*.parquet')"
    kinds = [row[:2] for row in duckdb.sql(f"describe select * from {source}").fetchall()]
    head = "sum(('0x' || md5({0})[1:8])::bigint)"
    wanted = ["count(*)"]
    for name, kind in kinds:
        t = duckdb_text(name, kind)
        wanted += [f"count({t})", head.format(t)]
    line = " || '|' || ".join(f"coalesce({duckdb_text(n, k)}, '{digest.NULL}')" for n, k in kinds)
    wanted.append(head.format(line))
    got = duckdb.sql(f"select {', '.join(wanted)} from {source}").fetchall()[0]
    columns = {name: {"values": got[1 + 2 * i], "digest": int(got[2 + 2 * i] or 0), "type": kind}
               for i, (name, kind) in enumerate(kinds)}
    print(json.dumps({"reader": reader, "dataset": dataset, "table": table, "rows": got[0],
                      "names": [name for name, _ in kinds], "columns": columns, "row_digest": int(got[-1] or 0)}), flush=True)


def main(which, datasets):
    library = __import__("pyarrow" if which == "arrow" else which)
    reader = f"{which} {library.__version__}"
    for dataset in datasets:
        for table in TABLES:
            if which == "duckdb":
                report_duckdb(reader, dataset, table)
                continue
            rows, columns = globals()[f"read_{which}"](f"{dataset}/{table}")
            digest.report(reader, dataset, table, rows, columns)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
