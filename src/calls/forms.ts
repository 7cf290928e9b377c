/**
 * How each parameter of a call is shown: a table of forms by call and parameter, and what its set and its type say.
 */

import type { Architecture } from "../tables/architectures.ts";
import { capabilityName } from "../tables/capabilities.ts";
import { constantSet, constantValue, inConstants, ioctlParts } from "../tables/constants.ts";
import { multiplexedCalls, multiplexers } from "../tables/multiplexers.ts";
import { parameterSet } from "../tables/parameter-sets.ts";
import type { Parameter } from "../tables/signatures.ts";
import type { Reader } from "./memory.ts";
import { address, device, hex, octal, plain, signed32 } from "./numbers.ts";
import { socketAddressAt } from "./socket-address.ts";
import {
  bpfAttributesAt,
  buffersAt,
  cloneArgumentsAt,
  flags,
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

/** A call whose arguments are shown. */
export interface View {
  readonly name: string;
  readonly arch: Architecture;
  readonly reader: Reader;
  /** The value of a parameter as the kernel takes it, without a sign; 0 if there is no such parameter. */
  argument(name: string): bigint;
}

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

function constants(set: string): Form {
  return ({ arch }, value, { kind, bits }) => {
    const text =
      isAllBits(value, bits) && !isConstant(arch, set, value) ? undefined : inConstants(arch, set, value);
    return said(text ?? (kind === "signed" ? plainSigned(value, bits) : plain(value)));
  };
}

/** personality(0xffffffff) and other values of -1 are not all flags at once. */
function isAllBits(value: bigint, bits: number): boolean {
  return value === BigInt.asUintN(bits, -1n) || value === 0xffffffffn;
}

function isConstant(arch: Architecture, set: string, value: bigint): boolean {
  const fields = constantSet(arch, set)?.fields ?? [];
  return fields.some(
    ({ mask, constants }) => mask === undefined && constants.some((each) => each.value === value),
  );
}

function plainSigned(value: bigint, bits: number): string {
  const signed = BigInt.asIntN(bits, value);
  return signed < 0n ? String(signed) : plain(signed);
}

/** Flags in the upper part, and permissions in the lower nine bits. */
function withMode(set: string): Form {
  return ({ arch }, value) => {
    const [upper, mode] = [value & ~0x1ffn, octal(value & 0x1ffn)];
    return said(upper === 0n ? mode : `${flags(arch, set, upper)}|${mode}`);
  };
}

const time = (part: string, count: 1 | 2): Form => {
  return (view, value) =>
    read(value, (at) => timeAt(view.reader, at, timeSize(view.reader, view.name), part, count));
};

const timer = (part: string): Form => {
  return (view, value) =>
    read(value, (at) => timerAt(view.reader, at, timeSize(view.reader, view.name), part));
};

/** The forms without a parameter of their own. */
const PLAIN: Readonly<Record<string, Form>> = {
  address: (_, value) => pointer(value),
  decimal: (_, value) => said(String(value)),
  hexadecimal: (_, value) => said(hex(value)),
  octal: (_, value) => said(octal(value)),
  device: (_, value) => said(device(value)),
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
  limit: ({ reader }, value) => read(value, (at) => limitAt(reader, at, reader.wordSize)),
  limit64: memory((reader, at) => limitAt(reader, at, 8)),
  clone: cloneFlags,
  protocol,
  optname: socketOption,
  optval: optionValue,
  fcntl: fcntlArgument,
  ioctl: ioctlArgument,
  request: ({ arch }, value) => said(inConstants(arch, "ioctl", value) ?? unknownRequest(arch, value)),
  ipc: (_, value) => said(ipcCall(value)),
  key: (_, value) => said(value === 0n ? "IPC_PRIVATE" : hex(value)),
  special: (view, value) => {
    const type = value & 0xf000n;
    const mode = octal(value & 0xfffn);
    return said(type === 0n ? mode : `${flags(view.arch, "file_type", type)}|${mode}`);
  },
  signal: constants("signal"),
  signals: ({ arch, reader }, value) => said(signals(arch, value, reader.wordSize * 8)),
  oldsignals: ({ reader }, value) => read(value, (at) => signalsAt(reader, at, BigInt(reader.wordSize))),
  sigmask: (view, value) => {
    const size = view.argument("sigsetsize") || view.argument("sizemask");
    return read(value, (at) => signalsAt(view.reader, at, size));
  },
  rule: (view, value) => {
    const type = inConstants(view.arch, "landlock_rule", view.argument("rule_type"));
    return read(value, (at) => ruleAt(view.reader, at, type));
  },
  futextime: (view, value, parameter) => {
    const operation = inConstants(view.arch, "futex", view.argument("op") & 0x7fn) ?? "";
    return FUTEX_WITH_TIME.includes(operation)
      ? form("timespec")(view, value, parameter)
      : said(plain(value));
  },
  fsvalue: (view, value, parameter) => {
    const command = inConstants(view.arch, "fsconfig", view.argument("cmd")) ?? "";
    const isString = /_(STRING|PATH|PATH_EMPTY)$/.test(command);
    return isString ? form("string")(view, value, parameter) : pointer(value);
  },
  restart: (view, value, parameter) => {
    const command = inConstants(view.arch, "reboot", view.argument("cmd"));
    return command === "LINUX_REBOOT_CMD_RESTART2" ? form("string")(view, value, parameter) : pointer(value);
  },
  quotafile: (view, value, parameter) => {
    const command = inConstants(view.arch, "quotactl", view.argument("cmd")) ?? "";
    return command.startsWith("Q_QUOTAON") ? form("string")(view, value, parameter) : pointer(value);
  },
  loose: (_, value) => numberOrAddress(value),
  openflags: ({ arch }, value) => said(withoutAccessMode(arch, value)),
  mountflags: ({ arch }, value) => said(mountFlags(arch, value)),
  bpf: (view, value) => {
    const command = inConstants(view.arch, "bpf", view.argument("cmd")) ?? "";
    return /^BPF_(MAP_CREATE|PROG_LOAD)$/.test(command)
      ? read(value, (at) => bpfAttributesAt(view.reader, at, command))
      : pointer(value);
  },
  directory: (_, value) => said(directory(value)),
  prctl2: prctlArgument,
  prctl3: ({ arch, argument }, value) =>
    inConstants(arch, "prctl", argument("option")) === "PR_CAP_AMBIENT"
      ? said(capability(value))
      : numberOrAddress(value),
  ptracedata: ptraceData,
  keyctl2: ({ arch, argument }, value) => {
    const command = inConstants(arch, "keyctl", argument("option")) ?? "";
    return KEYCTL_WITHOUT_KEY.includes(command) ? numberOrAddress(value) : said(key(arch, value));
  },
  keyring: ({ arch }, value) => said(key(arch, value)),
};

/** The forms that take a word after a colon: the name of a set, or of the parameter that has the length. */
const WITH_WORD: Readonly<Record<string, (word: string) => Form>> = {
  set: constants,
  modeset: withMode,
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

/**
 * FORM CALL.PARAMETER..., where neither the set nor the type of the parameter say it. `address`: memory that the kernel writes,
 * or an address of which only the program knows what it is.
 */
const BY_PARAMETER = `
address read.buf pread64.buf pread64.ubuf getcwd.buf readlink.buf readlinkat.buf getrandom.ubuf getsockopt.optval syslog.buf
address listxattr.list llistxattr.list flistxattr.list listxattrat.list lookup_dcookie.buf shmat.shmaddr shmdt.shmaddr
address mq_timedreceive.u_msg_ptr mq_timedreceive_time64.u_msg_ptr cachectl.addr
address clock_getres.tp clock_getres_time64.tp clock_gettime.tp clock_gettime64.tp nanosleep.rmtp clock_nanosleep.rmtp
address clock_nanosleep_time64.rmtp sched_rr_get_interval.interval sched_rr_get_interval_time64.interval
address gettimeofday.tv timer_gettime.setting timer_gettime64.setting timer_settime.old_setting timer_settime64.old_setting
address timerfd_gettime.otmr timerfd_gettime64.otmr timerfd_settime.otmr timerfd_settime64.otmr
address getitimer.value setitimer.ovalue getrlimit.rlim ugetrlimit.rlim prlimit64.old_rlim
address rt_sigprocmask.oset rt_sigpending.uset sigpending.uset sigprocmask.oset sched_getparam.param
address accept.upeer_sockaddr accept4.upeer_sockaddr getpeername.usockaddr getsockname.usockaddr recvfrom.addr
address recvmsg.msg readv.vec preadv.vec preadv2.vec process_vm_readv.lvec process_vm_readv.rvec process_vm_writev.rvec
address process_madvise.vec execve.envp execveat.envp add_key._payload
address clone.newsp clone.tls brk.brk set_thread_area.tp set_tls.val kexec_load.entry
buffer:count write.buf pwrite64.buf pwrite64.ubuf
buffer:len send.buff sendto.buff sethostname.name setdomainname.name
buffer:msg_len mq_timedsend.u_msg_ptr mq_timedsend_time64.u_msg_ptr
buffer:size setxattr.value lsetxattr.value fsetxattr.value
buffer:cmdline_len kexec_file_load.cmdline_ptr
messages:vlen sendmmsg.mmsg
buffers:vlen writev.vec pwritev.vec pwritev2.vec
buffers:nr_segs vmsplice.uiov
buffers:liovcnt process_vm_writev.lvec
socket:addrlen bind.umyaddr connect.uservaddr
socket:addr_len sendto.addr
cloneargs:size clone3.uargs
openhow:usize openat2.how
mountattr:usize mount_setattr.uattr open_tree_attr.uattr
ruleset:size landlock_create_ruleset.attr
rule landlock_add_rule.rule_attr
bpf bpf.uattr
directory execveat.fd
string mount.data
fsvalue fsconfig._value
restart reboot.arg
quotafile quotactl.addr quotactl_fd.addr
timespecs utimensat.utimes utimensat_time64.utimes utimensat.t
timevals utimes.utimes futimesat.utimes futimesat.t
futextime futex.utime futex_time64.utime
int sched_setscheduler.param sched_setparam.param
signals sigsuspend.mask ssetmask.newmask
hexadecimal reboot.magic1 reboot.magic2 futex.val3 futex_time64.val3 rseq.sig
decimal close_range.fd close_range.max_fd
octal umask.mask
special mknod.mode mknodat.mode
device mknod.dev mknodat.dev ustat.dev
set:access access.mode faccessat.mode faccessat2.mode
set:faccessat faccessat2.flags
set:at_handle name_to_handle_at.flag
openflags pipe2.flags dup3.flags delete_module.flags
mountflags mount.flags
set:fanotify_init fanotify_init.flags
set:fanotify_mark fanotify_mark.flags
set:fanotify_event fanotify_mark.mask
set:inotify_init inotify_init1.flags
set:timerfd_time timerfd_settime.flags timerfd_settime64.flags
set:waitid_options waitid.options
set:pidfd_signal pidfd_send_signal.flags
modeset:ipc semget.semflg msgget.msgflg
modeset:shm shmget.shmflg
set:ipc msgsnd.msgflg msgrcv.msgflg
key semget.key msgget.key shmget.key
clone clone.clone_flags
protocol socket.protocol socketpair.protocol
optname setsockopt.optname getsockopt.optname
optval setsockopt.optval
fcntl fcntl.arg fcntl64.arg
request ioctl.cmd
ioctl ioctl.arg
ipc ipc.call
prctl2 prctl.arg2
prctl3 prctl.arg3
loose prctl.arg4 prctl.arg5 keyctl.arg3 keyctl.arg4 keyctl.arg5 sysfs.arg1 sysfs.arg2 sysmips.arg1 sysmips.arg2
ptracedata ptrace.data
address ptrace.addr arch_prctl.arg2
keyctl2 keyctl.arg2
keyring add_key.ringid request_key.destringid
`;

/** FORM TYPE..., for parameters that are not in the other table. */
const BY_TYPE = `
string char*
strings char**
message user_msghdr*
timespec __kernel_timespec* old_timespec32*
timeval __kernel_old_timeval* old_timeval32*
itimerspec __kernel_itimerspec*
itimerval __kernel_old_itimerval*
limit rlimit*
limit64 rlimit64*
sigmask sigset_t* compat_sigset_t*
oldsignals old_sigset_t*
`;

/** Parameters of these names, and of the types ulong, size_t and off_t, are addresses. */
const ADDRESSES = ["addr", "start", "end", "uaddr", "new_addr", "mmio_addr", "entry"];

const FUTEX_WITH_TIME = [
  "FUTEX_WAIT",
  "FUTEX_LOCK_PI",
  "FUTEX_LOCK_PI2",
  "FUTEX_WAIT_BITSET",
  "FUTEX_WAIT_REQUEUE_PI",
];

let byParameter: ReadonlyMap<string, string> | undefined;
let byType: ReadonlyMap<string, string> | undefined;
const made = new Map<string, Form>();

function readTable(rows: string): ReadonlyMap<string, string> {
  return new Map(
    rows
      .trim()
      .split("\n")
      .flatMap((row) => {
        const [form = "", ...keys] = row.split(" ");
        return keys.map((key): [string, string] => [key, form]);
      }),
  );
}

/** The names of calls and parameters in the table, CALL.PARAMETER. */
export function formKeys(): readonly string[] {
  byParameter ??= readTable(BY_PARAMETER);
  return [...byParameter.keys()];
}

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
  byParameter ??= readTable(BY_PARAMETER);
  byType ??= readTable(BY_TYPE);
  const name = byParameter.get(`${view.name}.${parameter.name}`);
  if (name !== undefined) {
    return form(name)(view, value, parameter);
  }
  if (parameter.set !== undefined) {
    return inSet(view, parameter, value, parameter.set);
  }
  const type = byType.get(parameter.type);
  if (type !== undefined) {
    return form(type)(view, value, parameter);
  }
  if (parameter.kind === "pointer" || (parameter.kind === "unsigned" && ADDRESSES.includes(parameter.name))) {
    return pointer(value);
  }
  return said(number(parameter, value));
}

function inSet(view: View, parameter: Parameter, value: bigint, name: string): Shown {
  const set = parameterSet(name);
  if (name === "mode") {
    return said(octal(value & 0xffffn));
  }
  if (set?.kind !== "descriptor") {
    return constants(name)(view, value, parameter);
  }
  return said(name === "directory" ? directory(value) : String(signed32(value)));
}

/** AT_FDCWD of include/uapi/linux/fcntl.h, or a descriptor. */
function directory(value: bigint): string {
  const descriptor = signed32(value);
  return descriptor === -100n ? "AT_FDCWD" : String(descriptor);
}

/** Numbers above are no sizes or counts of anything, and shown in hexadecimal. */
const LARGEST_DECIMAL = 2n ** 48n;

function number({ kind, bits, type, half }: Parameter, value: bigint): string {
  const width = half === undefined ? bits : 64;
  const all = 2n ** BigInt(width) - 1n;
  // What chown(2) and setreuid(2) leave as it is.
  if (kind === "signed" || (/^(old_)?[ugq]id_t$/.test(type) && value === all)) {
    return String(BigInt.asIntN(width, value));
  }
  return value < LARGEST_DECIMAL ? String(value) : hex(value);
}

/** Of clone(2) the low byte is a signal. */
function cloneFlags({ arch }: View, value: bigint): Shown {
  const [upper, signal] = [value & ~0xffn, value & 0xffn];
  const words = [
    ...(upper === 0n ? [] : [flags(arch, "clone", upper)]),
    ...(signal === 0n ? [] : [flags(arch, "signal", signal)]),
  ];
  return said(words.length === 0 ? "0" : words.join("|"));
}

function protocol(view: View, value: bigint, parameter: Parameter): Shown {
  const family = inConstants(view.arch, "address_family", view.argument("family"));
  switch (family) {
    case "AF_INET":
    case "AF_INET6":
      return constants("protocol")(view, value, parameter);
    case "AF_NETLINK":
      return constants("protocol_netlink")(view, value, parameter);
    case "AF_PACKET": {
      // In the byte order of the network.
      const swapped = view.arch.bigEndian ? value : ((value & 0xffn) << 8n) | (value >> 8n);
      return said(value === 0n ? "0" : `htons(${flags(view.arch, "protocol_ethernet", swapped & 0xffffn)})`);
    }
    default:
      return said(plainSigned(value, 32));
  }
}

const OPTIONS_OF_LEVEL: Readonly<Record<string, string>> = {
  SOL_SOCKET: "socket_option",
  SOL_IP: "socket_option_ip",
  SOL_IPV6: "socket_option_ipv6",
  SOL_TCP: "socket_option_tcp",
  SOL_NETLINK: "socket_option_netlink",
  SOL_PACKET: "socket_option_packet",
};

function optionName(view: View, value: bigint): string | undefined {
  const level = inConstants(view.arch, "socket_level", view.argument("level")) ?? "";
  const set = OPTIONS_OF_LEVEL[level];
  return set === undefined ? undefined : inConstants(view.arch, set, value);
}

function socketOption(view: View, value: bigint): Shown {
  return said(optionName(view, value) ?? plainSigned(value, 32));
}

const TEXT_OPTIONS = ["SO_BINDTODEVICE", "TCP_CONGESTION", "TCP_ULP"];

/** Levels whose options may be keys: their values are not shown. */
const SECRET_LEVELS = ["SOL_ALG", "SOL_TLS"];

/** The name of a device or an algorithm, or a number if it has the size of one. */
function optionValue(view: View, value: bigint): Shown {
  const length = signed32(view.argument("optlen"));
  const name = optionName(view, view.argument("optname")) ?? "";
  if (TEXT_OPTIONS.includes(name) && length > 0n) {
    return read(value, (at) => bufferAt(view.reader, at, length));
  }
  const level = inConstants(view.arch, "socket_level", view.argument("level")) ?? "";
  return length === 4n && !SECRET_LEVELS.includes(level)
    ? read(value, (at) => intAt(view.reader, at))
    : pointer(value);
}

const FCNTL_SETS: Readonly<Record<string, string>> = {
  F_SETFD: "set:descriptor_flags",
  F_SETFL: "set:open",
  F_SETSIG: "signal",
  F_ADD_SEALS: "set:fcntl_seals",
};
const FCNTL_POINTERS = /^F_(OFD_)?(GET|SET)LKW?(64)?$|_OWN_EX$|_UIDS$|_HINT$/;

function fcntlArgument(view: View, value: bigint, parameter: Parameter): Shown {
  const command = inConstants(view.arch, "fcntl", view.argument("cmd")) ?? "";
  const name = FCNTL_SETS[command];
  if (name !== undefined) {
    return form(name)(view, value & 0xffffffffn, { ...parameter, bits: 32 });
  }
  return FCNTL_POINTERS.test(command) ? pointer(value) : said(plainSigned(value & 0xffffffffn, 32));
}

/** Arguments of ioctl(2) below are numbers, others addresses. */
const FIRST_PAGE = 4096n;

function ioctlArgument(_: View, value: bigint): Shown {
  return value !== 0n && value < FIRST_PAGE ? said(String(value)) : pointer(value);
}

/** An argument that is a number or an address, as the command has it. */
function numberOrAddress(value: bigint): Shown {
  return value < 0x10000n ? said(plain(value)) : pointer(value);
}

/** Flags of open(2) where nothing is opened: O_RDONLY, which is 0, says nothing. */
function withoutAccessMode(arch: Architecture, value: bigint): string {
  const text = value === 0n ? undefined : inConstants(arch, "open", value);
  return text?.startsWith("O_RDONLY|") === true ? text.slice("O_RDONLY|".length) : (text ?? plain(value));
}

/** MS_MGC_VAL and MS_MGC_MSK of include/uapi/linux/mount.h: a number that the kernel drops, fs/namespace.c, path_mount() at v6.12. */
const OLD_MOUNT = 0xc0ed0000n;
const OLD_MOUNT_MASK = 0xffff0000n;

function mountFlags(arch: Architecture, value: bigint): string {
  const isOld = (value & OLD_MOUNT_MASK) === OLD_MOUNT;
  const rest = isOld ? value & ~OLD_MOUNT_MASK : value;
  const text = isOld && rest === 0n ? "" : flags(arch, "mount", rest);
  return [...(isOld ? ["MS_MGC_VAL"] : []), ...(text === "" ? [] : [text])].join("|");
}

function unknownRequest(arch: Architecture, value: bigint): string {
  const { reads, writes, type, number, size } = ioctlParts(arch, value);
  const directions = [...(reads ? ["_IOC_READ"] : []), ...(writes ? ["_IOC_WRITE"] : [])];
  const direction = directions.length === 0 ? "_IOC_NONE" : directions.join("|");
  return `_IOC(${direction}, 0x${type.toString(16)}, 0x${number.toString(16)}, 0x${size.toString(16)})`;
}

/** The name of a call of ipc(2), as include/uapi/linux/ipc.h has it. */
function ipcCall(value: bigint): string {
  const ipc = multiplexers.find(({ name }) => name === "ipc");
  const selected = ipc === undefined ? value : value & ipc.callMask;
  const call =
    ipc === undefined ? undefined : multiplexedCalls(ipc).find((each) => BigInt(each.call) === selected);
  const version = value >> 16n;
  const name = call?.name.toUpperCase() ?? plain(selected);
  return version === 0n ? name : `${version}<<16|${name}`;
}

function capability(value: bigint): string {
  return (value < 64n ? capabilityName(Number(value)) : undefined) ?? plain(value);
}

const PRCTL_FORMS: Readonly<Record<string, string>> = {
  PR_SET_PDEATHSIG: "signal",
  PR_SET_NAME: "string",
  PR_SET_SECCOMP: "set:seccomp_mode",
  PR_SET_MM: "set:prctl_mm",
  PR_SET_MDWE: "set:prctl_mdwe",
  PR_SET_TSC: "set:prctl_tsc",
  PR_SET_SECUREBITS: "set:securebits",
  PR_GET_SPECULATION_CTRL: "set:prctl_speculation",
  PR_SET_SPECULATION_CTRL: "set:prctl_speculation",
  PR_CAP_AMBIENT: "set:prctl_ambient",
  PR_GET_NAME: "address",
  PR_GET_PDEATHSIG: "address",
  PR_GET_TSC: "address",
  PR_GET_CHILD_SUBREAPER: "address",
  PR_GET_TID_ADDRESS: "address",
};

function prctlArgument(view: View, value: bigint, parameter: Parameter): Shown {
  const option = inConstants(view.arch, "prctl", view.argument("option")) ?? "";
  if (option === "PR_CAPBSET_READ" || option === "PR_CAPBSET_DROP") {
    return said(capability(value));
  }
  const name = PRCTL_FORMS[option];
  return name === undefined ? numberOrAddress(value) : form(name)(view, value, parameter);
}

const WITH_SIGNAL = /^PTRACE_(CONT|DETACH|SYSCALL|SINGLESTEP|SYSEMU|LISTEN|SINGLEBLOCK|SYSEMU_SINGLESTEP)$/;

function ptraceData(view: View, value: bigint, parameter: Parameter): Shown {
  const request = inConstants(view.arch, "ptrace", view.argument("request")) ?? "";
  if (WITH_SIGNAL.test(request)) {
    return value === 0n ? said("0") : constants("signal")(view, value, parameter);
  }
  return request === "PTRACE_SETOPTIONS" || request === "PTRACE_SEIZE"
    ? constants("ptrace_options")(view, value, parameter)
    : pointer(value);
}

const KEYCTL_WITHOUT_KEY = [
  "KEYCTL_JOIN_SESSION_KEYRING",
  "KEYCTL_SESSION_TO_PARENT",
  "KEYCTL_DH_COMPUTE",
  "KEYCTL_CAPABILITIES",
  "KEYCTL_GET_PERSISTENT",
  "KEYCTL_SET_REQKEY_KEYRING",
  "KEYCTL_PKEY_ENCRYPT",
  "KEYCTL_PKEY_DECRYPT",
  "KEYCTL_PKEY_SIGN",
  "KEYCTL_PKEY_VERIFY",
  "",
];

/** The serial number of a key, or one of the names of negative ones. */
function key(arch: Architecture, value: bigint): string {
  const serial = value & 0xffffffffn;
  return inConstants(arch, "keyring", serial) ?? String(signed32(serial));
}

/** Whether a flag is set, for example O_CREAT of `open`. */
export function hasFlag(arch: Architecture, set: string, flag: string, value: bigint): boolean {
  return (value & (constantValue(arch, set, flag) ?? 0n)) !== 0n;
}
