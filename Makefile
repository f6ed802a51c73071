# The two commands a new Debian 12 machine needs are `make demo` and `make test`: they install what is missing, build and
# run. Everything real happens in CMake and in scripts/; this file only names the entrances.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:  # ninja and ctest use the cores; make -j must not start two builds in one folder

BUILD ?= build
ASAN_BUILD ?= build-asan
TSAN_BUILD ?= build-tsan
JOBS ?= $(shell nproc)
TEST_JOBS ?= 2
ARGS ?=
TRACES ?= ../shared/traces

.PHONY: help demo test check build bench bench-decisions lambda format lint thread-safety asan tsan setup python-env clean distclean

help:  ## list the targets
	@echo "Almanac: capacity that reads the calendar. Targets:"
	@echo
	@awk -F ':.*  ## ' '/^[a-z][a-z-]*:.*  ## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "Options: BUILD=dir, JOBS=n (build), TEST_JOBS=n (test), ARGS=\"...\" (demo, test). Example: make test ARGS=\"-R calendar\""

demo: build  ## build, then two simulated weeks of a shop from raw metrics to report.html
	@$(BUILD)/almanac demo $(ARGS)

test: setup-test python-env  ## build everything, then run every test (C++, browser code, Keras and referee comparisons)
	@scripts/build.sh $(BUILD) $(JOBS) all
	@ctest --test-dir $(BUILD) -j$(TEST_JOBS) --output-on-failure --no-tests=error $(ARGS)

check:  ## build and run the unit tests of one room (ROOM=calendar; needs no npm, Python packages or browser)
	@test -n "$(ROOM)" || { echo "make check ROOM=name; a room is a folder below src/ (src/adapters/http: adapters_http)" >&2; exit 2; }
	@scripts/build.sh $(BUILD) $(JOBS) $(ROOM)_test
	@ctest --test-dir $(BUILD) -j$(TEST_JOBS) --output-on-failure --no-tests=error -R '^$(ROOM)/' $(ARGS)

build: setup  ## build the program: build/almanac (Release, warnings are errors)
	@scripts/build.sh $(BUILD) $(JOBS) almanac

bench: setup python-env lambda  ## time the engine against PyTorch and the Lambda function's start; writes docs/benchmarks/
	@scripts/build.sh $(BUILD) $(JOBS) engine_bench
	@bench/engine.sh $(BUILD)
	@bench/lambda.sh $(BUILD)

bench-decisions: setup  ## measure what each part of the decisions is worth (TRACES=dir, ARGS="--seeds 5"); writes docs/benchmarks/
	@scripts/build.sh $(BUILD) $(JOBS) decisions_bench
	@bench/decisions.sh $(BUILD) $(TRACES) $(ARGS)

lambda: setup  ## make the AWS Lambda function: build/almanac-lambda.zip (x86-64, provided.al2023)
	@scripts/build.sh $(BUILD) $(JOBS) lambda-content
	@scripts/lambda-zip.sh $(BUILD)

format: setup-lint  ## format all C++ files in place (clang-format)
	@scripts/lint.sh format

lint: setup-lint  ## check formatting and run clang-tidy on changed lines (LINT=all: on every file)
	@scripts/build.sh $(BUILD) $(JOBS) --configure-only
	@scripts/lint.sh check
	@scripts/lint.sh tidy $(BUILD) $(LINT)

thread-safety: setup-lint  ## what a mutex guards is touched under it: clang's Thread Safety Analysis
	@scripts/build.sh $(BUILD) $(JOBS) --configure-only
	@scripts/thread-safety.sh $(BUILD)

asan: setup  ## unit tests under AddressSanitizer and UndefinedBehaviorSanitizer (in build-asan)
	@scripts/build.sh $(ASAN_BUILD) $(JOBS) all asan
	@ctest --test-dir $(ASAN_BUILD) -j$(TEST_JOBS) --output-on-failure --no-tests=error --label-exclude 'slow|web' $(ARGS)

tsan: setup  ## unit tests of the rooms with threads under ThreadSanitizer (in build-tsan)
	@scripts/build.sh $(TSAN_BUILD) $(JOBS) threaded_tests tsan
	@ctest --test-dir $(TSAN_BUILD) -j$(TEST_JOBS) --output-on-failure --no-tests=error --label-regex threads $(ARGS)

setup:  ## install missing Debian packages (asks for sudo when needed; does nothing the second time)
	@scripts/setup.sh

.PHONY: setup-lint setup-test
setup-lint:
	@scripts/setup.sh lint
setup-test:
	@scripts/setup.sh test

python-env:  ## prepare .venv for the tests that drive Keras and the referee
	@if [[ -x scripts/python-env.sh ]]; then scripts/python-env.sh; fi

clean:  ## remove what was built
	@rm -rf $(BUILD) $(ASAN_BUILD) $(TSAN_BUILD) web/dist

distclean: clean  ## also remove .venv, node_modules and the demo's folder
	@rm -rf .venv .cache web/node_modules almanac-demo
