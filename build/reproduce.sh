#!/bin/sh
# Builds what was built here a second time, of the same sources in another directory, with other homes, settings and caches of
# packages, and compares the two. The last line counts: 1 passed or 1 failed.
#
# What is not in git is not built. Only downloads are shared with the first build.
set -eu
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Of changes that are not committed yet, this makes a commit that no branch has.
sources=$(git stash create)
there=$copy/a/deeper/directory/with-another-name
mkdir -p "$there" "$copy/home" "$copy/cargo/registry"
git archive "${sources:-HEAD}" | tar -x -C "$there"

# Where packages come from, and those that are there; they are unpacked and compiled anew.
cargo_home=${CARGO_HOME:-$HOME/.cargo}
for shared in config.toml registry/cache registry/index; do
  [ ! -e "$cargo_home/$shared" ] || cp -R "$cargo_home/$shared" "$copy/cargo/$shared"
done

echo 'building a second time, elsewhere'
env RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" npm_config_cache="$(npm config get cache)" \
  npm_config_userconfig="${npm_config_userconfig:-$HOME/.npmrc}" \
  HOME="$copy/home" CARGO_HOME="$copy/cargo" TMPDIR="$copy/home" LANG=tr_TR.UTF-8 LC_ALL=C TZ=Pacific/Apia NODE_ENV=development \
  CFLAGS=-O1 RUSTFLAGS=-Copt-level=1 CFLAGS_x86_64_unknown_linux_gnu=-O1 SURROUNDINGS="$(printf '%60000d' 0)" \
  sh -c 'umask 077 && exec make --no-print-directory -C "$1" build/out/seccomp-exec' sh "$there" \
  || { echo '0 passed, 1 failed' && exit 1; }

# The section of an executable in which a byte of the file is.
section() { # file, offset from 0
  readelf --section-headers --wide "$1" | sed 's/^ *\[ *[0-9]*\] *//' | while read -r name _ _ offset size _; do
    case $offset:$size in
      *[!0-9a-f:]* | :* | *:) continue ;;
    esac
    if [ "$2" -ge $((0x$offset)) ] && [ "$2" -lt $((0x$offset + 0x$size)) ]; then
      echo "section $name, "
    fi
  done
}

# In the order in which one is made of the others, so that the first that differs tells most.
empty=host/target/$(uname -m)-unknown-linux-gnu/release/seccomp-exec
for name in compiler.js launch.js toolkit.js filters.json compiler.qbc launch.qbc toolkit.qbc "../../$empty" image seccomp-exec; do
  here=build/out/$name
  if ! cmp -s "$here" "$there/$here"; then
    bytes=$(cmp -l "$here" "$there/$here" 2>/dev/null | wc -l)
    first=$(cmp -l "$here" "$there/$here" 2>/dev/null | awk 'NR == 1 { print $1 - 1 }')
    echo "$here: it is not the same when it is built elsewhere, in $bytes bytes or in its length"
    [ -z "$first" ] || echo "the first is at $(section "$here" "$first" 2>/dev/null)offset $first of the file"
    echo "Where an older build is still there, 'make clean' comes first."
    echo '0 passed, 1 failed'
    exit 1
  fi
done
sha256sum build/out/seccomp-exec
echo '1 passed, 0 failed'
