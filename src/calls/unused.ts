/**
 * Which arguments the kernel does not look at because of the others, so that what happens to be in their registers is not shown.
 */

import { constantValue } from "../tables/constants.ts";
import { command, futexOperation, hasFlag, type View } from "./view.ts";

/** F_GETFD and others that take no argument: fs/fcntl.c, do_fcntl() at v6.12. */
const FCNTL_ALONE = /^F_GET(FD|FL|OWN|SIG|LEASE|PIPE_SZ|_SEALS)$|^F_(CREATED_QUERY|CANCELLK)$/;

/**
 * How many arguments an option of prctl(2) takes, counting the option: kernel/sys.c and security/commoncap.c at v6.12. Others
 * compare all of them with 0, or are not here: then those at the end that are 0 are not shown.
 */
const PRCTL_COUNTS: Readonly<Record<string, number>> = {
  PR_GET_DUMPABLE: 1,
  PR_GET_KEEPCAPS: 1,
  PR_GET_SECCOMP: 1,
  PR_GET_SECUREBITS: 1,
  PR_GET_TIMERSLACK: 1,
  PR_GET_TIMING: 1,
  PR_TASK_PERF_EVENTS_DISABLE: 1,
  PR_TASK_PERF_EVENTS_ENABLE: 1,
  PR_SET_PDEATHSIG: 2,
  PR_GET_PDEATHSIG: 2,
  PR_SET_DUMPABLE: 2,
  PR_SET_KEEPCAPS: 2,
  PR_SET_NAME: 2,
  PR_GET_NAME: 2,
  PR_SET_TSC: 2,
  PR_GET_TSC: 2,
  PR_SET_TIMING: 2,
  PR_SET_TIMERSLACK: 2,
  PR_CAPBSET_READ: 2,
  PR_CAPBSET_DROP: 2,
  PR_SET_SECUREBITS: 2,
  PR_SET_CHILD_SUBREAPER: 2,
  PR_GET_CHILD_SUBREAPER: 2,
  PR_GET_TID_ADDRESS: 2,
  PR_SET_PTRACER: 2,
};

/** The parameters that an operation of futex(2) takes: kernel/futex/syscalls.c, do_futex() at v6.12. */
const FUTEX_PARAMETERS: Readonly<Record<string, string>> = {
  FUTEX_WAIT: "uaddr op val utime",
  FUTEX_WAKE: "uaddr op val",
  FUTEX_REQUEUE: "uaddr op val utime uaddr2",
  FUTEX_WAIT_REQUEUE_PI: "uaddr op val utime uaddr2",
  FUTEX_LOCK_PI: "uaddr op val utime",
  FUTEX_LOCK_PI2: "uaddr op val utime",
  FUTEX_UNLOCK_PI: "uaddr op",
  FUTEX_TRYLOCK_PI: "uaddr op",
};

/** IPC_RMID and others that take no fourth argument: ipc/sem.c, ksys_semctl() at v6.12. */
const SEMCTL_ALONE = /^(IPC_RMID|GETPID|GETVAL|GETNCNT|GETZCNT)\b/;

/** Whether the kernel looks at a parameter of a call, given the other arguments. */
export function isUsed(view: View, parameter: string, value: bigint): boolean {
  const { name } = view;
  const has = (set: string, flag: string, of: string): boolean => hasFlag(view, set, flag, of);
  switch (`${name}.${parameter}`) {
    case "open.mode":
    case "openat.mode":
      return has("open", "O_CREAT", "flags") || isTemporary(view);
    case "mq_open.mode":
    case "mq_open.u_attr":
      return has("open", "O_CREAT", "oflag");
    case "fcntl.arg":
    case "fcntl64.arg":
      return !FCNTL_ALONE.test(command(view, "fcntl", "cmd"));
    case "mremap.new_addr":
      return has("mremap", "MREMAP_FIXED", "flags") || has("mremap", "MREMAP_DONTUNMAP", "flags");
    case "semctl.arg":
      return !SEMCTL_ALONE.test(command(view, "semctl", "cmd"));
    case "reboot.arg":
      return command(view, "reboot", "cmd") === "LINUX_REBOOT_CMD_RESTART2";
    case "clone.parent_tidptr":
      return has("clone", "CLONE_PARENT_SETTID", "clone_flags") || has("clone", "CLONE_PIDFD", "clone_flags");
    case "clone.child_tidptr":
      return (
        has("clone", "CLONE_CHILD_SETTID", "clone_flags") ||
        has("clone", "CLONE_CHILD_CLEARTID", "clone_flags")
      );
    case "clone.tls":
      return has("clone", "CLONE_SETTLS", "clone_flags");
    default:
      break;
  }
  if (name === "prctl" && parameter.startsWith("arg")) {
    const count = PRCTL_COUNTS[command(view, "prctl", "option")];
    return count === undefined ? value !== 0n : Number(parameter.slice("arg".length)) <= count;
  }
  if (name === "keyctl" && parameter.startsWith("arg")) {
    return value !== 0n;
  }
  if (name === "ptrace") {
    return parameter === "request" || command(view, "ptrace", "request") !== "PTRACE_TRACEME";
  }
  if (name === "futex" || name === "futex_time64") {
    return FUTEX_PARAMETERS[futexOperation(view)]?.split(" ").includes(parameter) ?? true;
  }
  return true;
}

/** __O_TMPFILE of include/uapi/asm-generic/fcntl.h: O_TMPFILE without O_DIRECTORY. */
function isTemporary({ arch, argument }: View): boolean {
  const directory = constantValue(arch, "open", "O_DIRECTORY") ?? 0n;
  const temporary = (constantValue(arch, "open", "O_TMPFILE") ?? 0n) & ~directory;
  return (argument("flags") & temporary) !== 0n;
}
