/**
 * Shows the structs that calls read: times, sets of signals, limits, and those that hold flags.
 *
 * Each function gives undefined if the memory cannot be read. Layouts are those of include/uapi/ at v6.12.
 */

import type { Architecture } from "../tables/architectures.ts";
import { constantSet, inConstants } from "../tables/constants.ts";
import { type Reader, Struct } from "./memory.ts";
import { address, hex, octal, signed32 } from "./numbers.ts";
import { socketAddressAt } from "./socket-address.ts";
import { bufferAt, LONGEST_BUFFER, stringAt } from "./text.ts";
import { flags } from "./words.ts";

/** How many seconds and parts of them a time has: two fields of `size` bytes. */
type TimeSize = 4 | 8;

/**
 * The size of the fields of the times that a call takes. Where pointers have 32 bits, the calls of before Linux 5.1 take 32,
 * but for x32, whose times always had 64.
 */
export function timeSize(reader: Reader, call: string): TimeSize {
  const wide = reader.wordSize === 8 || reader.arch.column === "x32" || call.endsWith("64");
  return wide || ALWAYS_WIDE.includes(call) ? 8 : 4;
}

const ALWAYS_WIDE = ["epoll_pwait2", "futex_wait", "futex_waitv"];

function time(struct: Struct, size: TimeSize, from: number, part: string): string {
  const seconds = struct.signed(from, size);
  const rest = struct.signed(from + size, size);
  return `{tv_sec=${seconds}, tv_${part}=${part === "nsec" ? nanoseconds(rest) : rest}}`;
}

/** The values that utimensat(2) gives a meaning: UTIME_NOW and UTIME_OMIT of include/linux/stat.h. */
function nanoseconds(value: bigint): string {
  return value === 0x3fffffffn ? "UTIME_NOW" : value === 0x3ffffffen ? "UTIME_OMIT" : String(value);
}

/** struct timespec (`nsec`) or timeval (`usec`); two of them as an array. */
export function timeAt(
  reader: Reader,
  at: bigint,
  size: TimeSize,
  part: string,
  count: 1 | 2,
): string | undefined {
  const struct = reader.struct(at, 2 * size * count);
  if (struct === undefined) {
    return undefined;
  }
  const first = time(struct, size, 0, part);
  return count === 1 ? first : `[${first}, ${time(struct, size, 2 * size, part)}]`;
}

/** struct itimerspec or itimerval. */
export function timerAt(reader: Reader, at: bigint, size: TimeSize, part: string): string | undefined {
  const struct = reader.struct(at, 4 * size);
  return struct === undefined
    ? undefined
    : `{it_interval=${time(struct, size, 0, part)}, it_value=${time(struct, size, 2 * size, part)}}`;
}

/** The largest set of signals: 128 on MIPS. */
const LARGEST_SIGNAL_SET = 16;

/** A set of signals of `size` bytes: the names without SIG in brackets, after `~` those that it lacks if they are fewer. */
export function signalsAt(reader: Reader, at: bigint, size: bigint): string | undefined {
  const { wordSize, arch } = reader;
  if (size < BigInt(wordSize) || size > BigInt(LARGEST_SIGNAL_SET)) {
    return undefined;
  }
  const struct = reader.struct(at, Number(size));
  if (struct === undefined) {
    return undefined;
  }
  let set = 0n;
  const words = Number(size) / wordSize;
  for (let i = 0; i < words; i += 1) {
    set |= struct.word(i) << BigInt(i * wordSize * 8);
  }
  return signals(arch, set, Number(size) * 8);
}

/** The set with bit n - 1 for signal n. */
export function signals(arch: Architecture, set: bigint, count: number): string {
  const has: string[] = [];
  const lacks: string[] = [];
  for (let signal = 1; signal <= count; signal += 1) {
    const name = inConstants(arch, "signal", BigInt(signal))?.slice("SIG".length) ?? String(signal);
    (((set >> BigInt(signal - 1)) & 1n) === 1n ? has : lacks).push(name);
  }
  return lacks.length < has.length ? `~[${lacks.join(" ")}]` : `[${has.join(" ")}]`;
}

/** struct rlimit with fields of `size` bytes. */
export function limitAt(reader: Reader, at: bigint, size: 4 | 8): string | undefined {
  const struct = reader.struct(at, 2 * size);
  if (struct === undefined) {
    return undefined;
  }
  // RLIM_INFINITY of include/uapi/asm-generic/resource.h; half of it on 32-bit MIPS, asm/resource.h.
  const half = reader.arch.column === "mips" || reader.arch.column === "mips64n32";
  const most = size === 8 ? 2n ** 64n - 1n : half ? 0x7fffffffn : 0xffffffffn;
  const limit = (value: bigint): string => (value === most ? "RLIM_INFINITY" : String(value));
  return `{rlim_cur=${limit(struct.unsigned(0, size))}, rlim_max=${limit(struct.unsigned(size, size))}}`;
}

/** The largest struct of this kind that is read; the kernel's own are smaller. */
const LARGEST_STRUCT = 128;

/** The bytes of a struct that grows with the kernel, as far as `size` says; undefined if it is smaller than its first version. */
function versioned(reader: Reader, at: bigint, size: bigint, first: number): Struct | undefined {
  if (size < BigInt(first)) {
    return undefined;
  }
  return reader.struct(at, size > BigInt(LARGEST_STRUCT) ? LARGEST_STRUCT : Number(size));
}

/** struct clone_args of clone3(2). */
export function cloneArgumentsAt(reader: Reader, at: bigint, size: bigint): string | undefined {
  const { arch } = reader;
  const struct = versioned(reader, at, size, 64);
  if (struct === undefined) {
    return undefined;
  }
  const field = (index: number): bigint => struct.unsigned(8 * index, 8);
  const words = [`flags=${flags(arch, "clone", field(0))}`];
  const add = (name: string, index: number, show: (value: bigint) => string): void => {
    if (field(index) !== 0n) {
      words.push(`${name}=${show(field(index))}`);
    }
  };
  add("pidfd", 1, hex);
  add("child_tid", 2, hex);
  add("parent_tid", 3, hex);
  words.push(`exit_signal=${flags(arch, "signal", field(4))}`);
  add("stack", 5, hex);
  add("stack_size", 6, hex);
  add("tls", 7, hex);
  add("set_tid", 8, hex);
  add("set_tid_size", 9, String);
  add("cgroup", 10, String);
  return `{${words.join(", ")}}`;
}

/** struct open_how of openat2(2). */
export function openHowAt(reader: Reader, at: bigint, size: bigint): string | undefined {
  const struct = versioned(reader, at, size, 24);
  if (struct === undefined) {
    return undefined;
  }
  const mode = struct.unsigned(8, 8);
  const words = [
    `flags=${flags(reader.arch, "open", struct.unsigned(0, 8))}`,
    ...(mode === 0n ? [] : [`mode=${octal(mode)}`]),
    `resolve=${flags(reader.arch, "open_resolve", struct.unsigned(16, 8))}`,
  ];
  return `{${words.join(", ")}}`;
}

/** struct mount_attr of mount_setattr(2). */
export function mountAttributesAt(reader: Reader, at: bigint, size: bigint): string | undefined {
  const struct = versioned(reader, at, size, 32);
  if (struct === undefined) {
    return undefined;
  }
  const word = (set: string, index: number): string => flags(reader.arch, set, struct.unsigned(8 * index, 8));
  const idmap =
    (struct.unsigned(0, 8) &
      (constantSet(reader.arch, "mount_attribute")?.byName.get("MOUNT_ATTR_IDMAP") ?? 0n)) !==
    0n;
  const words = [
    `attr_set=${word("mount_attribute", 0)}`,
    `attr_clr=${word("mount_attribute", 1)}`,
    `propagation=${word("mount", 2)}`,
    ...(idmap ? [`userns_fd=${struct.unsigned(24, 8)}`] : []),
  ];
  return `{${words.join(", ")}}`;
}

/** struct landlock_ruleset_attr of landlock_create_ruleset(2). */
export function rulesetAt(reader: Reader, at: bigint, size: bigint): string | undefined {
  const struct = versioned(reader, at, size, 8);
  if (struct === undefined) {
    return undefined;
  }
  const words = ["access_fs", "access_net", "scope"]
    .filter((_, index) => size >= BigInt(8 * index + 8))
    .map((set, index) => {
      const name = set === "scope" ? "scoped" : `handled_${set}`;
      return `${name}=${flags(reader.arch, `landlock_${set}`, struct.unsigned(8 * index, 8))}`;
    });
  return `{${words.join(", ")}}`;
}

/** The struct of a rule of landlock_add_rule(2), which has no padding; undefined if the type of rule is unknown as well. */
export function ruleAt(reader: Reader, at: bigint, type: string | undefined): string | undefined {
  const { arch } = reader;
  if (type === "LANDLOCK_RULE_PATH_BENEATH") {
    const struct = reader.struct(at, 12);
    return struct === undefined
      ? undefined
      : `{allowed_access=${flags(arch, "landlock_access_fs", struct.unsigned(0, 8))}, parent_fd=${struct.signed(8, 4)}}`;
  }
  const struct = type === "LANDLOCK_RULE_NET_PORT" ? reader.struct(at, 16) : undefined;
  return struct === undefined
    ? undefined
    : `{allowed_access=${flags(arch, "landlock_access_net", struct.unsigned(0, 8))}, port=${struct.unsigned(8, 8)}}`;
}

/** What union bpf_attr begins with for the commands of bpf(2) that make a map or load a program; undefined for others as well. */
export function bpfAttributesAt(reader: Reader, at: bigint, command: string): string | undefined {
  const type =
    command === "BPF_MAP_CREATE" ? "map_type" : command === "BPF_PROG_LOAD" ? "prog_type" : undefined;
  const struct = type === undefined ? undefined : reader.struct(at, 4);
  return struct === undefined
    ? undefined
    : `{${type}=${flags(reader.arch, `bpf_${type}`, struct.unsigned(0, 4))}, ...}`;
}

/** An int at an address, in brackets. */
export function intAt(reader: Reader, at: bigint): string | undefined {
  const struct = reader.struct(at, 4);
  return struct === undefined ? undefined : `[${struct.signed(0, 4)}]`;
}

/** How many strings of argv, or buffers of an iovec, are shown. */
const MOST_STRINGS = 8;
const MOST_BUFFERS = 2;

/** The arguments of a program, the first ones, each shortened. */
export function stringsAt(reader: Reader, at: bigint): string | undefined {
  const { wordSize } = reader;
  const bytes = reader.upTo(at, (MOST_STRINGS + 1) * wordSize);
  if (bytes === undefined) {
    return undefined;
  }
  const struct = new Struct(bytes, reader);
  const words: string[] = [];
  for (let i = 0; (i + 1) * wordSize <= bytes.length && i <= MOST_STRINGS; i += 1) {
    const pointer = struct.word(i);
    if (pointer === 0n) {
      return `[${words.join(", ")}]`;
    }
    if (i < MOST_STRINGS) {
      words.push(stringAt(reader, pointer, LONGEST_BUFFER) ?? address(pointer));
    }
  }
  return `[${[...words, "..."].join(", ")}]`;
}

/** Buffers that a call writes: the first ones, each shortened. */
export function buffersAt(reader: Reader, at: bigint, count: bigint): string | undefined {
  const { wordSize } = reader;
  if (count === 0n) {
    return "[]";
  }
  const shown = count > BigInt(MOST_BUFFERS) ? MOST_BUFFERS : Number(count);
  const struct = reader.struct(at, shown * 2 * wordSize);
  if (struct === undefined) {
    return undefined;
  }
  const words: string[] = [];
  for (let i = 0; i < shown; i += 1) {
    const [base, length] = [struct.word(2 * i), struct.word(2 * i + 1)];
    words.push(`{iov_base=${bufferAt(reader, base, length) ?? address(base)}, iov_len=${length}}`);
  }
  return `[${[...words, ...(count > BigInt(shown) ? ["..."] : [])].join(", ")}]`;
}

/** struct user_msghdr of sendmsg(2): the address and the first buffers. */
export function messageAt(reader: Reader, at: bigint): string | undefined {
  const { wordSize } = reader;
  const struct = reader.struct(at, 7 * wordSize);
  if (struct === undefined) {
    return undefined;
  }
  const [name, buffers, count, controlLength] = [0, 2, 3, 5].map((i) => struct.word(i)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const nameLength = signed32(struct.unsigned(wordSize, 4));
  const words = [
    `msg_name=${name === 0n ? "NULL" : (socketAddressAt(reader, name, nameLength) ?? address(name))}`,
    `msg_iov=${buffers === 0n ? "NULL" : (buffersAt(reader, buffers, count) ?? address(buffers))}`,
    ...(controlLength === 0n ? [] : [`msg_controllen=${controlLength}`]),
  ];
  return `{${words.join(", ")}}`;
}

/** Messages of sendmmsg(2): the first one. */
export function messagesAt(reader: Reader, at: bigint, count: bigint): string | undefined {
  const first = count === 0n ? "" : messageAt(reader, at);
  return first === undefined ? undefined : `[${first}${count > 1n ? ", ..." : ""}]`;
}

/** The words of an array of longs; undefined if one cannot be read. */
export function wordsAt(reader: Reader, at: bigint, count: number): readonly bigint[] | undefined {
  const struct = reader.struct(at, count * reader.wordSize);
  return struct === undefined ? undefined : Array.from({ length: count }, (_, i) => struct.word(i));
}
