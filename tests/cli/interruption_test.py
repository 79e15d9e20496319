"""What `weir predict` leaves behind when it cannot finish: what was there before."""
import array
import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unittest

import npy
import program
from program import FILE_NOISE, IMAGES, MODEL, SANITIZER, TIMEOUT, WEIR, ProgramTest

BEFORE = b"what was there before"


class Interruption(ProgramTest):
    def setUp(self):
        super().setUp()
        self.output = self.folder / "y.npy"
        self.output.write_bytes(BEFORE)

    def assert_untouched(self, *others):
        self.assertEqual(self.output.read_bytes(), BEFORE)
        self.assert_only("y.npy", *others)

    def start(self, *arguments, **options):
        running = program.start("predict", MODEL, *arguments, cwd=self.folder,
                                stderr=subprocess.PIPE, **options)
        self.addCleanup(running.stderr.close)
        return running

    def wait_for_temporary_file(self):
        """The output is being written, under another name."""
        deadline = time.monotonic() + TIMEOUT
        while len(list(self.folder.iterdir())) < 2:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def interrupt_while_it_waits_for_input(self, number):
        running = self.start("--input", "-", "--output", "y.npy", stdin=subprocess.PIPE)
        running.stdin.write(npy.read(IMAGES).to_bytes()[:20_000])  # The rest never comes.
        running.stdin.flush()
        self.wait_for_temporary_file()
        running.send_signal(number)
        _, err = running.communicate(timeout=TIMEOUT)
        self.assertEqual(running.returncode, 130, err)
        self.assertIn(b"stopped", err)
        self.assert_untouched()

    def test_ctrl_c_stops_cleanly_with_code_130(self):
        self.interrupt_while_it_waits_for_input(signal.SIGINT)

    def test_request_to_terminate_stops_cleanly(self):
        self.interrupt_while_it_waits_for_input(signal.SIGTERM)

    def start_on_a_large_file(self):
        """Well begun, and far from its end."""
        rows = 5_000_000  # A hole in the file system: zeros without a size.
        header = npy.Array((0, 8, 8, 1), "|u1", []).to_bytes().replace(b"(0,", b"(%d," % rows)
        header = header.replace(b" " * len(str(rows)) + b"\n", b" \n", 1)
        with open(self.folder / "x.npy", "wb") as file:
            file.write(header)
            file.truncate(len(header) + 64 * rows)
        running = self.start("--input", "x.npy", "--output", "y.npy")
        self.wait_for_file_in_work()
        return running

    def test_ctrl_c_stops_in_the_middle_of_a_large_file(self):
        running = self.start_on_a_large_file()
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=TIMEOUT)
        self.assertEqual(running.returncode, 130, err)
        self.assertIn(b"stopped", err)
        self.assert_untouched("x.npy")

    def test_input_that_is_cut_while_it_is_read_is_an_error_and_leaves_nothing(self):
        for size in (0, 10_000_001):  # Before what is read now, and after it.
            with self.subTest(size=size):
                running = self.start_on_a_large_file()
                os.truncate(self.folder / "x.npy", size)
                _, err = running.communicate(timeout=TIMEOUT)
                self.assertEqual(running.returncode, 1, err)
                self.assertEqual(err, b"weir: x.npy: was cut short while it was being read\n")
                self.assert_untouched("x.npy")

    def test_model_that_is_cut_while_it_is_used_is_an_error_and_leaves_nothing(self):
        (self.folder / "m.keras").write_bytes(MODEL.read_bytes())
        running = program.start("predict", "m.keras", "--input", "-", "--output", "y.npy",
                                cwd=self.folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(running.stderr.close)
        running.stdin.write(npy.read(IMAGES).to_bytes()[:20_000])
        running.stdin.flush()
        self.wait_for_file_in_work()
        os.truncate(self.folder / "m.keras", 100)
        _, err = running.communicate(npy.read(IMAGES).to_bytes()[20_000:], timeout=TIMEOUT)
        self.assertEqual(running.returncode, 1, err)
        self.assertEqual(err, b"weir: m.keras: was cut short while it was being read\n")
        self.assert_untouched("m.keras")

    def wait_for_file_in_work(self):
        deadline = time.monotonic() + TIMEOUT
        while len(list(self.folder.iterdir())) < 3:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def test_truncated_input_is_an_error_and_leaves_nothing(self):
        (self.folder / "x.npy").write_bytes(npy.read(IMAGES).to_bytes()[:5000])
        self.fails(1, "predict", MODEL, "--input", "x.npy", "--output", "y.npy",
                   saying=["x.npy"])
        self.assert_untouched("x.npy")

    def test_stream_that_ends_too_early_is_an_error_and_leaves_nothing(self):
        self.fails(1, "predict", MODEL, "--input", "-", "--output", "y.npy",
                   input=npy.read(IMAGES).to_bytes()[:50_000], saying=["standard input"])
        self.assert_untouched()

    def test_wrong_field_in_a_late_row_is_named_and_leaves_nothing(self):
        rows = [",".join(["1"] * 64)] * 500
        rows[400] = ",".join(["1"] * 63 + ["blue"])
        (self.folder / "x.csv").write_text("\n".join(rows))
        self.fails(1, "predict", MODEL, "--input", "x.csv", "--output", "y.npy",
                   saying=["x.csv", "401", "64", "blue"])
        self.assert_untouched("x.csv")

    def test_limit_that_is_too_small_names_the_smallest_that_works(self):
        predict = ("predict", MODEL, "--input", IMAGES, "--output", "y.npy", "--memory-limit")
        refused = self.fails(1, *predict, "100KiB", saying=["100 KiB", "at least"])
        self.assert_untouched()
        smallest = re.search(r"at least (\S+) ", refused.err.strip()).group(1)
        self.succeeds(*predict, smallest)
        self.output.write_bytes(BEFORE)
        value, unit = re.fullmatch(r"([\d.]+)(\w+)", smallest).groups()
        self.fails(1, *predict, f"{float(value) * 0.7:.3f}{unit}", saying=["at least"])
        self.assert_untouched()

    def test_output_is_replaced_when_it_is_complete(self):
        self.succeeds("predict", MODEL, "--input", IMAGES, "--output", "y.npy")
        self.assertEqual(npy.read(self.output).shape, (1797, 10))
        self.assert_only("y.npy")

    def test_input_may_be_its_own_output(self):
        self.output.write_bytes(IMAGES.read_bytes())
        self.succeeds("predict", MODEL, "--input", "y.npy", "--output", "y.npy")
        self.assertEqual(npy.read(self.output).shape, (1797, 10))

    def test_folder_that_is_not_there_is_named(self):
        self.fails(1, "predict", MODEL, "--input", IMAGES, "--output", "nowhere/y.npy",
                   saying=["nowhere/y.npy"])
        self.assert_untouched()

    def test_name_without_a_format_says_which_there_are(self):
        self.fails(2, "predict", MODEL, "--input", IMAGES, "--output", "y.data",
                   saying=["y.data", ".csv"])
        self.assert_untouched()

    def test_full_disk_is_an_error(self):
        for output in ("-", "/dev/full"):
            with open("/dev/full", "wb") as full:
                running = self.start("--input", IMAGES, "--output", output, stdout=full)
                _, err = running.communicate(timeout=TIMEOUT)
            self.assertEqual(running.returncode, 1, err)
            self.assertIn(b"No space left", err)

    def test_closed_pipe_is_one_clear_line_and_code_1(self):
        running = self.start("--input", IMAGES, "--output", "-", stdout=subprocess.PIPE)
        running.stdout.read(1)
        running.stdout.close()
        err = running.stderr.read()
        self.assertEqual(running.wait(TIMEOUT), 1, err)
        self.assertTrue(err.startswith(b"weir: standard output: "), err)
        self.assertEqual(err.count(b"\n"), 1, err)


class StandardOutput(ProgramTest):
    """Reports whose reader goes away or whose disk is full, whatever their length."""

    COMMANDS = (("summary", MODEL), ("plan", MODEL), ("plan", MODEL, "--json"))

    def fails_into(self, stdout, words):
        for command in self.COMMANDS:
            running = program.start(*command, stdout=stdout, stderr=subprocess.PIPE)
            _, err = running.communicate(timeout=TIMEOUT)
            self.assertEqual(running.returncode, 1, err)
            self.assertEqual(err, b"weir: standard output: %s\n" % words)

    def test_full_disk_is_an_error(self):
        with open("/dev/full", "wb") as full:
            self.fails_into(full, b"No space left on device")

    def test_closed_pipe_is_an_error(self):
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as pipe:
            self.fails_into(pipe, b"Broken pipe")

    def test_ctrl_c_stops_a_check_with_code_130(self):
        running = program.start("check", MODEL, "--steps", "1000000000", "--seconds", "100",
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(1)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=TIMEOUT)
        self.assertEqual(running.returncode, 130, err)
        self.assertEqual(out, b"")
        self.assertIn(b"stopped", err)


class Terminal(ProgramTest):
    def in_terminal(self, *arguments, columns=120):
        """What a terminal of this width gets on standard error."""
        mine, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        running = subprocess.Popen([WEIR, "predict", MODEL, "--input", IMAGES, "--output",
                                    "y.npy", *arguments], stderr=its, cwd=self.folder)
        os.close(its)
        text = b""
        try:
            while select.select([mine], [], [], TIMEOUT)[0]:
                text += os.read(mine, 4096)
        except OSError:  # Linux says so when the other end has closed.
            pass
        os.close(mine)
        self.assertEqual(running.wait(TIMEOUT), 0, text)
        return text.decode()

    def test_progress_shows_rows_speed_and_memory(self):
        text = self.in_terminal("--batch-size", "1")
        self.assertIn("0/1797 rows", text)
        self.assertRegex(text, r"rows/s")
        self.assertRegex(text, r"[\d.]+ [KM]iB of [\d.]+ [KM]iB planned")
        last = text.rstrip("\r\n").split("\r")[-1]
        self.assertRegex(last, r"^1797 rows in [\d.]+ s  \d+ rows/s  peak memory")
        self.assertTrue(text.endswith("\n"))

    def test_progress_fits_a_narrow_terminal(self):
        text = self.in_terminal("--batch-size", "1", columns=40)
        for line in re.split(r"[\r\n]+", text):
            self.assertLess(len(line.replace("\x1b[K", "")), 40)

    def test_progress_can_be_turned_off(self):
        self.assertEqual(self.in_terminal("--progress", "never"), "")

    def test_progress_can_be_demanded_without_a_terminal(self):
        result = self.succeeds("predict", MODEL, "--input", IMAGES, "--output", "y.npy",
                               "--progress", "always")
        self.assertIn("1797 rows in", result.err)
        self.assertEqual(result.out, "")

    def test_progress_shows_what_a_stream_of_unknown_length_has_done(self):
        rows = ",".join(["1"] * 64) + "\n"
        result = self.succeeds("predict", MODEL, "--input", "-", "--output", "y.npy",
                               "--progress", "always", input=rows.encode() * 50)
        self.assertIn("50 rows in", result.err)
        self.assertNotIn("ETA", result.err)


@unittest.skipIf(SANITIZER, "a sanitizer's own memory is many times the program's")
class Memory(ProgramTest):
    def peak(self, rows):
        """Of rows through a pipe, by the kernel's count: the most bytes that were resident, and how many
        of these are of files."""
        line = (",".join(["3"] * 64) + "\n").encode()
        read, write = os.pipe()
        running = program.start("predict", MODEL, "--input", "-", "--output", "y.npy",
                                "--threads", "2", stdin=read, cwd=self.folder)
        for _ in range(rows // 100):
            os.write(write, line * 100)
        waiting = array.array("i", [1])
        while waiting[0] > 0:  # Until the last row is taken; it ends when the pipe closes.
            time.sleep(0.05)
            fcntl.ioctl(read, termios.FIONREAD, waiting)
        time.sleep(0.2)
        status = pathlib.Path(f"/proc/{running.pid}/status").read_text()
        os.close(read)
        os.close(write)
        self.assertEqual(running.wait(TIMEOUT), 0)
        return [int(re.search(rf"{name}:\s+(\d+) kB", status).group(1)) * 1024
                for name in ("VmHWM", "RssFile")]

    def test_thirty_times_the_rows_take_no_more_memory(self):
        few, many = (peak - files for peak, files in map(self.peak, (1_000, 30_000)))
        self.assertLess(many - few, 512 * 1024)

    def test_planned_peak_is_kept(self):
        plan = self.succeeds("plan", MODEL, "--threads", "2", "--json").json()
        # The plan of a model does not know the files: blocks of text come on top of it.
        peak, _ = self.peak(5_000)
        self.assertLessEqual(peak, plan["peak_bytes"] + 512 * 1024 + FILE_NOISE)


if __name__ == "__main__":
    unittest.main()
