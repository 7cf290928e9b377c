/**
 * The whole surface between the program and the world: the typed mirror of `host/src/ops`, a group for each folder there.
 *
 * The host decides nothing. Every op is one short system call sequence, and what its result means is judged
 * here, in TypeScript.
 */

import type { JsonParser } from "./json-places.ts";

/**
 * A byte string: each UTF-16 unit is one byte, 0 to 255 (WebIDL's `ByteString`).
 *
 * Arguments, environment variables and paths are bytes in Linux and need not be UTF-8, so they are never
 * decoded on their way from the caller to the kernel. To show one to a person, see `decodeBytes`.
 */
export type ByteString = string;

/** The operations of a host. Errors come back as errno values, never as exceptions. */
export interface Host extends HostProcess, HostFiles, HostTerminal, HostKernel, HostText, HostBuiltin {}

/**
 * The host as it is. A call to one of these does not fail unless its result is looked at, so the verbs are given
 * `VerbHost` in their place.
 */
export interface NativeHost extends Host, NativeTerminal {}

/** `ops/process`: what was given to this process, what it may do, and becoming the command. */
export interface HostProcess {
  /** The argument vector, `args[0]` included. */
  readonly args: readonly ByteString[];
  /** getenv(3). */
  env(name: string): ByteString | undefined;
  /** The names of the environment variables that have the word in them, in capitals or not, in their order. */
  variables(word: string): readonly ByteString[];
  /** Or the errno of a call that failed, as it does under a filter of the caller's that refuses it. */
  process(): ProcessStatus | number;
  /** In one go: no_new_privs if asked for, seccomp(2), execve(2). Returns only if nothing was installed. */
  installAndExec(request: ExecRequest): InstallFailure;
  /** Microseconds since this process came to its `main`, by clock_gettime(CLOCK_MONOTONIC). */
  now(): number;
}

/** What the kernel says of this process; capability sets are bit masks as in capabilities(7), as hexadecimal. */
export interface ProcessStatus {
  readonly uid: number;
  readonly euid: number;
  readonly noNewPrivs: boolean;
  /** Hexadecimal digits without a prefix, bit n is the capability with number n. */
  readonly effective: string;
  readonly permitted: string;
  readonly bounding: string;
  readonly ambient: string;
  /** How many capabilities the kernel says that it has: the least number that prctl(2) PR_CAPBSET_READ does not know. */
  readonly capabilities: number;
}

/** What {@link Host.installAndExec} is to do. */
export interface ExecRequest {
  /** The file to execute; it holds a slash unless it is in the working directory by its bare name. */
  readonly path: ByteString;
  /**
   * Directories separated by colons, as in PATH: where the command is tried by its name if execve(2) fails on the path in a way
   * after which execvp(3) goes on.
   */
  readonly elsewhere?: ByteString;
  /** What is known of the file at the path; absent where nothing about it is out of the ordinary. */
  readonly doubt?: Doubt;
  /** Index into {@link Host.args} of the command; what follows it are the command's arguments. */
  readonly firstArg: number;
  /** `argv[0]` of the command, where it is not `args[firstArg]`. */
  readonly argv0?: ByteString;
  /**
   * The filter as four numbers an instruction: code, jt, jf, k (unsigned); or as sixteen hexadecimal digits: four of code,
   * two of jt, two of jf, eight of k. null, and nothing else: no filter is installed.
   */
  readonly filter: readonly number[] | string | null;
  /** SECCOMP_FILTER_FLAG_*, as in seccomp(2). */
  readonly flags: number;
  /** Whether to set no_new_privs first, prctl(2) PR_SET_NO_NEW_PRIVS. */
  readonly noNewPrivs: boolean;
  /**
   * What to print before the kernel's reason when execve(2) fails. The filter is in force by then, so the
   * host can no longer come back to the program: it prints, and ends with status 126.
   */
  readonly execFailed: string;
}

/** What is known of a file that the kernel may not be able to execute. */
export interface Doubt {
  /** Whether /bin/sh is to run it where the kernel does not know its format (ENOEXEC), as execvp(3) has it. */
  readonly shell: boolean;
  /** The errno that is expected of execve(2), 0 for none, and what to print behind the kernel's words for it. */
  readonly errno: number;
  readonly reason: string;
}

/** Which call of {@link Host.installAndExec} failed before the filter was in force. */
export interface InstallFailure {
  readonly step: "no_new_privs" | "seccomp";
  /** 0: seccomp(2) said that it had installed a filter that the kernel would have refused. */
  readonly errno: number;
}

/** `ops/files`: files and directories. */
export interface HostFiles {
  /**
   * Opens the file once (O_RDONLY, O_CLOEXEC, O_NOCTTY, O_NONBLOCK), looks at that descriptor with fstat(2),
   * and reads from that same descriptor if it is a regular file of at most `limit` bytes.
   */
  readFile(path: ByteString, limit: number): FileRead;
  /**
   * As {@link readFile}, and keeps to one directory: it is opened once, and both the file and the one beside it, whose name
   * has a suffix and which may be no link, are opened in it.
   *
   * @param suffix empty: nothing beside it is read
   * @param stepwise whether each component of the path, and of the links on it, is opened by itself and looked at; and where the
   * path is relative, each directory above the working directory. Else the way to the directory is left to the kernel.
   */
  readPlaced(path: ByteString, limit: number, suffix: ByteString, stepwise: boolean): PlacedRead;
  /** As {@link readFile}, for files that are no text. */
  readBytes(path: ByteString, limit: number): BytesRead;
  /** Reads an open descriptor (0: standard input) to its end; or an errno: EFBIG where it has more bytes than the limit. */
  readInput(limit: number, descriptor: number): ByteString | number;
  /**
   * Writes to what is there already: a device, a pipe, or a file, whose content is replaced. 0, or the errno of the call that
   * failed; a file is empty then, if it was opened at all.
   */
  writeFile(path: ByteString, bytes: ByteString): number;
  /**
   * Writes a new file beside it, and gives that its name: whoever opens it sees the old content or the new one. 0, or the
   * errno of the call that failed; then nothing has changed.
   *
   * @param keep true: mode and owner stay as they are, a file that may not be written to stays, and a new one is as the umask
   * has it; false: everybody may read it
   */
  replaceFile(path: ByteString, bytes: ByteString, keep: boolean): number;
  /** What the path names, a symbolic link itself rather than what it leads to; or the errno. */
  lookAt(path: ByteString): PathStatus | number;
  /** The names in a directory without `.` and `..`, in no order; or the errno. */
  listDirectory(path: ByteString): readonly ByteString[] | number;
  /**
   * Whether execve(2) may be tried on the path: 0 for a regular file that the effective ids may execute, {@link LOOK_CLOSER}
   * where it is such a file, but neither an executable for this machine nor a script, or its interpreter may not be executed;
   * EACCES for what is there and may not be executed (a directory too), else the errno of stat(2).
   */
  probeExecutable(path: ByteString): number;
  /** The first 4096 bytes of a file, or what it has; or an errno. */
  readHead(path: ByteString): ByteString | number;
  /** stat(2), and whether execution is forbidden where it is mounted. */
  permissions(path: ByteString): Permissions;
  /** 0 if there is anything at that path, even a link that leads nowhere, or the errno of lstat(2). */
  probeLink(path: ByteString): number;
}

/** Whose a file, a directory or a link is, by fstat(2) of its descriptor. */
export interface Owned {
  /** The whole `st_mode`: the kind (S_IFMT), and the permission bits. */
  readonly mode: number;
  readonly uid: number;
  /** The number of the mount through which it was reached (statx(2), STATX_MNT_ID); absent where the kernel does not say. */
  readonly mount?: number;
}

/** What a descriptor turned out to be, by fstat(2). */
export interface FileStatus extends Owned {
  /** Bytes. */
  readonly size: number;
  /** How many names it has: `st_nlink`. */
  readonly links: number;
  /** Whether there was more to read than the size said: of a file that is being written, and of files of /proc. */
  readonly grown: boolean;
}

/** The outcome of {@link Host.readFile}. */
export interface FileRead extends FileStatus {
  /** 0, or the errno of the call that failed; the other fields are then 0 or absent. */
  readonly errno: number;
  /** The text; absent where the file is not regular, is larger than the limit, or is not UTF-8. */
  readonly text?: string;
  /** Where the file is not UTF-8: line and column, from 1 and in UTF-16 units, of the first byte that is not part of it. */
  readonly invalidUtf8?: readonly [line: number, column: number];
}

/** The outcome of {@link Host.readPlaced}. */
export interface PlacedRead extends FileRead {
  /** The directory in which the last name of the path was looked up; absent where it was not reached. */
  readonly directory?: Owned;
  /** What stands beside the file; absent where it was not asked for, or the directory was not reached. */
  readonly beside?: FileRead;
  /**
   * The directories and links that were passed on the way, in that order, as far as it led: of each its `st_mode`, and then its
   * owner. Empty where the way was left to the kernel.
   */
  readonly trail: readonly number[];
  /** The path of each of these with a NUL behind it: as it is written in the path or, behind a link, as the link says. */
  readonly way: ByteString;
  /**
   * Where the last of these is a link that leads elsewhere than its text says, as those in /proc/PID/fd do: what of the path
   * stood behind it. The kernel was left to go on from there.
   */
  readonly beyond?: ByteString;
}

/** The outcome of {@link Host.readBytes}. */
export interface BytesRead extends FileStatus {
  /** 0, or the errno of the call that failed; the other fields are then 0 or absent. */
  readonly errno: number;
  /** The content; absent where the file is not regular or is larger than the limit. */
  readonly bytes?: ByteString;
}

/** The outcome of {@link Host.lookAt}. */
export interface PathStatus extends Owned {
  /** In which it stands: the two were opened one from the other. */
  readonly directory: Owned;
  /** `f_type` of statfs(2): in what kind of file system it is. */
  readonly fileSystem: number;
  /** Where a symbolic link leads; absent where it is none. */
  readonly link?: ByteString;
}

/** An answer of {@link Host.probeExecutable}, beside the errnos. */
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
}

/** What else is in `ops/terminal`. */
export interface NativeTerminal {
  /** Writes the whole text, as UTF-8; 0, or the errno of the call that failed. */
  write(fd: 1 | 2, text: string): number;
  /** Writes all bytes to standard output; 0, or the errno of the call that failed. */
  writeBytes(bytes: ByteString): number;
  /** Closes standard output; 0, or the errno: some file systems tell only now of a write that failed. */
  closeOutput(): number;
}

/** `ops/kernel`: what the kernel is, and what it can. */
export interface HostKernel {
  /** Name of the architecture that this executable was built for, as in `tables/architectures.ts`. */
  readonly arch: string;
  /** The `release` of uname(2), for example "6.1.0-28-amd64". */
  kernelRelease(): string;
  /** strerror(3) in the C locale. */
  errorMessage(errno: number): string;
  /**
   * The errno of seccomp(SECCOMP_SET_MODE_FILTER, flags, NULL): EFAULT where the kernel knows all the flags,
   * EINVAL where it does not, ENOSYS where it has no seccomp(2).
   */
  probeSeccompFlags(flags: number): number;
}

/** `ops/text`: what would be slow in TypeScript. */
export interface HostText {
  /** SHA-256 of the text in UTF-8 (FIPS 180-4), in hexadecimal digits. */
  sha256(text: string): string;
  /** Adler-32 of the text in UTF-8 (RFC 1950, section 8.2). */
  adler32(text: string): number;
  /**
   * Whether JSON.parse, which has taken the text, has lost nothing of it: no key stands twice in an object, numbers
   * are written as integers and exact, and no string has an escape. False also where that is hard to say.
   */
  jsonIsPlain(text: string): boolean;
  /** Where the values of a JSON text stand, and where it is no JSON. */
  readonly jsonPlaces: JsonParser;
}

/** `ops/builtin`: what is compiled in. */
export interface HostBuiltin {
  /** The text of a profile that is compiled in, by its file name; undefined where there is none. */
  builtinProfile(name: string): string | undefined;
  /** SHA-256 of the program's bundles, in hexadecimal digits: filters are used only by the program that compiled them. */
  readonly compilerDigest: string;
  /** The filters that were prepared of the profiles that are compiled in, by file name: `PreparedFilters`. */
  readonly builtinFilters: Readonly<Partial<Record<string, unknown>>>;
  /** The names of the profiles that are compiled in. */
  readonly builtinProfiles: readonly string[];
  /** Loads the toolkit's bundle into this QuickJS and runs its main function; returns its exit status. */
  runToolkit(): number;
}
