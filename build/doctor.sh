#!/bin/sh
# Names what is missing on this machine to build and test the project, and the command that installs it.
missing=0

need() { # what, why, how
  missing=1
  printf 'missing: %s (%s)\n  install it: %s\n' "$1" "$2" "$3" >&2
}

version_at_least() { # have, want: both X.Y or X
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

if ! command -v node >/dev/null 2>&1; then
  need 'Node.js 20 or newer' 'it builds and tests the TypeScript' 'apt-get install nodejs npm, or see nodejs.org'
elif ! version_at_least "$(node --version | tr -d v)" 20; then
  need 'Node.js 20 or newer' "here is $(node --version)" 'see nodejs.org'
fi
if ! command -v npm >/dev/null 2>&1; then
  need 'npm' 'it installs the packages of package-lock.json' 'apt-get install npm'
fi
if ! command -v cargo >/dev/null 2>&1; then
  need 'Rust 1.87 or newer' 'it builds the host' 'see rustup.rs'
elif ! version_at_least "$(cargo --version | cut -d ' ' -f 2)" 1.87; then
  need 'Rust 1.87 or newer' "here is $(cargo --version | cut -d ' ' -f 2)" 'rustup update stable'
fi
if ! command -v cc >/dev/null 2>&1; then
  need 'a C compiler' 'it builds the JavaScript engine' 'apt-get install gcc libc6-dev'
elif ! printf 'int main(void){return 0;}' | cc -static -x c -o /dev/null - 2>/dev/null; then
  need 'the static C library' 'the tools that build the executable are statically linked' 'apt-get install libc6-dev'
fi
if ! command -v musl-gcc >/dev/null 2>&1; then
  need 'musl-gcc' 'the executable has musl as its C library' 'apt-get install musl-tools'
fi
if ! command -v objcopy >/dev/null 2>&1; then
  need 'objcopy' "it puts the engine's image into the executable" 'apt-get install binutils'
fi
exit "$missing"
