/**
 * The forms in which arguments are shown, by name.
 */

import type { Parameter } from "../tables/signatures.ts";
import { formByCommand } from "./by-command.ts";
import { formName } from "./form-table.ts";
import type { Reader } from "./memory.ts";
import { address, device, hex, octal, plain, signed32 } from "./numbers.ts";
import { socketAddressAt } from "./socket-address.ts";
import {
  bpfAttributesAt,
  buffersAt,
  cloneArgumentsAt,
  intAt,
  limitAt,
  messageAt,
  messagesAt,
  mountAttributesAt,
  openHowAt,
  ruleAt,
  rulesetAt,
  signals,
  signalsAt,
  stringsAt,
  timeAt,
  timerAt,
  timeSize,
} from "./structs.ts";
import { bufferAt, LONGEST_NAME, stringAt } from "./text.ts";
import type { View } from "./view.ts";
import {
  capability,
  cloneFlags,
  constants,
  directory,
  ethernetProtocol,
  fileMode,
  ioctlName,
  ipcCall,
  keySerial,
  mountFlags,
  number,
  withoutAccessMode,
  withPermissions,
} from "./words.ts";

/** What an argument is shown as. */
export interface Shown {
  readonly text: string;
  /** Whether the value decides the text: not if it is only an address, which differs from call to call. */
  readonly telling: boolean;
  /** Whether what it points to decides the text. */
  readonly pointed: boolean;
}

/** `value` is as the kernel takes it, without a sign. */
type Form = (view: View, value: bigint, parameter: Parameter) => Shown;

function said(text: string): Shown {
  return { text, telling: true, pointed: false };
}

/** An address of which nothing is said but that it is one. */
function pointer(value: bigint): Shown {
  return { text: address(value), telling: value === 0n, pointed: false };
}

/** What is read from memory; the address if nothing can be read. */
function read(value: bigint, text: (value: bigint) => string | undefined): Shown {
  return value === 0n ? said("NULL") : { text: text(value) ?? address(value), telling: true, pointed: true };
}

/** Memory that is read by a function which needs nothing but the address. */
function memory(show: (reader: Reader, at: bigint) => string | undefined): Form {
  return ({ reader }, value) => read(value, (at) => show(reader, at));
}

/** The same for a struct whose size is another argument. */
function sized(show: (reader: Reader, at: bigint, size: bigint) => string | undefined, size: string): Form {
  return (view, value) => read(value, (at) => show(view.reader, at, view.argument(size)));
}

/** What a value says by itself. */
function word(text: (view: View, value: bigint, parameter: Parameter) => string): Form {
  return (view, value, parameter) => said(text(view, value, parameter));
}

const time = (part: string, count: 1 | 2): Form => {
  return (view, value) =>
    read(value, (at) => timeAt(view.reader, at, timeSize(view.reader, view.name), part, count));
};

const timer = (part: string): Form => {
  return (view, value) =>
    read(value, (at) => timerAt(view.reader, at, timeSize(view.reader, view.name), part));
};

/** Arguments of ioctl(2) below are numbers, others addresses. */
const FIRST_PAGE = 4096n;
/** The same for other arguments that are the one or the other. */
const FIRST_ADDRESS = 0x10000n;

/** The forms without a word of their own. */
const PLAIN: Readonly<Record<string, Form>> = {
  address: (_, value) => pointer(value),
  number: word((_, value, parameter) => number(parameter, value)),
  decimal: word((_, value) => String(value)),
  hexadecimal: word((_, value) => hex(value)),
  octal: word((_, value) => octal(value)),
  mode: word((_, value) => octal(value & 0xffffn)),
  device: word((_, value) => device(value)),
  descriptor: word((_, value) => String(signed32(value))),
  directory: word((_, value) => directory(value)),
  loose: (_, value) => (value < FIRST_ADDRESS ? said(plain(value)) : pointer(value)),
  ioctl: (_, value) => (value !== 0n && value < FIRST_PAGE ? said(String(value)) : pointer(value)),
  request: word(({ arch }, value) => ioctlName(arch, value)),
  ipc: word((_, value) => ipcCall(value)),
  key: word((_, value) => (value === 0n ? "IPC_PRIVATE" : hex(value))),
  special: word(({ arch }, value) => fileMode(arch, value)),
  clone: word(({ arch }, value) => cloneFlags(arch, value)),
  ethernet: word(({ arch }, value) => ethernetProtocol(arch, value)),
  openflags: word(({ arch }, value) => withoutAccessMode(arch, value)),
  mountflags: word(({ arch }, value) => mountFlags(arch, value)),
  capability: word((_, value) => capability(value)),
  keyring: word(({ arch }, value) => keySerial(arch, value)),
  signals: word(({ arch, reader }, value) => signals(arch, value, reader.wordSize * 8)),
  string: memory((reader, at) => stringAt(reader, at, LONGEST_NAME)),
  strings: memory(stringsAt),
  int: memory(intAt),
  message: memory(messageAt),
  timespec: time("nsec", 1),
  timespecs: time("nsec", 2),
  timeval: time("usec", 1),
  timevals: time("usec", 2),
  itimerspec: timer("nsec"),
  itimerval: timer("usec"),
  limit: memory((reader, at) => limitAt(reader, at, reader.wordSize)),
  limit64: memory((reader, at) => limitAt(reader, at, 8)),
  oldsignals: memory((reader, at) => signalsAt(reader, at, BigInt(reader.wordSize))),
  sigmask: (view, value) => {
    const size = view.argument("sigsetsize") || view.argument("sizemask");
    return read(value, (at) => signalsAt(view.reader, at, size));
  },
};

/** The forms that take a word after a colon: the name of a set, of the parameter that has the length, or of a command. */
const WITH_WORD: Readonly<Record<string, (word: string) => Form>> = {
  set: (set) => word(({ arch }, value, parameter) => constants(arch, set, value, parameter)),
  // What the kernel takes as an int, although the parameter is wider.
  intset: (set) =>
    word(({ arch }, value) => constants(arch, set, value & 0xffffffffn, { kind: "signed", bits: 32 })),
  modeset: (set) => word(({ arch }, value) => withPermissions(arch, set, value)),
  rule: (type) => memory((reader, at) => ruleAt(reader, at, type)),
  bpf: (command) => memory((reader, at) => bpfAttributesAt(reader, at, command)),
  buffer: (length) => sized(bufferAt, length),
  buffers: (count) => sized(buffersAt, count),
  messages: (count) => sized(messagesAt, count),
  socket: (length) => (view, value) =>
    read(value, (at) => socketAddressAt(view.reader, at, signed32(view.argument(length)))),
  cloneargs: (size) => sized(cloneArgumentsAt, size),
  openhow: (size) => sized(openHowAt, size),
  mountattr: (size) => sized(mountAttributesAt, size),
  ruleset: (size) => sized(rulesetAt, size),
};

const made = new Map<string, Form>();

function form(name: string): Form {
  const known = made.get(name);
  if (known !== undefined) {
    return known;
  }
  const [kind = "", word = ""] = name.split(":");
  const found = PLAIN[name] ?? WITH_WORD[kind]?.(word);
  if (found === undefined) {
    throw new Error(`no form has the name "${name}"`);
  }
  made.set(name, found);
  return found;
}

/** Shows an argument. */
export function show(view: View, parameter: Parameter, value: bigint): Shown {
  const name = formName(view.name, parameter);
  return form(name.startsWith("?") ? formByCommand(name.slice(1), view) : name)(view, value, parameter);
}
