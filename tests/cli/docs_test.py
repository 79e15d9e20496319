"""Runs every console example of the pages below, each page's in order, in one folder."""
import os
import re
import shutil
import subprocess
import unittest

from program import DIGITS, REVIEWS, ROOT, TIMEOUT, WEIR, ProgramTest

COMMANDS = ROOT / "docs" / "command-line.md"
WEIGHTS = ROOT / "docs" / "weights.md"
MEMORY = ROOT / "docs" / "memory.md"
TEXT = ROOT / "docs" / "text.md"


def examples(page):
    """(line number, command, the output shown) of each `$ ` line in a console block."""
    found, inside = [], False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```console"
        elif inside and line.startswith("$ "):
            found.append((number, line[2:], []))
        elif inside:
            found[-1][2].append(line)
    return found


def normalised(line):
    """Without what differs from run to run: numbers, their units, the spaces of columns."""
    line = re.sub(r"\d[\d,.]*(e-?\d+)?( ?[KMGT]?i?B\b)?", "N", line)
    line = re.sub(r"-{2,}", "--", line)
    return re.sub(r"\s+", " ", line).strip()


def agrees(shown, printed):
    """Whether the lines are the same; a shown line "..." stands for any number of them."""
    if not shown:
        return not printed
    if shown[0] == "...":
        return any(agrees(shown[1:], printed[i:]) for i in range(len(printed) + 1))
    return bool(printed) and shown[0] == printed[0] and agrees(shown[1:], printed[1:])


class Pages(ProgramTest):
    def setUp(self):
        super().setUp()
        for file in (*DIGITS.iterdir(), *REVIEWS.glob("reviews.*")):
            shutil.copy(file, self.folder)
        programs = self.folder / ".programs"
        programs.mkdir()
        (programs / "weir").symlink_to(WEIR)
        self.env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}

    def test_command_line_has_examples_of_every_command(self):
        commands = " ".join(command for _, command, _ in examples(COMMANDS))
        for command in ("summary", "plan", "predict", "check", "tune", "compile"):
            self.assertIn(f"weir {command} ", commands)

    def test_examples_of_the_command_line_print_what_it_shows(self):
        self.run_examples(COMMANDS)

    def test_examples_of_weights_print_what_it_shows(self):
        self.run_examples(WEIGHTS)

    def test_examples_of_memory_print_what_it_shows(self):
        self.run_examples(MEMORY)

    def test_examples_of_text_print_what_it_shows(self):
        self.run_examples(TEXT)

    def run_examples(self, page):
        for number, command, shown in examples(page):
            with self.subTest(page=page.name, line=number, command=command):
                done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.env,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      timeout=TIMEOUT, text=True)
                self.assertEqual(done.returncode, 0, done.stdout)
                if shown:
                    printed = [normalised(line) for line in done.stdout.splitlines()]
                    self.assertTrue(agrees([normalised(line) for line in shown], printed),
                                    "\n".join(printed))


if __name__ == "__main__":
    unittest.main()
