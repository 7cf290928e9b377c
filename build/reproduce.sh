#!/bin/sh
# Builds the same sources a second time, in another directory, with other homes, settings and package caches, and compares the
# two. The last line is the result: 1 passed or 1 failed.
#
# What is not in git is not built. Only downloads are shared with the first build.
set -eu
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Makes a commit of uncommitted changes, on no branch.
sources=$(git stash create)
there=$copy/a/deeper/directory/with-another-name
mkdir -p "$there" "$copy/home" "$copy/cargo/registry"
git archive "${sources:-HEAD}" | tar -x -C "$there"

# Registry settings and downloaded packages; these are unpacked and compiled again.
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

# Lists the sections of a file, if it has any, in which bytes differ.
show_differences() { # the two files
  readelf --section-headers --wide "$1" 2>/dev/null | grep -v NOBITS |
    sed -n 's/^ *\[ *[0-9]*\] *\([^ ]*\) *[A-Z_]* *[0-9a-f]* *\([0-9a-f]*\) *\([0-9a-f]*\) .*/\1 \2 \3/p' |
    while read -r name start size; do
      # The first section has no name.
      [ -z "$size" ] || echo "$name $((0x$start)) $((0x$start + 0x$size))"
    done >"$copy/sections"
  { cmp -l "$1" "$2" 2>/dev/null || true; } | awk -v list="$copy/sections" '
    BEGIN { while ((getline line < list) > 0) { count++; split(line, word, " "); name[count] = word[1]; start[count] = word[2]; end[count] = word[3] } }
    {
      at = $1 - 1
      for (i = 1; i <= count && !(start[i] <= at && at < end[i]); i++);
      if (!(i in bytes)) first[i] = at
      bytes[i]++
    }
    END {
      for (i = 1; i <= count + 1; i++)
        if (i in bytes) printf("  %s: %d bytes, the first at offset %d of the file\n", (i > count ? "elsewhere" : "section " name[i]), bytes[i], first[i])
    }'
}

# In build order, so that the first file that differs is nearest to the cause.
out=build/out
for file in $out/auditor.js $out/auditor.qbc $out/compiler.js $out/launch.js $out/toolkit.js $out/compiler-digest $out/filters.json $out/compiler.qbc $out/launch.qbc \
  $out/toolkit.qbc "host/target/$(uname -m)-unknown-linux-gnu/release/seccomp-exec" $out/image $out/seccomp-exec; do
  if ! cmp -s "$file" "$there/$file"; then
    echo "$file differs when it is built elsewhere:"
    wc -c "$file" "$there/$file" | sed '$d'
    show_differences "$file" "$there/$file"
    echo "If 'make clean' helps, an older build was left here."
    echo '0 passed, 1 failed'
    exit 1
  fi
done
sha256sum $out/seccomp-exec
echo '1 passed, 0 failed'
