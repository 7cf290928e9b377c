/**
 * What each system call is about, as a reader of a profile looks for it. Every call has exactly one subject.
 *
 * The division is this project's own. The groups of systemd.exec(5), "System Call Filtering", and the classes of strace(1), `-e
 * trace=`, overlap and leave calls out; where one of them fits, it was followed. What a call is about is taken from section 2 of
 * Linux man-pages 6.03, and for younger calls from the commit that added them. That no kernel serves a call is what
 * `build/tables/signatures.tsv` says: it has no signature for it on any architecture.
 */

import { syscallId } from "./syscalls.ts";

/** What calls are about. */
export interface Subject {
  /** In lower case, for a heading and for JSON. */
  readonly name: string;
  /** The ids of its calls, by name. */
  readonly ids: readonly number[];
}

/** The subject of calls that no kernel serves: it answers them with ENOSYS. */
export const SERVED_BY_NONE = "served by no kernel";

/** The usual ones first, then those that an attacker likes, then those of which a reader need not think. */
const LINES: readonly (readonly [name: string, calls: string])[] = [
  [
    "files",
    "access chdir chmod chown chown32 creat faccessat faccessat2 fanotify_init fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fgetxattr file_getattr file_setattr flistxattr flock fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 ftruncate ftruncate64 futimesat getcwd getdents getdents64 getxattr getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch lchown lchown32 lgetxattr link linkat listxattr listxattrat llistxattr lremovexattr lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat oldfstat oldlstat oldstat open open_by_handle_at openat openat2 readdir readlink readlinkat removexattr removexattrat rename renameat renameat2 rmdir setxattr setxattrat stat stat64 statfs statfs64 statx symlink symlinkat truncate truncate64 umask unlink unlinkat ustat utime utimensat utimensat_time64 utimes",
  ],
  [
    "input and output",
    "_llseek _newselect arm_fadvise64_64 arm_sync_file_range cachestat close close_range copy_file_range dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 fadvise64 fadvise64_64 fallocate fcntl fcntl64 fdatasync fsync ioctl lseek pipe pipe2 poll ppoll ppoll_time64 pread64 preadv preadv2 pselect6 pselect6_time64 pwrite64 pwritev pwritev2 read readahead readv select sendfile sendfile64 splice sync sync_file_range sync_file_range2 syncfs tee vmsplice write writev",
  ],
  [
    "network",
    "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socket socketcall socketpair",
  ],
  [
    "processes",
    "clone clone3 execve execveat exit exit_group fork getpgid getpgrp getpid getppid getrlimit getrusage getsid gettid personality pidfd_open prctl prlimit64 setpgid setrlimit setsid ugetrlimit uselib vfork wait4 waitid waitpid",
  ],
  [
    "threads and scheduling",
    "futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list getcpu getpriority ioprio_get ioprio_set membarrier nice rseq rseq_slice_yield sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield set_robust_list set_tid_address setpriority",
  ],
  [
    "memory",
    "brk get_mempolicy getpagesize madvise map_shadow_stack mbind memfd_create memfd_secret migrate_pages mincore mlock mlock2 mlockall mmap mmap2 move_pages mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_madvise process_mrelease remap_file_pages set_mempolicy set_mempolicy_home_node userfaultfd",
  ],
  [
    "signals",
    "kill pause pidfd_send_signal restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sgetmask sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn sigsuspend ssetmask tgkill tkill",
  ],
  [
    "time",
    "adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep clock_nanosleep_time64 clock_settime clock_settime64 getitimer gettimeofday nanosleep setitimer settimeofday stime time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times",
  ],
  [
    "System V and POSIX IPC",
    "ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget",
  ],
  [
    "users and capabilities",
    "capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32",
  ],
  ["system information", "getrandom oldolduname olduname sysfs sysinfo uname"],
  [
    "confinement",
    "landlock_add_rule landlock_create_ruleset landlock_restrict_self lsm_get_self_attr lsm_list_modules lsm_set_self_attr seccomp",
  ],
  [
    "asynchronous I/O",
    "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit io_uring_enter io_uring_register io_uring_setup",
  ],
  ["keys", "add_key keyctl request_key"],
  [
    "namespaces and mounts",
    "chroot fsconfig fsmount fsopen fspick listmount listns mount mount_setattr move_mount open_tree open_tree_attr pivot_root setns statmount umount umount2 unshare",
  ],
  [
    "tracing and BPF",
    "bpf kcmp lookup_dcookie perf_event_open pidfd_getfd process_vm_readv process_vm_writev ptrace uprobe uretprobe",
  ],
  [
    "kernel administration",
    "_sysctl acct bdflush delete_module finit_module init_module ioperm iopl kexec_file_load kexec_load pciconfig_iobase pciconfig_read pciconfig_write quotactl quotactl_fd reboot rtas setdomainname sethostname swapoff swapon syslog vhangup",
  ],
  [
    "single architectures",
    "arch_prctl atomic_barrier atomic_cmpxchg_32 breakpoint cachectl cacheflush get_thread_area get_tls modify_ldt riscv_flush_icache riscv_hwprobe s390_guarded_storage s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr s390_sthyi set_thread_area set_tls spu_create spu_run subpage_prot swapcontext switch_endian sys_debug_setcontext sysmips usr26 usr32 vm86 vm86old",
  ],
  [
    SERVED_BY_NONE,
    "afs_syscall break create_module epoll_ctl_old epoll_wait_old ftime get_kernel_syms getpmsg gtty idle lock mpx multiplexer nfsservctl prof profil putpmsg query_module security stty syscall timerfd tuxcall ulimit vserver",
  ],
];

let known: readonly Subject[] | undefined;

/** All subjects, in the order in which they are read. */
export function subjects(): readonly Subject[] {
  known ??= LINES.map(([name, calls]) => {
    let near = 0;
    // The calls of a subject are ordered as the table is.
    const ids = calls.split(" ").map((call) => {
      near = syscallId(call, near);
      return near;
    });
    return { name, ids };
  });
  return known;
}
