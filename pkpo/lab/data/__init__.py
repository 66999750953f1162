"""The data that chapters read: measurements and long runs, each with where it comes from.

They are part of the package, so that a notebook finds them wherever it is opened.
"""

import csv
import json
from pathlib import Path

_HERE = Path(__file__).parent


def load(name):
    """Return what a file of this folder holds.

    Args:
        name: of the file, such as "paper_tables.csv"; lines of a table that begin with # say
            what it is.
    Returns:
        of a .csv, its rows, each a dict from column to text; of a .json, what it describes.
    Raises:
        ValueError: there is no such file here.
    """
    names = sorted(path.name for path in _HERE.iterdir() if path.suffix in (".csv", ".json"))
    if name not in names:
        raise ValueError(f"name must be one of {', '.join(names)}; got {name!r}")
    text = (_HERE / name).read_text(encoding="utf-8")
    if name.endswith(".json"):
        return json.loads(text)
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
