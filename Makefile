# A thin front: CMake and its presets do the work. Each target sets up what it needs.
JOBS ?= $(shell nproc)
CONFORMANCE_VENV := build/conformance-venv
BENCH_VENV := build/bench-venv
FUZZ_SECONDS ?= 60
FUZZERS := zip config h5 weir npy csv

.PHONY: build test demo bench bench-memory conformance fuzz asan tsan lint python install clean setup

build: setup
	@cmake --preset release
	@cmake --build --preset release -j $(JOBS)

test: build
	@ctest --preset release -j $(JOBS)

demo: build
	@build/release/bin/demo examples/digits

bench: setup
	@cmake --preset release -DWEIR_BENCH=ON
	@cmake --build --preset release -j $(JOBS)
	@build/release/bin/kernel_bench

# BENCH_FLAGS=--quick takes minutes; without it, hours.
bench-memory: setup $(BENCH_VENV)
	@cmake --preset release -DWEIR_BENCH=ON
	@cmake --build --preset release -j $(JOBS)
	@$(BENCH_VENV)/bin/python bench/memory/measure.py --weir build/release/bin/weir $(BENCH_FLAGS)

$(BENCH_VENV): bench/memory/requirements.txt
	@python3 -m venv $@
	@$@/bin/pip install --quiet -r $<
	@touch $@

conformance: build $(CONFORMANCE_VENV)
	@$(CONFORMANCE_VENV)/bin/python tools/conformance/conformance.py --weir build/release/bin/weir

$(CONFORMANCE_VENV): tools/conformance/requirements.txt
	@python3 -m venv $@
	@$@/bin/pip install --quiet -r $<
	@touch $@

# Each fuzzer runs from its committed corpus, and keeps what it finds beside the build.
fuzz: setup
	@cmake --preset fuzz
	@cmake --build --preset fuzz -j $(JOBS) --target $(FUZZERS:%=fuzz_%)
	@set -e; for name in $(FUZZERS); do \
	  mkdir -p build/fuzz/found/$$name; \
	  build/fuzz/bin/fuzz_$$name -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=512 \
	    -malloc_limit_mb=300 -timeout=25 -max_len=20000 -artifact_prefix=build/fuzz/found/$$name- \
	    build/fuzz/found/$$name fuzz/corpus/$$name; \
	done

asan tsan: setup
	@cmake --preset $@
	@cmake --build --preset $@ -j $(JOBS)
	@ctest --preset $@ -j $(JOBS) $(CTEST_FLAGS)

# The Python package: a wheel in dist/, installed into .venv and tested there.
python: setup
	@python3 -m venv .venv
	@rm -rf dist
	@.venv/bin/pip wheel --quiet --no-deps --wheel-dir dist .
	@.venv/bin/pip install --quiet --force-reinstall dist/keras_weir-*.whl
	@.venv/bin/python -m unittest discover --start-directory python/tests

lint: setup
	@tools/lint.sh

setup:
	@tools/setup.sh

clean:
	@rm -rf build dist
