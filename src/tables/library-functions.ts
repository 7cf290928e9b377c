/**
 * Names that people take for syscalls and that are none: functions of C libraries, with the calls that they make, and names that
 * other tools and systems have.
 *
 * Sources: section 3 of Linux man-pages 6.03 and section 2, "C library/kernel differences"; sysdeps/unix/sysv/linux of glibc 2.41; src/
 * of musl 1.2.5; keyctl(3) of keyutils 1.6.3; src/ of libaio 0.3.113 and liburing 2.5; the event table of sysdig
 * (driver/event_table.c of falcosecurity/libs).
 */

/** A name that is no syscall. */
export interface LibraryFunction {
  /** What it is: "a function of the C library". */
  readonly what: string;
  /**
   * The calls that it cannot do without, the most telling first; of each list, which is ordered, a library makes one, by the library,
   * its version, the architecture and the kernel. None: no call belongs to it.
   */
  readonly steps: readonly (readonly string[])[];
}

/** What the names of a block are, and lines `CALL|CALL CALL: NAME NAME ...`, without calls `: NAME ...`. */
const BLOCKS: readonly (readonly [what: string, lines: string])[] = [
  [
    "a function of the C library",
    `execve: execl execle execlp execv execvp execvpe
execveat|execve: fexecve
clone|clone3|vfork|fork execve: posix_spawn posix_spawnp system popen
clone|fork: daemon forkpty
clone3|clone: pthread_create thrd_create
exit_group: _exit _Exit quick_exit abort
wait4: wait wait3 pclose
pread64: pread
pwrite64: pwrite
preadv: preadv64
pwritev: pwritev64
preadv2: preadv64v2
pwritev2: pwritev64v2
openat|open: open64 openat64 fopen fopen64 freopen creat64 opendir mkstemp mkostemp mkdtemp tmpfile shm_open sem_open posix_openpt getpt dlopen getpwnam getpwuid getgrnam getgrgid getspnam
getdents64|getdents: readdir64 readdir_r scandir getdirentries
lseek|_llseek: lseek64 fseek
mmap|mmap2: mmap64
brk: sbrk
fallocate: posix_fallocate posix_fallocate64 fallocate64
fadvise64|fadvise64_64|arm_fadvise64_64: posix_fadvise posix_fadvise64 fadvise
madvise: posix_madvise
newfstatat|fstatat64|statx: fstatat
statfs|statfs64: statvfs statvfs64
fstatfs|fstatfs64: fstatvfs fstatvfs64
fcntl|fcntl64: lockf lockf64
mknod|mknodat: mkfifo
mknodat: mkfifoat
unlink|unlinkat: shm_unlink sem_unlink
unlink|unlinkat|rmdir: remove
utimensat|utimensat_time64: futimens lutimes futimes
uname: gethostname getdomainname
setresuid|setresuid32: seteuid
setresgid|setresgid32: setegid
setgroups|setgroups32: initgroups
prlimit64: prlimit
prlimit64|getrlimit|ugetrlimit: getrlimit64
prlimit64|setrlimit: setrlimit64
getrandom: getentropy arc4random
getcpu: sched_getcpu
sched_setaffinity: pthread_setaffinity_np
sched_getaffinity: pthread_getaffinity_np
sched_setscheduler: pthread_setschedparam
prctl: pthread_setname_np
syslog: klogctl
_sysctl: sysctl
adjtimex|clock_adjtime|clock_adjtime64: adjtime ntp_adjtime ntp_gettime
clock_gettime|clock_gettime64: clock
clock_nanosleep|clock_nanosleep_time64|nanosleep: sleep usleep thrd_sleep
setitimer: ualarm
pselect6|pselect6_time64: pselect
kill: killpg
tgkill|tkill: raise pthread_kill pthread_cancel
rt_sigqueueinfo: sigqueue
rt_tgsigqueueinfo: pthread_sigqueue
rt_sigaction: sigset siginterrupt bsd_signal
rt_sigprocmask: pthread_sigmask sigblock sigsetmask sighold sigrelse
rt_sigtimedwait|rt_sigtimedwait_time64: sigwait sigwaitinfo sigtimedwait
futex|futex_time64: sem_wait sem_post sem_timedwait pthread_mutex_lock pthread_cond_wait pthread_join
mq_timedsend|mq_timedsend_time64: mq_send
mq_timedreceive|mq_timedreceive_time64: mq_receive
mq_getsetattr: mq_getattr mq_setattr
pread64: aio_read
pwrite64|write: aio_write
ioctl: tcgetattr tcsetattr tcsendbreak tcflush tcflow tcdrain tcgetpgrp tcsetpgrp isatty ptsname grantpt unlockpt login_tty openpty sockatmark
socket: getaddrinfo gethostbyname getifaddrs if_nametoindex
write: printf fprintf puts fwrite perror
read: fread fgets scanf
: malloc free calloc realloc memcpy memset strcpy strlen getenv setenv getauxval setjmp longjmp pkey_get pkey_set inb outb getopt qsort atexit`,
  ],
  [
    "a function of libkeyutils",
    `keyctl: keyctl_assume_authority keyctl_capabilities keyctl_chown keyctl_clear keyctl_describe keyctl_dh_compute keyctl_get_keyring_ID keyctl_get_persistent keyctl_get_security keyctl_instantiate keyctl_instantiate_iov keyctl_invalidate keyctl_join_session_keyring keyctl_link keyctl_move keyctl_negate keyctl_pkey_decrypt keyctl_pkey_encrypt keyctl_pkey_query keyctl_pkey_sign keyctl_pkey_verify keyctl_read keyctl_reject keyctl_restrict_keyring keyctl_revoke keyctl_search keyctl_session_to_parent keyctl_set_reqkey_keyring keyctl_set_timeout keyctl_setperm keyctl_unlink keyctl_update keyctl_watch_key`,
  ],
  [
    "a function of libcap",
    `capset: cap_set_proc cap_setuid cap_set_flag
capget: cap_get_proc cap_get_pid`,
  ],
  [
    "a function of libaio",
    `io_setup: io_queue_init
io_destroy: io_queue_release
io_submit: io_queue_run`,
  ],
  [
    "a function of liburing",
    `io_uring_setup: io_uring_queue_init io_uring_queue_init_params
io_uring_enter: io_uring_submit io_uring_wait_cqe
io_uring_register: io_uring_register_buffers io_uring_register_files`,
  ],
  ["a function of libseccomp", `seccomp|prctl: seccomp_load seccomp_init`],
  [
    "a word for several calls",
    `io_uring_setup: io_uring
landlock_create_ruleset: landlock
init_module|finit_module: load_module insmod
delete_module: rmmod
kexec_load|kexec_file_load: kexec
keyctl|add_key|request_key: keyring`,
  ],
  [
    "a call of other systems, which Linux does not have",
    `: pledge unveil kqueue kevent jail jail_attach ktrace kldload kldunload sysctlbyname issetugid sysarch chflags fchflags lchflags revoke undelete nfssvc getfh fhopen cap_enter rfork thr_new thr_kill sigwait_np mac_syscall csops crossarch_trap`,
  ],
  ["an event of sysdig and Falco", `: procexit procinfo signaldeliver cpu_hotplug pagefault page_fault`],
  [
    "a call that was proposed and never became part of Linux",
    `: fsinfo watch_mount watch_sb getvpid replace_fd kdbus fchmodat4 process_memwatch`,
  ],
];

let found: Map<string, LibraryFunction> | undefined;

/** What a name is that no architecture has as a syscall; undefined if it is not known otherwise either. */
export function libraryFunction(name: string): LibraryFunction | undefined {
  found ??= new Map(
    BLOCKS.flatMap(([what, lines]) => lines.split("\n").flatMap((line) => namesIn(what, line))),
  );
  return found.get(name);
}

function namesIn(what: string, line: string): readonly (readonly [string, LibraryFunction])[] {
  const [calls = "", names = ""] = line.split(":");
  const steps = calls === "" ? [] : calls.split(" ").map((step) => step.split("|"));
  return names
    .trim()
    .split(" ")
    .map((name) => [name, { what, steps }] as const);
}

/** All names of the table, for tests and suggestions. */
export function libraryFunctionNames(): readonly string[] {
  libraryFunction("");
  return [...(found?.keys() ?? [])];
}
