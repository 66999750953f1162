"""The data of the chapters: every file loads, and says where it comes from."""

from pathlib import Path

import pytest

from pkpo.lab import data

FILES = Path(data.__file__).parent.iterdir()
NAMES = sorted(path.name for path in FILES if path.suffix in (".csv", ".json"))


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".csv")])
def test_every_row_of_a_table_has_a_text_for_every_column(name):
    rows = data.load(name)
    assert rows
    for row in rows:
        assert row.keys() == rows[0].keys()
        assert all(isinstance(text, str) for text in row.values())
        assert not any(column.startswith("#") for column in row)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith(".csv")])
def test_a_table_says_what_it_is(name):
    assert (Path(data.__file__).parent / name).read_text(encoding="utf-8").startswith("# ")


def test_times_name_processor_and_date():
    assert {"processor", "date", "cases"} < data.load("speed.json").keys()


@pytest.mark.parametrize("name", ["speed", "../data/speed.json", "__init__.py"])
def test_another_name_is_refused_with_those_there_are(name):
    with pytest.raises(ValueError, match=r"must be one of .*speed\.json, trainer\.json; got "):
        data.load(name)
