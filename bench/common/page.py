"""Pieces of the page: numbers, tables of text, bars and sections. Pure."""
import dataclasses

NONE = "not available"


def megabytes(count):
    return NONE if count is None else f"{count / 1e6:,.1f}"


def percent(part):
    return NONE if part is None else f"{100 * part:.1f} %"


def number(value, digits=2):
    return NONE if value is None else f"{value:,.{digits}f}"


def table(head, rows):
    """A Markdown table; numbers to the right."""
    rules = ["---"] + ["---:"] * (len(head) - 1)
    return ["| " + " | ".join(map(str, row)) + " |" for row in (head, rules, *rows)]


@dataclasses.dataclass
class Bar:
    """What must hold, and for each row whether it does; None for a row without numbers."""

    text: str
    rows: dict

    def verdict(self):
        known = {name: held for name, held in self.rows.items() if held is not None}
        missed = [str(name) for name, held in known.items() if not held]
        if not known:
            return NONE
        if missed:
            return "missed: " + ", ".join(missed)
        return "met" if len(known) == len(self.rows) else f"met by {len(known)} of {len(self.rows)}"


@dataclasses.dataclass
class Section:
    title: str
    text: str
    lines: list
    bars: list
    missing: list

    def to_lines(self):
        lines = [f"## {self.title}", "", self.text, "", *self.lines, ""]
        lines += [f"- Bar: {bar.text}: **{bar.verdict()}**." for bar in self.bars]
        if self.missing:
            lines += ["", "Without a number:", "", *(f"- {reason}" for reason in self.missing)]
        return [*lines, ""]
