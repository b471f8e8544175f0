# culpa: `make demo` shows it, `make test` checks it; both set themselves up.

VENV := .venv
BIN := $(VENV)/bin
# Hundreds of processes of ours start here; each would compile all its modules again.
unexport PYTHONDONTWRITEBYTECODE
# What may differ by DuckDB's version: how it keeps files, and what its SQL finds: every rule and relation in at least one scene.
STORE_VERSIONS := $(addprefix tests/store/,segments/test_moves.py test_damage.py test_duckdb_store.py test_heal.py \
    test_later_columns.py test_salvage.py test_superseded.py) \
    $(addprefix tests/analysis/test_,rules.py stories.py every_cause.py replay.py)
PURE := $(addprefix tests/,knowledge collector/wrappers collector/formats/test_server_lines.py collector/formats/test_app_logs.py \
    collector/formats/test_golden.py analysis/test_firing.py analysis/test_headers.py analysis/test_pipeline.py \
    analysis/test_sayings.py analysis/learning/test_fit.py)

# What a crash, a disk, a damaged file or a stranger can do to a store; `make test` runs them in short.
TORTURE := $(addprefix tests/collector/pipeline/test_,sealed.py durability.py hardship.py readers.py day.py killed_between_commits.py gone.py backup.py snapshots.py query_hold_ups.py \
    slow_peers.py openapi.py) $(addprefix tests/store/,segments/test_crashes.py segments/test_moves.py test_damage.py test_salvage.py shelf/test_verify.py) \
    tests/onward/test_relay.py tests/alarms/test_told.py

.PHONY: help demo test quick check lint types mypy pyright contracts pure unit older-duckdb wheel versions score train thorough verdict-diff accuracy docs site screenshots recordings bench bench-ways bench-size bench-clickhouse bench-page bench-paint bench-start bench-instrumentation fuzz torture lab lab-in-short others relays packages node agents clickhouse tools jaeger clean bench-pytest

help:                          ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/.demo            ## run the main job on three real tiers
	$(BIN)/culpa demo $(ARGS)

# Two at a time: most tests wait for some server or other, and what checks the code is one process that does not wait.
test: packages node agents tools clickhouse  ## everything that CI runs
	+$(MAKE) --no-print-directory -j 2 lab-in-short check
	+$(MAKE) --no-print-directory -j 2 unit others

others: older-duckdb
	+$(MAKE) --no-print-directory wheel versions

check: lint types contracts    ## style, types, import contracts

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: mypy pyright

mypy: $(VENV)/.dev
	$(BIN)/mypy

pyright: $(VENV)/.dev
	$(BIN)/pyright

contracts: $(VENV)/.dev
	$(BIN)/lint-imports

quick: $(VENV)/.dev            ## in a minute: style, types, contracts, pure tests, and the scenes of all rules in one store
	+$(MAKE) --no-print-directory -j 2 lint contracts pyright pure mypy

pure: $(VENV)/.dev
	$(BIN)/python -m pytest -q $(PURE)

unit: $(VENV)/.dev             ## the tests; ARGS='-k name' for some of them
	.ci/unit $(ARGS)

lab-in-short: $(VENV)/.dev     # with a core of its own: its web servers wait for a second or two only
	$(BIN)/python -m pytest tests/lab/test_lab.py

older-duckdb: $(VENV)/.dev     ## the store and the rules on the oldest DuckDB that is supported
	$(BIN)/pip install -q --no-deps --upgrade --target .cache/duckdb-oldest 'duckdb==1.5.5' 2>&1 | { grep -v ignored || true; }
	PYTHONPATH=$(CURDIR)/.cache/duckdb-oldest $(BIN)/python -m pytest -q $(STORE_VERSIONS)

wheel: $(VENV)/.dev            ## build the wheel and try each extra in an empty environment
	.ci/wheel

versions: $(VENV)/.dev         ## the tests on every later Python on PATH
	.ci/versions

score: $(VENV)/.dev            ## the verdicts on the labelled recordings
	rm -rf .cache/corpus && mkdir -p .cache/corpus && tar -xzf tests/corpus.tar.gz -C .cache/corpus
	$(BIN)/python tests/score.py .cache/corpus/recorded --run '$(CURDIR)/$(BIN)/culpa ingest {fixture} --db {db} --quiet' --jobs 2 \
	    --min-accuracy 0.97 --max-confident-wrong 1 --max-false-alarms 0 $(ARGS)

train: $(VENV)/.dev            ## learn the weights of the rules from the recordings; ARGS=--details
	PYTHONPATH=tests $(BIN)/python -m training train $(ARGS)

thorough: packages node agents tools clickhouse  ## the tests with all cases of the long sweeps; ARGS='-k name' for some of them
	+CULPA_THOROUGH=1 $(MAKE) --no-print-directory unit ARGS='--timeout 1200 $(ARGS)'

verdict-diff: $(VENV)/.dev     ## judge scenes and recordings with BASE=<ref> and with this tree; print what differs
	rm -rf .cache/corpus && mkdir -p .cache/corpus && tar -xzf tests/corpus.tar.gz -C .cache/corpus
	PYTHONPATH=tests $(BIN)/python -m verdict_diff $(BASE) .cache/corpus/recorded

accuracy: $(VENV)/.dev         ## write docs/accuracy.md; fails if the weights are not what is learnt
	PYTHONPATH=tests $(BIN)/python -m training accuracy --check $(ARGS)

docs: $(VENV)/.dev             ## write what of the documents is made from data: tables, and the pages of causes
	PYTHONPATH=tests $(BIN)/python -m generated

site: $(VENV)/.dev             ## the documents as a site, in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

screenshots: $(VENV)/.demo $(VENV)/.dev   ## make the pictures of docs/page.md anew
	PYTHONPATH=tests $(BIN)/python -m web.screenshots

recordings: $(VENV)/.demo $(VENV)/.dev   ## play the shop of the notebooks again, for five minutes, and record it
	PYTHONPATH=tests $(BIN)/python -m recordings

bench-pytest: $(VENV)/.dev     ## what tracing costs a suite of tests
	$(BIN)/python benchmarks/pytest_suite.py $(ARGS)

bench-start: $(VENV)/.dev      ## what the start of each command costs, beside `import duckdb`
	$(BIN)/python benchmarks/start.py $(ARGS)

bench: $(VENV)/.dev            ## ingest, decode and verdicts, each beside a baseline
	$(BIN)/python benchmarks/decode_otlp.py
	$(BIN)/python benchmarks/verdicts.py
	$(BIN)/python benchmarks/verdict_commits.py
	$(BIN)/python benchmarks/ingest.py
	$(BIN)/python benchmarks/queries.py

bench-ways: $(VENV)/.dev       ## each way into the collector, by CPU a record
	$(BIN)/python benchmarks/ways_in.py $(ARGS)

bench-size: $(VENV)/.dev clickhouse   ## bytes of a sealed span, beside ClickHouse with the exporter's tables; fails beyond its limit
	$(BIN)/python benchmarks/sealed_size.py $(ARGS)

bench-clickhouse: clickhouse   ## what finding and judging failing traces in ClickHouse costs, beside a scan of it
	.cache/clickhouse/bin/python benchmarks/clickhouse_judge.py $(ARGS)

bench-page: $(VENV)/.dev       ## what each screen costs in a store of a million requests, beside ingest; fails beyond its limit
	$(BIN)/python benchmarks/page.py $(ARGS)

bench-paint: $(VENV)/.dev      ## how soon a request of 5,000 spans is seen in chromium, and how it scrolls; fails beyond its limit
	$(BIN)/python benchmarks/page_paint.py $(ARGS)

bench-instrumentation: $(VENV)/.dev   ## what tracing costs a service, beside stock OpenTelemetry; fails beyond its limits
	$(BIN)/pip install -q --no-deps --upgrade --target .cache/stock-distro 'opentelemetry-distro==0.66b1' 2>&1 | { grep -v ignored || true; }
	$(BIN)/python benchmarks/instrumentation.py $(ARGS)

fuzz: $(VENV)/.dev             ## the long runs: a million spoilt bodies, a hundred thousand damaged lines of each format
	$(BIN)/python -m tests.collector.decode.fuzz --count 1000000
	CULPA_MUTATED_LINES=100000 $(BIN)/python -m pytest -n0 -s --timeout 7200 tests/house/test_mutated_lines.py

torture: $(VENV)/.dev          ## break the collector for an hour or two: 200 kills under load, full disks, clocks, damage, strange requests; KILLS=20 for fewer
	CULPA_THOROUGH=1 CULPA_KILLS=$(or $(KILLS),200) CULPA_OPENAPI_CASES=$(or $(CASES),1000) $(BIN)/python -m pytest -n0 -s --timeout 7200 $(TORTURE) $(ARGS)
	+$(MAKE) --no-print-directory fuzz

lab: $(VENV)/.dev node         ## break real stacks one fault at a time and write docs/lab.md; ARGS='--apps shop' for a part
	.ci/packages lab
	PYTHONPATH=tests $(BIN)/python -m lab.relays.build
	$(BIN)/python -m pytest -n0 -q tests/snippets/test_collector.py tests/onward/test_real_collector.py
	PYTHONPATH=tests $(BIN)/python -m lab --report docs/lab.md $(ARGS)

relays: $(VENV)/.dev           ## real failures whose telemetry passes a real OpenTelemetry Collector; TO=FOLDER keeps the run (docs/worlds.md)
	PYTHONPATH=tests $(BIN)/python -m lab.relays $(or $(TO),.cache/relays-$(shell date +%s))

packages:
	.ci/packages

node:                          ## install what the tests' Node apps need, from npm
	.ci/node

agents: $(VENV)/.dev           ## install other vendors' agents for the tests, apart from all else
	.ci/agents

tools: $(VENV)/.dev            ## install tools of others that ask for traces, apart from all else
	.ci/tools

jaeger: $(VENV)/.dev           ## build a real Jaeger and keep what it answers, for the tests to compare with; takes half an hour
	cd tests && $(CURDIR)/$(BIN)/python -m traces.beside

clickhouse: $(VENV)/.dev       ## install ClickHouse in a process (chDB) for the tests, apart from all else
	.ci/clickhouse

$(VENV)/.demo: pyproject.toml | $(VENV)
	$(BIN)/pip install -q -e '.[demo]'
	touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)
	$(BIN)/pip install -q -e '.[demo]' --group dev
	touch $@ $(VENV)/.demo

$(VENV):
	"$$(.ci/python)" -m venv $(VENV)
	$(BIN)/pip install -q --upgrade 'pip>=25.1'

clean:
	rm -rf $(VENV) .venv-* .cache build dist
