# A thin front: CMake and its presets do the work. Each target sets up what it needs.
JOBS ?= $(shell nproc)
CONFORMANCE_VENV := build/conformance-venv
BENCH_VENV := build/bench-venv
PYTHON_VENV := build/python-venv
FUZZ_SECONDS ?= 60
FUZZERS := zip config h5 bundle weir npy csv record

.PHONY: build build-python test demo bench bench-kernels bench-memory bench-python conformance fuzz asan tsan lint python python-matrix docs install clean setup

build: setup
	@cmake --preset release
	@cmake --build --preset release -j $(JOBS)

# With the Python package, which can be imported from build/release/python.
build-python: $(PYTHON_VENV)/filled
	@cmake --preset release -DWEIR_PYTHON=ON -DPython_EXECUTABLE=$(CURDIR)/$(PYTHON_VENV)/bin/python
	@cmake --build --preset release -j $(JOBS)

test: build-python
	@ctest --preset release -j $(JOBS)

demo: build
	@build/release/bin/demo examples/digits

# BENCH_FLAGS=--quick takes minutes; without it, hours. The library is for what SOFIE translates to C++.
bench: build-python $(BENCH_VENV)/filled
	@tools/setup.sh libopenblas-dev
	@cmake --preset release -DWEIR_BENCH=ON
	@cmake --build --preset release -j $(JOBS)
	@$(BENCH_VENV)/bin/python bench/race/race.py $(BENCH_FLAGS)

# BENCH_FLAGS=--benchmark_filter=UNet runs some of them.
bench-kernels: setup
	@cmake --preset release -DWEIR_BENCH=ON
	@cmake --build --preset release -j $(JOBS) --target kernel_bench
	@build/release/bin/kernel_bench $(BENCH_FLAGS)

bench-memory: $(BENCH_VENV)/filled
	@cmake --preset release -DWEIR_BENCH=ON
	@cmake --build --preset release -j $(JOBS)
	@$(BENCH_VENV)/bin/python bench/memory/measure.py --weir build/release/bin/weir $(BENCH_FLAGS)

bench-python: build-python $(BENCH_VENV)/filled
	@PYTHONPATH=build/release/python $(BENCH_VENV)/bin/python bench/python/measure.py

conformance: build-python $(CONFORMANCE_VENV)/filled
	@PYTHONPATH=build/release/python $(CONFORMANCE_VENV)/bin/python tools/conformance/python_sources.py
	@$(CONFORMANCE_VENV)/bin/python tools/conformance/conformance.py --weir build/release/bin/weir
	@$(CONFORMANCE_VENV)/bin/python tools/conformance/doctor_zoo.py --weir build/release/bin/weir
	@PYTHONPATH=build/release/python $(CONFORMANCE_VENV)/bin/python tools/conformance/hub_models.py
	@PYTHONPATH=build/release/python $(CONFORMANCE_VENV)/bin/python tools/conformance/fuzz_models.py \
	  $(FUZZ_MODELS_FLAGS)

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

# Not the Python package: the interpreter would have to be started with a sanitizer's run time, which
# then tells of what the interpreter itself leaks. The library beneath the binding is what is tested.
asan tsan: setup
	@cmake --preset $@
	@cmake --build --preset $@ -j $(JOBS)
	@ctest --preset $@ -j $(JOBS) $(CTEST_FLAGS)

# The Python package: a wheel in dist/, tested where it is installed, and then installed into .venv.
python: $(PYTHON_VENV)/filled
	@rm -rf dist
	@tools/wheel.sh $(PYTHON_VENV)
	@python3 -m venv .venv
	@.venv/bin/pip uninstall --quiet --yes keras-weir
	@.venv/bin/pip install --quiet dist/*.whl

# The same for every Python from 3.10 on that is here, with the oldest and the newest NumPy.
python-matrix: setup
	@tools/wheel_matrix.sh

# The pictures of the report in the documentation.
docs: build
	@tools/docs_pictures.sh build/release/bin/weir build/release/ui/page $(CURDIR)/docs/images

lint: setup
	@tools/lint.sh

# Virtual environments, each filled from a list: again when the list changes.
$(BENCH_VENV)/filled: bench/requirements.txt
$(CONFORMANCE_VENV)/filled: tools/conformance/requirements.txt
$(PYTHON_VENV)/filled: python/requirements.txt python/tests/requirements.txt
%-venv/filled: | setup
	@python3 -m venv $(@D)
	@$(@D)/bin/pip install --quiet -r $<
	@touch $@

setup:
	@tools/setup.sh

clean:
	@rm -rf build dist
