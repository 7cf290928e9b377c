#!/bin/sh
# Runs rustc as cargo asks for (`rustc-wrapper`), and keeps out of what it compiles in which directory that is done: panics name
# their file, and crates lie somewhere in cargo's home.
# Usage: rustc.sh RUSTC ARGUMENT...
if [ -n "${CARGO_MANIFEST_DIR-}" ]; then
  set -- "$@" --remap-path-prefix "$CARGO_MANIFEST_DIR=$CARGO_PKG_NAME-$CARGO_PKG_VERSION"
fi
if [ -n "${OUT_DIR-}" ]; then
  set -- "$@" --remap-path-prefix "$OUT_DIR=$CARGO_PKG_NAME-$CARGO_PKG_VERSION/out"
fi
exec "$@"
