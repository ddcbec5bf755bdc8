"""Reads datasets with Spark and prints digests. See README.md.

    python read_spark.py DIR...

Spark is started once and computes the digests itself, per file: for many small
datasets one job each would take long."""

import json
import os
import sys
import urllib.parse

import pyspark
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

import digest

TABLES = ("packets", "connections")


def text(name, kind):
    column = f"`{name}`"
    if kind == "timestamp":
        return F.expr(f"cast(unix_micros({column}) as string)")
    if kind.startswith("array"):
        return F.expr(f"if({column} is null, null, concat_ws(',', {column}))")
    return F.expr(f"cast({column} as string)")


def head(column):
    return F.conv(F.substring(F.md5(column), 1, 8), 16, 10).cast("bigint")


def read(spark, table, datasets):
    """The digests of a table of every dataset, by dataset."""
    frame = spark.read.parquet(*(f"{d}/{table}" for d in datasets))
    kinds = frame.dtypes
    wanted = [F.count(F.lit(1)).alias("rows")]
    for i, (name, kind) in enumerate(kinds):
        wanted += [F.count(text(name, kind)).alias(f"n{i}"), F.sum(head(text(name, kind))).alias(f"d{i}")]
    line = F.concat_ws("|", *(F.coalesce(text(n, k), F.lit(digest.NULL)) for n, k in kinds))
    wanted.append(F.sum(head(line)).alias("row_digest"))
    found = {d: None for d in datasets}
    for row in frame.groupBy(F.input_file_name().alias("file")).agg(*wanted).collect():
        path = urllib.parse.unquote(urllib.parse.urlparse(row["file"]).path)
        dataset = os.path.dirname(os.path.dirname(path))
        one = {"rows": row["rows"], "row_digest": row["row_digest"] or 0,
               "columns": {n: {"values": row[f"n{i}"], "digest": row[f"d{i}"] or 0} for i, (n, _) in enumerate(kinds)}}
        found[dataset] = add(found[dataset], one)
    return kinds, found


def add(a, b):
    """The digests of two parts together."""
    if a is None:
        return b
    for name, column in b["columns"].items():
        for key in column:
            a["columns"][name][key] += column[key]
    return {"rows": a["rows"] + b["rows"], "row_digest": a["row_digest"] + b["row_digest"], "columns": a["columns"]}


def main(datasets):
    datasets = [os.path.realpath(d) for d in datasets]
    spark = (SparkSession.builder.master("local[2]").appName("readers")
             .config("spark.ui.enabled", "false").getOrCreate())
    spark.sparkContext.setLogLevel("ERROR")
    for table in TABLES:
        kinds, found = read(spark, table, datasets)
        for dataset in datasets:
            # A table without rows has no group.
            one = found[dataset] or {"rows": 0, "row_digest": 0, "columns": {n: {"values": 0, "digest": 0} for n, _ in kinds}}
            for name, kind in kinds:
                one["columns"][name]["type"] = kind
            print(json.dumps({"reader": f"spark {pyspark.__version__}", "dataset": dataset, "table": table,
                              "names": [n for n, _ in kinds], **one}), flush=True)
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
