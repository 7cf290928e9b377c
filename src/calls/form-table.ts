/**
 * Which form each parameter of a call has: a table by call and parameter, and what its type says.
 */

import type { Parameter } from "../tables/signatures.ts";

/**
 * FORM CALL.PARAMETER..., where neither the set nor the type of the parameter say it. `address`: memory that the kernel writes,
 * or an address of which only the program knows what it is. `?`: what `by-command.ts` says.
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
?rule landlock_add_rule.rule_attr
?bpf bpf.uattr
directory execveat.fd
string mount.data
?fsvalue fsconfig._value
?restart reboot.arg
?quotafile quotactl.addr quotactl_fd.addr
timespecs utimensat.utimes utimensat_time64.utimes utimensat.t
timevals utimes.utimes futimesat.utimes futimesat.t
?futextime futex.utime futex_time64.utime
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
?protocol socket.protocol socketpair.protocol
?optname setsockopt.optname getsockopt.optname
?optval setsockopt.optval
?fcntl fcntl.arg fcntl64.arg
request ioctl.cmd
ioctl ioctl.arg
ipc ipc.call
?prctl2 prctl.arg2
?prctl3 prctl.arg3
loose prctl.arg4 prctl.arg5 keyctl.arg3 keyctl.arg4 keyctl.arg5 sysfs.arg1 sysfs.arg2 sysmips.arg1 sysmips.arg2
?ptracedata ptrace.data
address ptrace.addr arch_prctl.arg2
?keyctl2 keyctl.arg2
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

let byParameter: ReadonlyMap<string, string> | undefined;
let byType: ReadonlyMap<string, string> | undefined;

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

/**
 * The name of a parameter's form: that of the table, that of its set, that of its type, `address`, or `number`.
 *
 * @param call the name of the call
 */
export function formName(call: string, { name, type, kind, set }: Parameter): string {
  byParameter ??= readTable(BY_PARAMETER);
  byType ??= readTable(BY_TYPE);
  const found = byParameter.get(`${call}.${name}`);
  if (found !== undefined) {
    return found;
  }
  if (set !== undefined) {
    return ["descriptor", "directory", "mode"].includes(set) ? set : `set:${set}`;
  }
  const isAddress = kind === "pointer" || (kind === "unsigned" && ADDRESSES.includes(name));
  return byType.get(type) ?? (isAddress ? "address" : "number");
}
