/**
 * The forms of parameters that mean something else with each command of their call.
 */

import { inConstants } from "../tables/constants.ts";
import { signed32 } from "./numbers.ts";
import { command, futexOperation, type View } from "./view.ts";

const FUTEX_WITH_TIME = [
  "FUTEX_WAIT",
  "FUTEX_LOCK_PI",
  "FUTEX_LOCK_PI2",
  "FUTEX_WAIT_BITSET",
  "FUTEX_WAIT_REQUEUE_PI",
];

const OPTIONS_OF_LEVEL: Readonly<Record<string, string>> = {
  SOL_SOCKET: "socket_option",
  SOL_IP: "socket_option_ip",
  SOL_IPV6: "socket_option_ipv6",
  SOL_TCP: "socket_option_tcp",
  SOL_NETLINK: "socket_option_netlink",
  SOL_PACKET: "socket_option_packet",
};

/** The set of the options of a level of setsockopt(2); undefined if it has none. */
function optionsOf(view: View): string | undefined {
  return OPTIONS_OF_LEVEL[command(view, "socket_level", "level")];
}

const TEXT_OPTIONS = ["SO_BINDTODEVICE", "TCP_CONGESTION", "TCP_ULP"];

/** Levels whose options may be keys: their values are not shown. */
const SECRET_LEVELS = ["SOL_ALG", "SOL_TLS"];

/** The name of a device or an algorithm, or a number if the value has the size of one. */
function optionValue(view: View): string {
  const length = signed32(view.argument("optlen"));
  const set = optionsOf(view);
  if (set !== undefined && TEXT_OPTIONS.includes(command(view, set, "optname")) && length > 0n) {
    return "buffer:optlen";
  }
  return length === 4n && !SECRET_LEVELS.includes(command(view, "socket_level", "level")) ? "int" : "address";
}

const PROTOCOLS: Readonly<Record<string, string>> = {
  AF_INET: "set:protocol",
  AF_INET6: "set:protocol",
  AF_NETLINK: "set:protocol_netlink",
  AF_PACKET: "ethernet",
};

/** The kernel takes an int, although the parameter is a long. */
const FCNTL_SETS: Readonly<Record<string, string>> = {
  F_SETFD: "intset:descriptor_flags",
  F_SETFL: "intset:open",
  F_SETSIG: "intset:signal",
  F_ADD_SEALS: "intset:fcntl_seals",
};
const FCNTL_POINTERS = /^F_(OFD_)?(GET|SET)LKW?(64)?$|_OWN_EX$|_UIDS$|_HINT$/;

function fcntl(view: View): string {
  const name = command(view, "fcntl", "cmd");
  return FCNTL_SETS[name] ?? (FCNTL_POINTERS.test(name) ? "address" : "intset:");
}

const PRCTL_FORMS: Readonly<Record<string, string>> = {
  PR_SET_PDEATHSIG: "set:signal",
  PR_SET_NAME: "string",
  PR_SET_SECCOMP: "set:seccomp_mode",
  PR_SET_MM: "set:prctl_mm",
  PR_SET_MDWE: "set:prctl_mdwe",
  PR_SET_TSC: "set:prctl_tsc",
  PR_SET_SECUREBITS: "set:securebits",
  PR_GET_SPECULATION_CTRL: "set:prctl_speculation",
  PR_SET_SPECULATION_CTRL: "set:prctl_speculation",
  PR_CAPBSET_READ: "capability",
  PR_CAPBSET_DROP: "capability",
  PR_CAP_AMBIENT: "set:prctl_ambient",
  PR_GET_NAME: "address",
  PR_GET_PDEATHSIG: "address",
  PR_GET_TSC: "address",
  PR_GET_CHILD_SUBREAPER: "address",
  PR_GET_TID_ADDRESS: "address",
};

const WITH_SIGNAL = /^PTRACE_(CONT|DETACH|SYSCALL|SINGLESTEP|SYSEMU|LISTEN|SINGLEBLOCK|SYSEMU_SINGLESTEP)$/;

function ptraceData(view: View): string {
  const request = command(view, "ptrace", "request");
  if (WITH_SIGNAL.test(request)) {
    return "set:signal";
  }
  return request === "PTRACE_SETOPTIONS" || request === "PTRACE_SEIZE" ? "set:ptrace_options" : "address";
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

/** For each name after `?` in the table: the name of the form. */
const BY_COMMAND: Readonly<Record<string, (view: View) => string>> = {
  protocol: (view) => PROTOCOLS[command(view, "address_family", "family")] ?? "number",
  optname: (view) => {
    const set = optionsOf(view);
    return set === undefined ? "number" : `set:${set}`;
  },
  optval: optionValue,
  fcntl,
  prctl2: (view) => PRCTL_FORMS[command(view, "prctl", "option")] ?? "loose",
  prctl3: (view) => (command(view, "prctl", "option") === "PR_CAP_AMBIENT" ? "capability" : "loose"),
  ptracedata: ptraceData,
  keyctl2: (view) => (KEYCTL_WITHOUT_KEY.includes(command(view, "keyctl", "option")) ? "loose" : "keyring"),
  futextime: (view) => (FUTEX_WITH_TIME.includes(futexOperation(view)) ? "timespec" : "loose"),
  fsvalue: (view) =>
    /_(STRING|PATH|PATH_EMPTY)$/.test(command(view, "fsconfig", "cmd")) ? "string" : "address",
  restart: (view) => (command(view, "reboot", "cmd") === "LINUX_REBOOT_CMD_RESTART2" ? "string" : "address"),
  quotafile: (view) => (command(view, "quotactl", "cmd").startsWith("Q_QUOTAON") ? "string" : "address"),
  rule: (view) => {
    const type = inConstants(view.arch, "landlock_rule", view.argument("rule_type"));
    return type === undefined ? "address" : `rule:${type}`;
  },
  bpf: (view) => {
    const name = command(view, "bpf", "cmd");
    return name === "BPF_MAP_CREATE" || name === "BPF_PROG_LOAD" ? `bpf:${name}` : "address";
  },
};

/** The name of the form that a parameter has in this call. */
export function formByCommand(name: string, view: View): string {
  return BY_COMMAND[name]?.(view) ?? "number";
}
