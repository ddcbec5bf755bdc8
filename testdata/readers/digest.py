"""Digests of columns and rows, the same in every reader. See README.md."""

import collections
import hashlib
import json

NULL = "\\N"


def md5_head(text):
    return int(hashlib.md5(text.encode()).hexdigest()[:8], 16)


def text(value):
    """The text form of a value that is not null."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def total(texts):
    """The digest of a list of texts, None for null."""
    counted = collections.Counter(t for t in texts if t is not None)
    return sum(md5_head(t) * n for t, n in counted.items())


def rounded(texts):
    """The texts of integers rounded to float64."""
    return [None if t is None else str(int(float(t))) for t in texts]


def row_digest(columns):
    """The digest of whole rows, from the texts of every column."""
    return sum(md5_head("|".join(NULL if t is None else t for t in line)) for line in zip(*columns))


def report(reader, dataset, table, rows, columns):
    """Print the line of a table; columns is a list of (name, type, texts)."""
    out = {"reader": reader, "dataset": dataset, "table": table, "rows": rows,
           "names": [name for name, _, _ in columns], "columns": {}}
    for name, kind, texts in columns:
        if len(texts) != rows:
            raise ValueError(f"{name}: {len(texts)} values for {rows} rows")
        column = {"values": sum(t is not None for t in texts), "digest": total(texts), "type": str(kind)}
        if name.endswith("_ns"):
            column["float_digest"] = total(rounded(texts))
        out["columns"][name] = column
    out["row_digest"] = row_digest([texts for _, _, texts in columns])
    out["float_row_digest"] = row_digest([rounded(t) if name.endswith("_ns") else t for name, _, t in columns])
    print(json.dumps(out), flush=True)


def texts(values):
    """The texts of a list of Python values."""
    return [None if v is None else text(v) for v in values]
