"""The raw results of a race, kept in a file after every cell, so that it can be stopped and continued."""
import datetime
import json

from cell import Cell


class Results:
    """Of one machine, one build and one effort: what a file holds of others is put aside."""

    def __init__(self, file, about):
        self._file = file
        self._data = json.loads(file.read_text()) if file.exists() else {}
        if self._data and any(self._data[key] != value for key, value in about.items()):
            file.rename(file.with_name(f"{file.stem}-{datetime.datetime.now():%Y%m%d-%H%M%S}.json"))
            self._data = {}
        self._data = {**about, "cells": self._data.get("cells", [])}

    def entries(self, cell):
        """By contender; empty for a cell that was not raced."""
        for record in self._data["cells"]:
            if self._cell(record) == cell:
                return record["entries"]
        return {}

    def keep(self, cell, entries):
        others = [r for r in self._data["cells"] if self._cell(r) != cell]
        record = {"model": cell.model, "batch": cell.batch, "threads": cell.threads,
                  "date": datetime.date.today().isoformat(), "entries": entries}
        self._data["cells"] = [*others, record]
        self._file.write_text(json.dumps(self._data, indent=1))

    @staticmethod
    def _cell(record):
        return Cell(record["model"], record["batch"], record["threads"])
