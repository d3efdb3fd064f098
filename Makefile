# make demo    the desk with simulated readers, cards and case system, on this machine
# make test    every test
# make lint    format, lints, documentation, licences and sources of dependencies
# make ci      lint and test, as the build server does
# make fuzz    every fuzz target for FUZZ_SECONDS, ten minutes each (hardware-notes/fuzzing.md)
# make fuzz-smoke  the same for a minute each
# make bench   what a reading takes, in exchanges, bytes and modelled time (docs/bench.md)
# make bench-face  what a comparison of faces takes, against its networks alone (docs/face.md)
# make bench-trust  what the import of a master list takes, against OpenSSL
# make bench-durable  sessions a second that no power cut loses, against the disk's own syncs
# make bench-fleet  a thousand desks at one NATS server, against the client library's bare publishing
# make fleet-demo  a hundred simulated desks at one real server, and a collector (docs/fleet.md)
# make crash   a thousand sessions, and everything around them killed and slowed meanwhile

.PHONY: demo build test lint ci bench bench-face bench-trust bench-durable bench-fleet fleet-demo crash fuzz fuzz-smoke setup setup-tests

demo: setup
	tools/fetch-face-models --install
	cargo run --locked -- demo --models target/models

build: setup
	cargo build --locked

test: setup-tests
	tools/test

lint: setup-tests
	cargo fmt --all -- --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
	cargo deny --locked --log-level error check bans licenses sources

ci: lint test

bench:
	cargo run --release --quiet -- bench

bench-face:
	tools/fetch-face-models --install
	tools/fetch-test-pictures
	cargo test --locked --release --test face -- --ignored --nocapture whole

bench-trust:
	cargo bench --locked --bench trust_import

fleet-demo: setup-tests
	ulimit -n 8192 2>/dev/null || true; cargo run --locked -- simulate fleet --desks 100 --sessions 2

bench-fleet: setup-tests
	ulimit -n 8192 && cargo bench --locked --bench fleet_rate

bench-durable:
	cargo bench --locked --bench durable_sessions

crash:
	cargo test --locked --test crash -- --ignored --nocapture thousand

fuzz: export FUZZ_SECONDS ?= 600
fuzz-smoke: export FUZZ_SECONDS ?= 60
fuzz fuzz-smoke:
	tools/setup --fuzz
	tools/fuzz

setup:
	tools/setup

setup-tests:
	tools/setup --tests
