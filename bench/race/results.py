"""The raw results of a race, kept in a file after every cell, so that it can be stopped and continued."""
import datetime
import json

from cell import Cell


class Results:
    """Of one machine, one build and one effort: what a file holds of others is put aside."""

    def __init__(self, file, about):
        self._file = file
        self.data = json.loads(file.read_text()) if file.exists() else {}
        if self.data and any(self.data.get(key) != value for key, value in about.items()):
            file.rename(file.with_name(f"{file.stem}-{datetime.datetime.now():%Y%m%d-%H%M%S}.json"))
            self.data = {}
        self.data = {"roofs": {}, "cells": [], **self.data, **about}

    def roof(self, threads, measure):
        """Measured once."""
        roofs = self.data["roofs"]
        if str(threads) not in roofs:
            roofs[str(threads)] = measure()
        return roofs[str(threads)]

    def entries(self, cell):
        """By contender; empty for a cell that was not raced."""
        for record in self.data["cells"]:
            if cell_of(record) == cell:
                return record["entries"]
        return {}

    def keep(self, cell, entries, layers):
        others = [record for record in self.data["cells"] if cell_of(record) != cell]
        record = {"model": cell.model, "batch": cell.batch, "threads": cell.threads,
                  "date": datetime.date.today().isoformat(), "entries": entries, "layers": layers}
        self.data["cells"] = [*others, record]
        self._file.write_text(json.dumps(self.data, indent=1))


def cell_of(record):
    return Cell(record["model"], record["batch"], record["threads"])
