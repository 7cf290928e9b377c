/**
 * What the values of a parameter are: a descriptor, a file mode, or constants of a named set, with the header that has them.
 *
 * Which parameter has values of which set is in `build/tables/signatures.tsv`. Headers are those of Linux 6.12,
 * include/uapi/ and arch/.../include/uapi/; those that are marked belong to the C library, because the kernel keeps the
 * constants to itself.
 */

/** How the values of a set are made. */
export type ParameterSetKind = "descriptor" | "flags" | "value";

export interface ParameterSet {
  readonly name: string;
  /** `flags`: constants are combined; `value`: the parameter is one of them (perhaps with flags, as in socket(2)). */
  readonly kind: ParameterSetKind;
  /** How the constants start; empty for descriptors. A set may have further constants, and a header others with it. */
  readonly prefix: string;
  /** The header, as `#include` takes it; empty for descriptors. */
  readonly header: string;
}

const DESCRIPTORS: readonly ParameterSet[] = [
  { name: "descriptor", kind: "descriptor", prefix: "", header: "" },
  // AT_FDCWD of <linux/fcntl.h>, or the descriptor of a directory.
  { name: "directory", kind: "descriptor", prefix: "", header: "" },
];

/** NAME PREFIX HEADER. */
const FLAGS = `
at AT_ linux/fcntl.h
clone CLONE_ linux/sched.h
close_range CLOSE_RANGE_ linux/close_range.h
epoll EPOLL_ linux/eventpoll.h
eventfd EFD_ sys/eventfd.h
fallocate FALLOC_FL_ linux/falloc.h
fanotify FAN_ linux/fanotify.h
fsmount FSMOUNT_ linux/mount.h
fsopen FSOPEN_ linux/mount.h
fspick FSPICK_ linux/mount.h
get_mempolicy MPOL_F_ linux/mempolicy.h
getrandom GRND_ linux/random.h
inotify IN_ linux/inotify.h
io_uring_enter IORING_ENTER_ linux/io_uring.h
ipc IPC_ linux/ipc.h
kexec KEXEC_ linux/kexec.h
kexec_file KEXEC_FILE_ linux/kexec.h
landlock LANDLOCK_ linux/landlock.h
mbind MPOL_MF_ linux/mempolicy.h
memfd MFD_ linux/memfd.h
message MSG_ sys/socket.h
mlock MLOCK_ asm/mman.h
mlockall MCL_ asm/mman.h
mmap MAP_ linux/mman.h
mode S_ linux/stat.h
module MODULE_INIT_ linux/module.h
mount MS_ linux/mount.h
mount_attribute MOUNT_ATTR_ linux/mount.h
move_mount MOVE_MOUNT_ linux/mount.h
mremap MREMAP_ linux/mman.h
msync MS_ asm/mman.h
open O_ asm/fcntl.h
open_tree OPEN_TREE_ linux/mount.h
perf_event PERF_FLAG_ linux/perf_event.h
pidfd PIDFD_ linux/pidfd.h
pkey PKEY_ asm/mman.h
prot PROT_ asm/mman.h
rename RENAME_ linux/fs.h
rseq RSEQ_FLAG_ linux/rseq.h
rwf RWF_ linux/fs.h
seccomp_filter SECCOMP_FILTER_FLAG_ linux/seccomp.h
shm SHM_ linux/shm.h
shmat SHM_ linux/shm.h
signalfd SFD_ sys/signalfd.h
socket_flags SOCK_ sys/socket.h
splice SPLICE_F_ fcntl.h
statx STATX_ linux/stat.h
swap SWAP_FLAG_ sys/swap.h
sync_file_range SYNC_FILE_RANGE_ linux/fs.h
timer TIMER_ linux/time.h
timerfd TFD_ linux/timerfd.h
umount MNT_ sys/mount.h
userfaultfd UFFD_ linux/userfaultfd.h
wait W linux/wait.h
xattr XATTR_ linux/xattr.h
`;

/** The same. */
const VALUES = `
address_family AF_ sys/socket.h
arch_prctl ARCH_ asm/prctl.h
bpf BPF_ linux/bpf.h
clock CLOCK_ linux/time.h
epoll_ctl EPOLL_CTL_ linux/eventpoll.h
fadvise POSIX_FADV_ linux/fadvise.h
fcntl F_ linux/fcntl.h
flock LOCK_ asm/fcntl.h
fsconfig FSCONFIG_ linux/mount.h
futex FUTEX_ linux/futex.h
io_uring_register IORING_REGISTER_ linux/io_uring.h
ioctl TIOC asm/ioctls.h
ioprio_who IOPRIO_WHO_ linux/ioprio.h
itimer ITIMER_ linux/time.h
kcmp KCMP_ linux/kcmp.h
keyctl KEYCTL_ linux/keyctl.h
landlock_rule LANDLOCK_RULE_ linux/landlock.h
madvise MADV_ asm/mman.h
membarrier MEMBARRIER_CMD_ linux/membarrier.h
mempolicy MPOL_ linux/mempolicy.h
msgctl IPC_ linux/msg.h
personality PER_ linux/personality.h
prctl PR_ linux/prctl.h
priority_who PRIO_ linux/resource.h
protocol IPPROTO_ linux/in.h
ptrace PTRACE_ linux/ptrace.h
quotactl Q_ linux/quota.h
reboot LINUX_REBOOT_CMD_ linux/reboot.h
rlimit RLIMIT_ asm/resource.h
rusage RUSAGE_ linux/resource.h
sched SCHED_ linux/sched.h
seccomp SECCOMP_ linux/seccomp.h
seek SEEK_ linux/fs.h
semctl IPC_ linux/sem.h
shmctl IPC_ linux/shm.h
shutdown SHUT_ sys/socket.h
signal SIG asm/signal.h
sigprocmask SIG_ asm/signal.h
socket_level SOL_ sys/socket.h
socket_option SO_ asm/socket.h
socket_type SOCK_ sys/socket.h
socketcall SYS_ linux/net.h
waitid P_ linux/wait.h
`;

function read(rows: string, kind: ParameterSetKind): ParameterSet[] {
  return rows
    .trim()
    .split("\n")
    .map((row) => {
      const [name = "", prefix = "", header = ""] = row.split(" ");
      return { name, kind, prefix, header };
    });
}

/** All sets, those with descriptors first. */
export const parameterSets: readonly ParameterSet[] = [
  ...DESCRIPTORS,
  ...read(FLAGS, "flags"),
  ...read(VALUES, "value"),
];

/** The set with that name; undefined if there is none. */
export function parameterSet(name: string): ParameterSet | undefined {
  return parameterSets.find((each) => each.name === name);
}
