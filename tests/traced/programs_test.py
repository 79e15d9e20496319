"""The tracer in native programs: what it counts, and that the programs do not notice."""
import signal
import subprocess
import unittest

from traced import PLUGIN, SCENARIO, TIMEOUT, TracedTest


class Counting(TracedTest):
    def test_exact_mode_is_exact(self):
        trace = self.trace(SCENARIO, "leak", WEIR_TRACE="exact")
        self.assertEqual(trace.of("start")[0]["mode"], "exact")
        leak = trace.dumped_before_end()[0]
        self.assertEqual(leak["live_bytes"], 2000 * 10_000)
        self.assertEqual(leak["live_count"], 2000)
        self.assertEqual(sum(count for _, count in leak["by_step"]), 2000 * 10_000)

    def test_a_sampled_leak_is_found_within_the_error_of_sampling(self):
        trace = self.trace(SCENARIO, "leak", WEIR_TRACE_SAMPLE_BYTES="16384")
        leak = trace.dumped_before_end()[0]
        # 2000 blocks, each sampled with chance p = 0.457: the standard error is 2.4 %.
        self.assertAlmostEqual(leak["live_bytes"] / (2000 * 10_000), 1, delta=0.15)
        # 2000 times 60,000 bytes, of which most are 50,000 large and nearly always sampled.
        self.assertAlmostEqual(trace.last("sample")["allocated_bytes"] / 120e6, 1, delta=0.1)

    def test_bytes_per_step_follow_from_the_steps_they_were_made_in(self):
        trace = self.trace(SCENARIO, "leak", WEIR_TRACE="exact")
        survival = [r for r in trace.of("survival") if r["made_in"]][0]
        width = survival["width"]
        self.assertLessEqual(len(survival["made_in"]), 64)
        for made, row in zip(survival["made_in"][1:], survival["alive"][1:]):
            for alive in row:
                self.assertEqual(alive, width * 10_000, f"made in {made}")

    def test_realloc_counts_the_last_size_and_keeps_what_it_could_not_move(self):
        trace = self.trace(SCENARIO, "reallocate", WEIR_TRACE="exact")
        sizes = [site["live_bytes"] for site in trace.dumped_before_end()]
        self.assertIn(819_200, sizes)
        self.assertIn(70_000, sizes)

    def test_aligned_blocks_are_counted_and_aligned(self):
        trace = self.trace(SCENARIO, "align", WEIR_TRACE="exact")
        sizes = [site["live_bytes"] for site in trace.dumped_before_end()]
        # The C++ library rounds up to a multiple of the alignment, 256.
        for size in (6400, 100_000, 5000, 3072, 7000):
            self.assertIn(size, sizes)

    def test_blocks_freed_by_another_thread_are_gone(self):
        trace = self.trace(SCENARIO, "cross", WEIR_TRACE="exact")
        self.assertEqual(self.live(trace, 777), 0)

    def test_a_hundred_threads(self):
        trace = self.trace(SCENARIO, "many_threads", WEIR_TRACE="exact")
        self.assertEqual(self.live(trace, 4321), 100 * 4321)

    def test_mappings_are_counted_as_the_program_leaves_them(self):
        trace = self.trace(SCENARIO, "map_pages", WEIR_TRACE="exact")
        mappings = [s["live_bytes"] for s in trace.dumped_before_end() if s["kind"] == "mapping"]
        self.assertIn(3 << 20, mappings)
        self.assertIn(3 << 18, mappings)
        self.assertNotIn(1 << 20, mappings)

    def test_a_library_that_was_unloaded_is_still_named(self):
        trace = self.trace(SCENARIO, "load_library", PLUGIN, WEIR_TRACE="exact")
        sites = [s for s in trace.dumped_before_end() if PLUGIN in trace.module_paths(s)]
        self.assertEqual(sum(s["live_bytes"] for s in sites if s["live_bytes"] % 11_000 == 0),
                         20 * 11_000)

    def test_a_full_table_samples_less_and_stays_right(self):
        trace = self.trace(SCENARIO, "fill_table", WEIR_TRACE="exact",
                           WEIR_TRACE_TABLE_BYTES=str(1 << 20))
        sample = trace.last("sample")
        self.assertGreater(sample["sample_bytes"], 0)
        self.assertAlmostEqual(sample["live_bytes"] / (200_000 * 64 + 200 * 100_000), 1, delta=0.1)

    def test_memory_is_fixed_however_long_it_runs(self):
        plain = subprocess.run([SCENARIO, "run_long"], capture_output=True, timeout=TIMEOUT)
        done = self.run_traced(SCENARIO, "run_long", WEIR_TRACE_SAMPLE_BYTES="1024")
        self.assertEqual(done.returncode, 0)
        self.assertLess(int(done.stdout) - int(plain.stdout), 2 << 20)

    def test_stacks_reach_main(self):
        trace = self.trace(SCENARIO, "leak", WEIR_TRACE="exact")
        paths = trace.module_paths(trace.dumped_before_end()[0])
        # leak_here, leak and main, then what called main.
        self.assertEqual(paths[:3], [SCENARIO] * 3)
        self.assertIn("libc.so", paths[3])
        self.assertEqual(paths[-1], SCENARIO)

    def test_stacks_go_through_frames_of_any_size(self):
        trace = self.trace(SCENARIO, "variable_frames", WEIR_TRACE="exact")
        site = next(s for s in trace.dumped_before_end() if s["live_bytes"] == 12_321)
        paths = trace.module_paths(site)
        # leak_here, six times leak_below, variable_frames (or main in its place) and main.
        self.assertGreaterEqual(paths.index(next(p for p in paths if "libc.so" in p)), 8)
        self.assertEqual(paths[-1], SCENARIO)


class Untouched(TracedTest):
    def same(self, *command, **settings):
        """The same output and end with and without the tracer."""
        plain = subprocess.run(list(map(str, command)), capture_output=True, timeout=TIMEOUT)
        traced = self.run_traced(*command, **settings)
        self.assertEqual((traced.stdout, traced.stderr, traced.returncode),
                         (plain.stdout, plain.stderr, plain.returncode))
        return traced

    def test_output_and_exit_code(self):
        self.assertEqual(self.same(SCENARIO, "leak").stdout, b"leaked\n")
        self.assertEqual(self.same("/bin/sh", "-c", "echo out; echo err >&2; exit 42").returncode, 42)

    def test_errno(self):
        self.assertEqual(self.same(SCENARIO, "keep_errno", WEIR_TRACE="exact").returncode, 0)
        # Every record fails to be written, which sets errno.
        done = self.same(SCENARIO, "keep_errno", out="no/such/folder/trace.jsonl")
        self.assertEqual(done.returncode, 0)

    def test_signals_that_the_program_handles(self):
        self.assertEqual(self.same(SCENARIO, "handle_signals").returncode, 0)

    def test_exceptions(self):
        done = self.same(SCENARIO, "throw_exceptions", WEIR_TRACE="exact")
        self.assertEqual(done.stdout, b"2000 caught\n")

    def test_fatal_signals_end_it_the_same_way_with_a_last_record(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGABRT, signal.SIGSEGV):
            with self.subTest(number=number):
                (self.folder / "trace.jsonl").unlink(missing_ok=True)
                done = self.same(SCENARIO, "end_by", int(number), WEIR_TRACE="exact")
                self.assertEqual(done.returncode, -number)
                trace = self.read()
                self.assertEqual(trace.last("end")["reason"], f"signal {int(number)}")
                self.assertAlmostEqual(trace.sites[0]["live_bytes"] / 1e6, 1, delta=0.01)

    def test_children_are_not_traced_into_their_parents_file(self):
        self.same(SCENARIO, "fork_child")
        trace = self.read()
        self.assertEqual(len(trace.of("start")), 1)
        self.assertEqual(trace.last("end")["reason"], "exit")

    def test_children_have_records_of_their_own(self):
        self.same(SCENARIO, "fork_child", out="%p.jsonl", WEIR_TRACE="exact")
        traces = [self.read(path.name) for path in self.folder.glob("*.jsonl")]
        self.assertEqual(len(traces), 6)
        children = [t for t in traces if t.last("end")["reason"] == "_exit"]
        self.assertEqual(len(children), 5)
        for child in children:
            # What it has from its parent, and what it made itself.
            self.assertAlmostEqual(child.last("sample")["live_bytes"] / 500_000, 1, delta=0.3)

    def test_fork_among_busy_threads(self):
        done = self.same(SCENARIO, "fork_busy", out="%p.jsonl", WEIR_TRACE_SAMPLE_BYTES="1000")
        self.assertEqual(done.stdout, b"50 children\n")

    def test_exec_begins_a_new_record(self):
        self.same(SCENARIO, "exec")
        trace = self.read()
        first, second = trace.of("start")
        self.assertEqual(first["pid"], second["pid"])

    def test_other_programs_that_it_starts_do_not_write_into_its_file(self):
        self.same("/bin/sh", "-c", "/bin/echo one; /bin/echo two; exit 0")
        self.assertEqual(len(self.read().of("start")), 1)

    def test_killed_it_leaves_a_record_that_can_be_read(self):
        program = subprocess.Popen([SCENARIO, "wait_to_be_killed"], env=self.environment(),
                                   stdout=subprocess.PIPE)
        self.addCleanup(program.stdout.close)
        self.assertEqual(program.stdout.readline(), b"ready\n")
        program.kill()
        self.assertEqual(program.wait(TIMEOUT), -signal.SIGKILL)
        trace = self.read()
        self.assertAlmostEqual(trace.sites[0]["live_bytes"] / 5e6, 1, delta=0.01)
        self.assertEqual(trace.of("end"), [])

    def test_without_a_place_to_write_nothing_is_traced(self):
        self.same(SCENARIO, "leak", out="no/such/folder/trace.jsonl")


if __name__ == "__main__":
    unittest.main()
