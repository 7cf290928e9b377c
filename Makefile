# Builds, demonstrates, tests and measures seccomp-exec. `make demo` and `make test` need git, make and a network: build/doctor.sh
# installs the rest, or says how to.

OUT := build/out
PROGRAM := $(OUT)/seccomp-exec
# Every file below the given folders; without find(1), which minimal systems lack.
below = $(foreach path,$(wildcard $(1:=/*)),$(if $(wildcard $(path)/.),$(call below,$(path)),$(path)))
# Without generated files.
SOURCES := $(filter-out %.test.ts $(wildcard src/*/generated/*),$(call below,src profiles)) package.json
FACTS := build/generate.ts build/tables.ts build/signatures.ts build/constants.ts src/tables/kernel-types.ts src/tables/argument-structs.ts src/tables/parameter-sets.ts build/validators.ts build/quick-validator.ts build/help.ts $(wildcard build/diagnostics/*.ts build/diagnostics/codes/*.ts) $(wildcard build/tables/*) $(wildcard src/*/schema/*) build/library-profiles.ts $(wildcard profiles/*.json)
HOST_SOURCES := $(call below,host/src host/tests) $(wildcard host/*.toml host/*.rs host/*.sh host/.cargo/*) host/Cargo.lock
# In host/, whose cargo settings make the executable static.
CARGO := cd host && cargo --quiet
# Rust's name for the build machine; rustc itself may not be installed yet.
TRIPLE := $(shell uname -m)-unknown-linux-gnu
EMPTY := host/target/$(TRIPLE)/release/seccomp-exec
# Prints what is being done, and the command's output only if it fails.
STEP := build/step.sh
# What the machine needs, see build/doctor.sh.
PURPOSE := $(or $(if $(filter integration,$(MAKECMDGOALS)),integration),$(if $(filter test test-all fuzz accept,$(MAKECMDGOALS)),test),build)
# The Rust that doctor.sh found, if the one in PATH is too old.
export PATH := $(CURDIR)/$(OUT)/rust:$(PATH)

# The caller's settings do not affect the build: see `make reproduce`.
unexport CFLAGS HOST_CFLAGS TARGET_CFLAGS RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS
unexport RUSTC_WRAPPER CARGO_BUILD_RUSTC_WRAPPER CARGO_BUILD_TARGET CARGO_TARGET_DIR CARGO_BUILD_TARGET_DIR NODE_ENV BABEL_ENV
# npm does not advertise its newer versions.
export NPM_CONFIG_UPDATE_NOTIFIER := false

.DELETE_ON_ERROR:
.PHONY: all package api demo test test-all integration reproduce fuzz accept docs bench format doctor clean

all: $(PROGRAM) $(OUT)/schemas

doctor:
	@build/doctor.sh $(PURPOSE)

node_modules/.package-lock.json: package-lock.json | doctor
	@$(STEP) 'installing the packages of package-lock.json' npm ci --no-audit --no-fund
	@touch $@

$(OUT)/generated: $(FACTS) node_modules/.package-lock.json
	@$(STEP) 'generating tables and validators' npx tsx build/generate.ts
	@mkdir -p $(OUT) && touch $@

# Filters of the shipped profiles, for most launches.
$(OUT)/filters.json: build/prepared.ts $(OUT)/generated $(SOURCES)
	@mkdir -p $(OUT)
	@$(STEP) 'compiling and proving the shipped profiles' npx tsx build/prepared.ts

# For editors: a JSON Schema of each format, with the known names.
$(OUT)/schemas: build/schemas.ts $(OUT)/generated $(SOURCES)
	@$(STEP) 'writing the JSON Schemas' npx tsx build/schemas.ts
	@touch $@

$(OUT)/bundled: build/bundle.ts build/bundling.ts $(OUT)/generated $(SOURCES)
	@$(STEP) 'bundling the program' npx tsx build/bundle.ts
	@touch $@

host/target/release/bytecode: $(HOST_SOURCES) | doctor
	@$(STEP) 'compiling QuickJS and its tools' sh -c '$(CARGO) build --release --bin bytecode'
	@touch $@

$(OUT)/bytecode: host/target/release/bytecode $(OUT)/bundled
	@host/target/release/bytecode --drop-lines $(OUT)/auditor.js $(OUT)/auditor.qbc
	@host/target/release/bytecode --drop-lines $(OUT)/compiler.js $(OUT)/compiler.qbc
	@host/target/release/bytecode --drop-lines $(OUT)/launch.js $(OUT)/launch.qbc
	@host/target/release/bytecode --drop-lines $(OUT)/toolkit.js $(OUT)/toolkit.qbc
	@touch $@

# The executable itself makes the QuickJS image that it starts from, see host/src/image.rs.
$(PROGRAM): $(OUT)/bytecode $(OUT)/filters.json $(HOST_SOURCES)
	@$(STEP) 'compiling the executable' sh -c \
	  '$(CARGO) --config musl.toml build --release --features program --bin seccomp-exec --target $(TRIPLE)'
	@$(EMPTY) $(OUT)/compiler.qbc $(OUT)/launch.qbc $(OUT)/filters.json $(OUT)/compiler-digest >$(OUT)/image
	@objcopy --update-section .image=$(OUT)/image $(EMPTY) $@

# The library as a package of npm: a directory and a tarball.
$(OUT)/package: $(call below,node) build/package.ts build/bundling.ts docs/library.md LICENSE $(OUT)/generated $(SOURCES)
	@$(STEP) 'making the package of the library' npx tsx build/package.ts
	@touch $@

package: $(OUT)/package

# What only the package needs: the generator of its page, and what judges packages.
TOOLS := build/package-tools
$(TOOLS)/node_modules/.package-lock.json: $(TOOLS)/package-lock.json | doctor
	@$(STEP) 'installing the tools for the package' npm ci --no-audit --no-fund --prefix $(TOOLS)
	@touch $@

# The pages of the functions and types of the package's entries.
api: $(TOOLS)/node_modules/.package-lock.json $(OUT)/generated
	@$(STEP) 'generating the page of the library' $(TOOLS)/node_modules/.bin/typedoc --options $(TOOLS)/typedoc.json

# Shows what a command may do under the default profile, and what a stricter one denies.
demo: $(PROGRAM)
	@build/demo.sh $(PROGRAM)

# The checks and tests, with samples of the slow ones; SUITES="cli kernel" runs only those.
test: $(PROGRAM) $(OUT)/package $(TOOLS)/node_modules/.package-lock.json
	@npx tsx test/run.ts $(SUITES)

# The same, in full.
test-all: $(PROGRAM) $(OUT)/package $(TOOLS)/node_modules/.package-lock.json
	@npx tsx test/run.ts --all $(SUITES)

# The launcher in Docker, Swarm, Podman, containerd and Slurm, which are started and stopped, and the build in a minimal Debian.
# SKIP_INTEGRATION=1 skips those that cannot run.
integration: $(PROGRAM)
	@npx tsx test/run.ts integration

# Builds the executable a second time, in another directory with other settings, and compares the two.
reproduce: $(PROGRAM)
	@build/reproduce.sh

# Damages and compiles many more profiles than the tests do, different ones each time; SEED=1 CASES=20000 sets seed and number.
fuzz: $(PROGRAM)
	@FUZZ_SEED=$(or $(SEED),$(shell date +%s)) FUZZ_CASES=$(or $(CASES),20000) npx tsx test/run.ts fuzz

# Updates the golden files and the instruction budget.
accept: $(PROGRAM)
	ACCEPT=1 npx tsx test/run.ts golden budget

# Generates docs/diagnostics.md from code and the program's output.
docs: $(PROGRAM)
	npx tsx build/diagnostics/page.ts

# Measures a launch beside its peers, and writes bench/RESULTS.md and its plot; BENCH="--without docker" passes options.
bench: $(PROGRAM)
	npx tsx bench/results.ts $(BENCH)

format: node_modules/.package-lock.json
	npx biome check --write .
	$(CARGO) fmt

clean:
	rm -rf $(OUT) host/target node_modules $(TOOLS)/node_modules src/*/generated
