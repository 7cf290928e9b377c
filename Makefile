# Builds, shows, tests and measures seccomp-exec. `make demo` and `make test` need nothing but a clone.

OUT := build/out
PROGRAM := $(OUT)/seccomp-exec
# Without what is generated from them.
SOURCES := $(shell find src profiles -type f -not -path '*/generated/*' -not -name '*.test.ts') package.json
FACTS := build/generate.ts build/tables.ts build/validators.ts build/quick-validator.ts $(wildcard build/tables/*) $(wildcard src/*/schema/*)
HOST_SOURCES := $(shell find host -type f -not -path '*/target/*')
# In host/, since the settings for a static executable are those of that directory.
CARGO := cd host && cargo --quiet
# The machine that it is built on, by Rust's name.
TRIPLE := $(shell rustc -vV 2>/dev/null | sed -n 's/^host: //p')
EMPTY := host/target/$(TRIPLE)/release/seccomp-exec

.DELETE_ON_ERROR:
.PHONY: all demo test test-all integration fuzz accept docs bench format doctor clean

all: $(PROGRAM) $(OUT)/schemas

doctor:
	@build/doctor.sh

node_modules/.package-lock.json: package-lock.json | doctor
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(OUT)/generated: $(FACTS) node_modules/.package-lock.json
	npx tsx build/generate.ts
	@mkdir -p $(OUT) && touch $@

# Filters of the shipped profiles, for the launches of most.
$(OUT)/filters.json: build/prepared.ts $(OUT)/generated $(SOURCES)
	@mkdir -p $(OUT)
	npx tsx build/prepared.ts

# For editors: a JSON Schema of each format, with the words that are known.
$(OUT)/schemas: build/schemas.ts $(OUT)/generated $(SOURCES)
	npx tsx build/schemas.ts
	@touch $@

$(OUT)/bundled: build/bundle.ts build/bundling.ts $(OUT)/generated $(SOURCES)
	npx tsx build/bundle.ts
	@touch $@

host/target/release/bytecode: $(HOST_SOURCES) | doctor
	$(CARGO) build --release --bin bytecode
	@touch $@

$(OUT)/bytecode: host/target/release/bytecode $(OUT)/bundled
	host/target/release/bytecode --drop-lines $(OUT)/compiler.js $(OUT)/compiler.qbc
	host/target/release/bytecode --drop-lines $(OUT)/launch.js $(OUT)/launch.qbc
	host/target/release/bytecode $(OUT)/toolkit.js $(OUT)/toolkit.qbc
	@touch $@

# The executable itself makes the image of the engine that it starts with, see host/src/image.rs.
$(PROGRAM): $(OUT)/bytecode $(OUT)/filters.json $(HOST_SOURCES)
	$(CARGO) --config musl.toml build --release --features program --bin seccomp-exec --target $(TRIPLE)
	$(EMPTY) $(OUT)/compiler.qbc $(OUT)/launch.qbc $(OUT)/filters.json >$(OUT)/image
	objcopy --update-section .image=$(OUT)/image $(EMPTY) $@

# Shows the main job: what a command may do under the default profile, what it is denied, and what under another.
demo: $(PROGRAM)
	@build/demo.sh $(PROGRAM)

# The checks and tests, of what takes long a sample; SUITES="cli kernel" runs those only.
test: $(PROGRAM)
	@npx tsx test/run.ts $(SUITES)

# The same, and nothing is left out.
test-all: $(PROGRAM)
	@npx tsx test/run.ts --all $(SUITES)

# The launcher in real engines: Docker, Swarm, Slurm; each is started and stopped. SKIP_INTEGRATION=1 where one cannot run.
integration: $(PROGRAM)
	@npx tsx test/run.ts integration

# Damages and compiles many more profiles than the tests do, others each time; SEED=1 CASES=20000 says which and how many.
fuzz: $(PROGRAM)
	@FUZZ_SEED=$(or $(SEED),$(shell date +%s)) FUZZ_CASES=$(or $(CASES),20000) npx tsx test/run.ts fuzz

# Takes what every stage makes of the shipped profiles as what it should make of them, and what a launch costs as its budget.
accept: $(PROGRAM)
	ACCEPT=1 npx tsx test/run.ts golden budget

# Makes the pages that are made of code and of what the program prints.
docs: $(PROGRAM)
	npx tsx build/diagnostics-page.ts

# Measures what a launch costs beside its peers, and writes bench/RESULTS.md and its plot; BENCH="--without docker" and the like are options.
bench: $(PROGRAM)
	npx tsx bench/results.ts $(BENCH)

format: node_modules/.package-lock.json
	npx biome check --write .
	$(CARGO) fmt

clean:
	rm -rf $(OUT) host/target node_modules src/*/generated
