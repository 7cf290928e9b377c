/**
 * The interface to the native host: the typed mirror of `host/src/ops`, a group for each folder there.
 *
 * The host decides nothing. Each operation is one short sequence of system calls; TypeScript judges its result.
 */

import type { JsonParser } from "./json-places.ts";

/**
 * A byte string: each UTF-16 unit is one byte, 0 to 255 (WebIDL's `ByteString`).
 *
 * Arguments, environment variables and paths are bytes on Linux and need not be UTF-8, so they are never
 * decoded on their way from the caller to the kernel. `decodeBytes` makes one printable.
 */
export type ByteString = string;

/** The operations of a host. Errors come back as errno values, never as exceptions. */
export interface Host
  extends HostProcess,
    HostSupervision,
    HostFiles,
    HostTerminal,
    HostKernel,
    HostText,
    HostBuiltin {}

/**
 * The host itself. Its writes report failure only by their results, which a caller can ignore, so verbs get
 * `VerbHost` instead.
 */
export interface NativeHost extends Host, NativeTerminal {}

/** `ops/process`: what was given to this process, what it may do, and becoming the command. */
export interface HostProcess {
  /** The argument vector, `args[0]` included. */
  readonly args: readonly ByteString[];
  /**
   * The path that execve(2) was given for this process, AT_EXECFN of getauxval(3): relative if the caller's was, and below /dev/fd for
   * fexecve(3). undefined if the kernel does not report it.
   */
  execPath(): ByteString | undefined;
  /** getenv(3). */
  env(name: string): ByteString | undefined;
  /** The names of the environment variables that contain the word, ignoring case, in the environment's order. */
  variables(word: string): readonly ByteString[];
  /** Or the errno of a call that failed, for example because the caller's own filter refuses it. */
  process(): ProcessStatus | number;
  /** Sets no_new_privs if asked to, then calls seccomp(2) and execve(2). Returns only if no filter was installed. */
  installAndExec(request: ExecRequest): InstallFailure;
  /** getpid(2). */
  pid(): number;
  /** 16 hexadecimal digits by getrandom(2). */
  randomDigits(): string;
  /** Microseconds since this process entered `main`, by clock_gettime(CLOCK_MONOTONIC). */
  now(): number;
}

/** What the kernel reports of this process; capability sets are bit masks as in capabilities(7). */
export interface ProcessStatus {
  readonly uid: number;
  readonly euid: number;
  readonly noNewPrivs: boolean;
  /** Hexadecimal digits without a prefix, bit n is the capability with number n. */
  readonly effective: string;
  readonly permitted: string;
  readonly bounding: string;
  readonly ambient: string;
  /** The number of capabilities that the kernel has: the lowest one that prctl(2) PR_CAPBSET_READ rejects. */
  readonly capabilities: number;
}

/** What {@link Host.installAndExec} shall do. */
export interface ExecRequest {
  /** The file to execute; it holds a slash unless it is in the working directory by its bare name. */
  readonly path: ByteString;
  /**
   * Directories separated by colons, as in PATH. The command is tried there by its name if execve(2) fails on the path
   * with an errno after which execvp(3) continues.
   */
  readonly elsewhere?: ByteString;
  /** What may keep the kernel from executing the file; absent if nothing is unusual. */
  readonly doubt?: Doubt;
  /** Index into {@link Host.args} of the command; its arguments follow. */
  readonly firstArg: number;
  /** `argv[0]` of the command, if not `args[firstArg]`. */
  readonly argv0?: ByteString;
  /**
   * The filter, each instruction as four numbers: code, jt, jf, k (unsigned); or as sixteen hexadecimal digits: four of
   * code, two of jt, two of jf, eight of k. Only null means that no filter is installed.
   */
  readonly filter: readonly number[] | string | null;
  /** SECCOMP_FILTER_FLAG_*, as in seccomp(2). */
  readonly flags: number;
  /** Whether to set no_new_privs first, prctl(2) PR_SET_NO_NEW_PRIVS. */
  readonly noNewPrivs: boolean;
  /** {@link SupervisedRequest.mark}, below 2^53; absent: 0. */
  readonly mark?: number;
  /**
   * What to print before the kernel's reason when execve(2) fails. The filter is in force by then, so the host cannot
   * return to the program: it prints, and exits with status 126.
   */
  readonly execFailed: string;
}

/** A file that the kernel possibly cannot execute. */
export interface Doubt {
  /** Whether /bin/sh runs it if the kernel does not know its format (ENOEXEC), as with execvp(3). */
  readonly shell: boolean;
  /** The errno expected of execve(2), 0 for none, and what to print after the kernel's message for it. */
  readonly errno: number;
  readonly reason: string;
}

/** Which step of an operation that starts the command failed before the filter was in force. */
export interface InstallFailure {
  /**
   * `agent`: connecting to its socket. `supervisor`: starting what answers notifications. `namespace`: that process would begin a PID
   * namespace (unshare(2), CLONE_NEWPID).
   */
  readonly step: "agent" | "no_new_privs" | "seccomp" | "supervisor" | "namespace";
  /** The call of the supervisor that failed, as "ioctl(2)"; absent: unknown. */
  readonly call?: string;
  /** 0: seccomp(2) reported success for a filter that the kernel would have refused. */
  readonly errno: number;
}

/**
 * `ops/supervision`: the calls of the command, by the listener of its filter (seccomp_unotify(2)). All but {@link openLog},
 * {@link launchWithAgent} and {@link launchSupervised} are for the process that the latter has made the supervisor.
 */
export interface HostSupervision {
  /** Opens the file to append to, and creates it if needed; the empty path is standard error. 0, or the errno. */
  openLog(path: ByteString): number;
  /** Appends text to the log by a single write(2): 0 if it took all of it, -1 if it took a part, else the errno. */
  log(text: string): number;
  /**
   * As {@link HostProcess.installAndExec}, with a second process that receives the notifications of the filter.
   *
   * @returns null in that process: the command runs. If that process is a child, it returns when there is an event, and exits with
   *     status 0 if there is none until the end. Otherwise this is the process that was started, and no command runs.
   */
  launchSupervised(request: SupervisedRequest): InstallFailure | null;
  /**
   * As {@link HostProcess.installAndExec}. Connects to the socket of a seccomp agent first, and sends it the listener of the filter
   * before the command begins. If that fails, the process prints why, and exits with status 125.
   */
  launchWithAgent(request: AgentRequest): InstallFailure;
  /**
   * Answers calls that are equal to earlier ones, and counts them, until there is something to decide or to report.
   *
   * @param timeout milliseconds after which there is a `tick`; negative: never
   */
  nextEvent(timeout: number): SupervisionEvent;
  /**
   * Answers the call of the last event.
   *
   * @param errno what the call returns to its task; negative: the kernel carries it out
   * @param masks what tells the call from others, the lower and the upper 32 bits of the mask of each argument: equal calls of the
   * same thread, for which {@link readTask} still reads the same, get the same answer without an event. Absent: each is an event
   * @returns whether no more calls can be remembered before {@link repeated} forgets them
   */
  answer(errno: number, masks?: readonly number[]): boolean;
  /**
   * Reads memory of the task that made the call: up to `length` bytes, those before the first that cannot be read.
   *
   * @param address hexadecimal digits
   * @param string whether to stop after a NUL
   * @returns the errno if not even the first byte can be read
   */
  readTask(address: string, length: number, string: boolean): ByteString | number;
  /** Whether the task still waits in that call. If not, what was read belongs to something else. */
  isWaiting(): boolean;
  /** tgkill(2): sends a signal to a thread; where its process is unknown, 0, tkill(2). 0, or the errno. */
  signalTask(process: number, tid: number, signal: number): number;
  /** Stops a task on its way back from its call, by ptrace(2). 0, or the errno; then {@link killTask} must follow. */
  seizeTask(tid: number): number;
  /**
   * Makes a task that was seized, and whose call was answered, call execve(2) with these as the fourth and fifth argument, each 32
   * bits, for which the filter kills it.
   *
   * @returns whether it has died; if not, it got SIGKILL
   */
  killTask(tid: number, fourth: number, fifth: number): boolean;
  /** Whether a task that got a signal dies; waits for that for a tenth of a second. */
  isDying(tid: number): boolean;
  /** Ends the process of a thread by SIGKILL, also the first of a PID namespace, which no signal from within ends. 0, or the errno. */
  endFirstProcess(thread: number): number;
  /**
   * Calls that were made again since they were last reported: the number of the event and how often the call was made, in turns.
   *
   * @param forget whether to remember none of the calls any more
   */
  repeated(forget: boolean): readonly number[];
  /** The calls that were counted ({@link SupervisedRequest.counted}). */
  observed(): readonly ObservedCall[];
  /** The status of wait(2) of the command, if this process is its parent; null while it runs. */
  commandStatus(): number | null;
  /** Ends this process as the status of wait(2) says: with the same exit status, or by the same signal. */
  endAs(status: number): never;
}

/** A timeout of {@link Host.nextEvent} that does not end. */
export const FOR_EVER = -1;
/** An errno of {@link Host.answer} with which the kernel carries the call out. */
export const PROCEED = -1;

/** What {@link Host.launchSupervised} shall do. The filter must have a listener: SECCOMP_FILTER_FLAG_NEW_LISTENER. */
export interface SupervisedRequest extends ExecRequest {
  /**
   * true: this process becomes the supervisor, and the command is its child. false: this process becomes the command, and the
   * supervisor is a child that neither the command nor its terminal can see or reach.
   */
  readonly asParent: boolean;
  /**
   * The fourth argument of the execve(2) that starts the command, 32 bits. The filter must notify that call, and the supervisor lets
   * it proceed when it is ready.
   */
  readonly mark: number;
  /**
   * All notified calls are carried out and counted. For the calls whose arguments matter: AUDIT_ARCH_*, number, and the lower and
   * upper 32 bits of the mask of each of the six arguments. Absent: each call is an event.
   */
  readonly counted?: readonly number[];
}

/** What {@link Host.launchWithAgent} shall do. The filter must have a listener: SECCOMP_FILTER_FLAG_NEW_LISTENER. */
export interface AgentRequest extends ExecRequest {
  /** As {@link SupervisedRequest.mark}; the host answers that call itself. */
  readonly mark: number;
  /** The path of a Unix socket (SOCK_STREAM), at most 107 bytes. */
  readonly socket: ByteString;
  /** The text that goes with the listener. */
  readonly state: string;
  /** What to print before the kernel's reason when it cannot be sent. */
  readonly sendFailed: string;
}

/** A counted call. */
export interface ObservedCall {
  /** AUDIT_ARCH_*, unsigned. */
  readonly arch: number;
  /** With x32's bit. */
  readonly nr: number;
  /** Six numbers in hexadecimal digits; what does not matter is 0. */
  readonly args: readonly string[];
  readonly count: number;
}

/** What {@link Host.nextEvent} reports. Times are microseconds since 1970. */
export type SupervisionEvent =
  | CallEvent
  /** A call equal to the one of that event: made 10, 100, 1000, ... times by now. */
  | { readonly kind: "repeated"; readonly time: number; readonly number: number; readonly count: number }
  /** No task is under the filter any more. */
  | { readonly kind: "ended"; readonly time: number }
  /** A signal asks to end; the command has ended, and other tasks are under the filter. */
  | { readonly kind: "interrupted"; readonly signal: number }
  | { readonly kind: "tick" };

/** A task waits in a call until {@link Host.answer}. */
export interface CallEvent {
  readonly kind: "call";
  readonly time: number;
  /** Counts these events, from 0. */
  readonly number: number;
  /** The thread, as this process sees it. */
  readonly tid: number;
  /** AUDIT_ARCH_*, unsigned. */
  readonly arch: number;
  /** Unsigned. */
  readonly nr: number;
  /** Six numbers in hexadecimal digits. */
  readonly args: readonly string[];
  /** The text of /proc/TID/status (proc(5)); empty if it cannot be read. */
  readonly status: string;
}

/** `ops/files`: files and directories. */
export interface HostFiles {
  /**
   * Opens the file once (O_RDONLY, O_CLOEXEC, O_NOCTTY, O_NONBLOCK), calls fstat(2) on that descriptor,
   * and reads from the same descriptor if it is a regular file of at most `limit` bytes.
   */
  readFile(path: ByteString, limit: number): FileRead;
  /**
   * As {@link readFile}, and also reads a companion file: its name has the suffix, and it must not be a link. The directory is
   * opened once, and both files are opened in it.
   *
   * @param suffix empty: no companion is read
   * @param stepwise whether each component of the path, and of the links on it, is opened by itself and examined; for a
   * relative path also each directory above the working directory. Otherwise the kernel resolves the path to the directory.
   */
  readPlaced(path: ByteString, limit: number, suffix: ByteString, stepwise: boolean): PlacedRead;
  /** As {@link readFile}, for binary files. */
  readBytes(path: ByteString, limit: number): BytesRead;
  /** Reads an open descriptor (0: standard input) to its end; or an errno, EFBIG if there are more bytes than the limit. */
  readInput(limit: number, descriptor: number): ByteString | number;
  /**
   * Writes to what exists: a device, a pipe, or a file, whose content is replaced. 0, or the errno of the call that
   * failed; a file that was opened is then empty.
   */
  writeFile(path: ByteString, bytes: ByteString): number;
  /**
   * Writes a new file next to it and renames it over the path, so that readers see either the old content or the new. 0, or
   * the errno of the call that failed; nothing has changed then.
   *
   * @param keep true: keeps mode and owner, refuses to replace a file that is not writable, and makes a new file by the
   * umask; false: makes the file readable for all users
   */
  replaceFile(path: ByteString, bytes: ByteString, keep: boolean): number;
  /** What the path names, without following a symbolic link at its end; or the errno. */
  lookAt(path: ByteString): PathStatus | number;
  /** The names in a directory without `.` and `..`, unordered; or the errno. */
  listDirectory(path: ByteString): readonly ByteString[] | number;
  /**
   * Whether execve(2) can be tried on the path: 0 for a regular file that the effective ids may execute; {@link LOOK_CLOSER}
   * if that file is neither an executable for this machine nor a script, or its interpreter is not executable; EACCES if
   * the path exists and is not executable (also for a directory), else the errno of stat(2).
   */
  probeExecutable(path: ByteString): number;
  /** The first 4096 bytes of a file, or all of a shorter one; or an errno. */
  readHead(path: ByteString): ByteString | number;
  /** Whether two paths lead to the same file, by device and inode of stat(2); or the errno. */
  sameFile(path: ByteString, other: ByteString): boolean | number;
  /** stat(2), and whether its mount forbids execution. */
  permissions(path: ByteString): Permissions;
  /** 0 if the path exists, even as a dangling link, or the errno of lstat(2). */
  probeLink(path: ByteString): number;
  /** 0 if the effective ids may write to what the path names, or the errno of faccessat2(2). */
  mayWrite(path: ByteString): number;
}

/** Owner and mode of a file, a directory or a link, by fstat(2) of its descriptor. */
export interface Owned {
  /** The whole `st_mode`: the kind (S_IFMT), and the permission bits. */
  readonly mode: number;
  readonly uid: number;
  /** The number of the mount through which it was reached (statx(2), STATX_MNT_ID); absent if the kernel does not report it. */
  readonly mount?: number;
}

/** What fstat(2) reports of a descriptor. */
export interface FileStatus extends Owned {
  /** Bytes. */
  readonly size: number;
  /** Number of hard links: `st_nlink`. */
  readonly links: number;
  /** Whether there was more to read than its size: a file that is being written, or a file of /proc. */
  readonly grown: boolean;
}

/** The outcome of {@link Host.readFile}. */
export interface FileRead extends FileStatus {
  /** 0, or the errno of the call that failed; the other fields are then 0 or absent. */
  readonly errno: number;
  /** The text; absent if the file is not regular, larger than the limit, or not UTF-8. */
  readonly text?: string;
  /** If the file is not UTF-8: line and column, from 1 and in UTF-16 units, of the first invalid byte. */
  readonly invalidUtf8?: readonly [line: number, column: number];
}

/** The outcome of {@link Host.readPlaced}. */
export interface PlacedRead extends FileRead {
  /** The directory in which the last name of the path was looked up; absent if it was not reached. */
  readonly directory?: Owned;
  /** The companion file; absent if not asked for, or if the directory was not reached. */
  readonly beside?: FileRead;
  /**
   * The directories and links on the path, in order, as far as it was resolved: `st_mode` and owner of each. Empty if the
   * kernel resolved the path.
   */
  readonly trail: readonly number[];
  /** The path of each of these, each followed by a NUL: as written in the path or, after a link, as in the link. */
  readonly way: ByteString;
  /**
   * If the last of these is a link that does not lead where its text says, like those in /proc/PID/fd: the rest of the path,
   * which the kernel resolved.
   */
  readonly beyond?: ByteString;
}

/** The outcome of {@link Host.readBytes}. */
export interface BytesRead extends FileStatus {
  /** 0, or the errno of the call that failed; the other fields are then 0 or absent. */
  readonly errno: number;
  /** The content; absent if the file is not regular or is larger than the limit. */
  readonly bytes?: ByteString;
}

/** The outcome of {@link Host.lookAt}. */
export interface PathStatus extends Owned {
  /** The directory that holds it, from whose descriptor it was opened. */
  readonly directory: Owned;
  /** `f_type` of statfs(2): the kind of file system. */
  readonly fileSystem: number;
  /** The target of a symbolic link; absent if it is not a link. */
  readonly link?: ByteString;
}

/** A result of {@link Host.probeExecutable} that is not an errno. */
export const LOOK_CLOSER = -1;

/** The outcome of {@link Host.permissions}. */
export interface Permissions {
  /** 0, or the errno of stat(2); the other fields are then absent. */
  readonly errno: number;
  /** The whole `st_mode`. */
  readonly mode?: number;
  readonly uid?: number;
  readonly noexec?: boolean;
}

/** `ops/terminal`: standard output and standard error. */
export interface HostTerminal {
  /** isatty(3). */
  isTerminal(fd: 1 | 2): boolean;
  /** The columns of a terminal, TIOCGWINSZ of ioctl_tty(2); undefined if it is none or does not know. */
  terminalWidth(fd: 1 | 2): number | undefined;
}

/** The rest of `ops/terminal`. */
export interface NativeTerminal {
  /** Writes the whole text, as UTF-8; 0, or the errno of the call that failed. */
  write(fd: 1 | 2, text: string): number;
  /** Writes all bytes to standard output; 0, or the errno of the call that failed. */
  writeBytes(bytes: ByteString): number;
  /** Closes standard output; 0, or the errno: some file systems report a failed write only here. */
  closeOutput(): number;
}

/** `ops/kernel`: the kernel's version and abilities. */
export interface HostKernel {
  /** Name of the architecture that this executable was built for, as in `tables/architectures.ts`. */
  readonly arch: string;
  /** The `release` of uname(2), for example "6.1.0-28-amd64". */
  kernelRelease(): string;
  /** strerror(3) in the C locale. */
  errorMessage(errno: number): string;
  /**
   * The errno of seccomp(SECCOMP_SET_MODE_FILTER, flags, NULL): EFAULT if the kernel knows all the flags,
   * EINVAL if it does not, ENOSYS if it has no seccomp(2).
   */
  probeSeccompFlags(flags: number): number;
  /**
   * The filters of a process, the oldest first, each with sixteen hexadecimal digits an instruction. Takes
   * CAP_SYS_ADMIN, and stops the process for a moment (PTRACE_SECCOMP_GET_FILTER of ptrace(2)).
   *
   * @returns an errno: EIO if the kernel cannot (CONFIG_CHECKPOINT_RESTORE), EACCES if this process may not
   */
  readFilters(pid: number): readonly string[] | number;
}

/** `ops/text`: what would be slow in TypeScript. */
export interface HostText {
  /** SHA-256 of the text in UTF-8 (FIPS 180-4), in hexadecimal digits. */
  sha256(text: string): string;
  /** Adler-32 of the text in UTF-8 (RFC 1950, section 8.2). */
  adler32(text: string): number;
  /**
   * Whether JSON.parse, which has accepted the text, lost nothing: no object has duplicate keys, numbers are
   * written as integers and exact, and no string has an escape. May be false for such a text, never true for another.
   */
  jsonIsPlain(text: string): boolean;
  /** The positions of the values in a JSON text, and its syntax errors. */
  readonly jsonPlaces: JsonParser;
}

/** `ops/builtin`: what is compiled in. */
export interface HostBuiltin {
  /** The text of a profile that is compiled in, by its file name; undefined if there is none. */
  builtinProfile(name: string): string | undefined;
  /** SHA-256 of the program's bundles, in hexadecimal digits: a program uses only the filters that it compiled. */
  readonly compilerDigest: string;
  /** The prepared filters of the profiles that are compiled in, by file name: `PreparedFilters`. */
  readonly builtinFilters: Readonly<Partial<Record<string, unknown>>>;
  /** The names of the profiles that are compiled in. */
  readonly builtinProfiles: readonly string[];
  /** Loads the toolkit's bundle into this QuickJS and runs its main function; returns its exit status. */
  runToolkit(): number;
  /** The same with the bundle of the supervisor. */
  runAuditor(): number;
}
