/**
 * The part of the host that launches and this library share: what the launcher does by its native operations, this does by Node and
 * system calls. So the stages that read a profile, look for a command and explain a failure are the launcher's own.
 */

import { lstatSync, readdirSync, statSync } from "node:fs";
import type { ByteString, Host, Permissions } from "../src/host.ts";
import { LOOK_CLOSER } from "../src/host.ts";
import { builtinProfiles } from "../src/library/builtin.ts";
import { EACCES, ENOSYS } from "../src/load/errno.ts";
import { isRegular } from "../src/load/file-kind.ts";
import { EPERM } from "../src/tables/errnos.ts";
import { cString, holdsNul, type Native, NUL_IN_PATH } from "./native.ts";
import { processStatus } from "./process-status.ts";
import { Errno, Files, failed, READING, WORKING_DIRECTORY } from "./reading.ts";
import { Walk } from "./walk.ts";

/** The operations that the stages used here ask for. */
export type NodeHost = Pick<
  Host,
  | "arch"
  | "args"
  | "builtinProfile"
  | "builtinProfiles"
  | "env"
  | "errorMessage"
  | "kernelRelease"
  | "listDirectory"
  | "permissions"
  | "probeExecutable"
  | "probeLink"
  | "probeSeccompFlags"
  | "process"
  | "readFile"
  | "readHead"
  | "readPlaced"
>;

/** seccomp(2) */
const SECCOMP_SET_MODE_FILTER = 1;
/** faccessat2(2): with the effective ids. */
const X_OK = 1;
const AT_EACCESS = 0x200;
/** Bytes of a file that show what it is. */
const HEAD = 4096;
/** ST_NOEXEC of statfs(2), in `f_flags`: the eleventh word of struct statfs on machines of 64 bits. */
const ST_NOEXEC = 8;
const F_FLAGS = 10 * 8;

/**
 * @param environment in which commands are looked up
 */
export function nodeHost(native: Native, arch: string, environment: NodeJS.ProcessEnv = process.env): Host {
  const files = new Files(native);
  const host: NodeHost = {
    arch,
    args: [],
    env: (name) => bytesOf(environment[name]),
    process: () => processStatus(native),
    kernelRelease: () => kernelRelease(native),
    errorMessage: (errno) => native.errorMessage(errno),
    probeSeccompFlags: (flags) => -native.call("seccomp", SECCOMP_SET_MODE_FILTER, flags, 0),
    builtinProfiles: Object.keys(builtinProfiles),
    builtinProfile: (name) => (builtinProfiles as Readonly<Record<string, string>>)[name],
    readFile: (path, limit) => orErrno(() => files.read(WORKING_DIRECTORY, path, READING, limit), failed),
    readPlaced: (path, limit, _suffix, stepwise) => new Walk(files, arch, limit).read(path, stepwise),
    readHead: (path) => headOf(files, native, path),
    listDirectory: (path) => listDirectory(path),
    probeLink: (path) => {
      const status = statusBy(lstatSync, path);
      return typeof status === "number" ? status : 0;
    },
    probeExecutable: (path) => probeExecutable(native, path),
    permissions: (path) => permissions(native, path),
  };
  return host as Partial<Host> as Host;
}

function bytesOf(text: string | undefined): ByteString | undefined {
  return text === undefined ? undefined : Buffer.from(text, "utf8").toString("latin1");
}

function orErrno<T, F>(attempt: () => T, otherwise: (error: unknown) => F): T | F {
  try {
    return attempt();
  } catch (error) {
    return otherwise(error);
  }
}

function errnoOf(error: unknown): number {
  if (!(error instanceof Errno)) {
    throw error;
  }
  return error.errno;
}

/** The errno of a call on a path, or 0. */
function probe(path: ByteString, call: (path: Buffer) => number): number {
  return holdsNul(path) ? NUL_IN_PATH : Math.max(0, -call(cString(path)));
}

/** `release` of uname(2): the third of the fields of 65 bytes. */
function kernelRelease(native: Native): ByteString {
  const names = Buffer.alloc(6 * 65);
  native.call("uname", names);
  const release = names.toString("latin1", 2 * 65, 3 * 65);
  return release.slice(0, release.indexOf("\0"));
}

function headOf(files: Files, native: Native, path: ByteString): ByteString | number {
  return orErrno(() => {
    const fd = files.open(WORKING_DIRECTORY, path, READING);
    try {
      const head = Buffer.alloc(HEAD);
      const length = native.call("read", fd, head, HEAD);
      return length < 0 ? -length : head.toString("latin1", 0, length);
    } finally {
      files.close(fd);
    }
  }, errnoOf);
}

function listDirectory(path: ByteString): readonly ByteString[] | number {
  return orErrno(() => readdirSync(bufferOf(path), "latin1"), errnoOfNode);
}

/** The errno of a failed function of node:fs. */
function errnoOfNode(error: unknown): number {
  const { errno } = error as NodeJS.ErrnoException;
  return errno === undefined ? NUL_IN_PATH : -errno;
}

function bufferOf(path: ByteString): Buffer {
  return Buffer.from(path, "latin1");
}

/** What stat(2) or lstat(2) reports; or the errno. */
function statusBy(
  stat: (path: Buffer) => { mode: number; uid: number },
  path: ByteString,
): { readonly mode: number; readonly uid: number } | number {
  return orErrno(() => {
    const { mode, uid } = stat(bufferOf(path));
    return { mode, uid };
  }, errnoOfNode);
}

/**
 * As `HostFiles.probeExecutable`, which lets most files pass without a closer look; here each is looked at, since starting Node has
 * taken far longer.
 */
function probeExecutable(native: Native, path: ByteString): number {
  const status = statusBy(statSync, path);
  if (typeof status === "number") {
    return status;
  }
  if (!isRegular(status)) {
    return EACCES;
  }
  // An old kernel or a filter may not have the call; then trying finds out.
  const errno = probe(path, (at) => native.call("faccessat2", WORKING_DIRECTORY, at, X_OK, AT_EACCESS));
  return errno === 0 || errno === ENOSYS || errno === EPERM ? LOOK_CLOSER : errno;
}

function permissions(native: Native, path: ByteString): Permissions {
  const status = statusBy(statSync, path);
  if (typeof status === "number") {
    return { errno: status };
  }
  const system = Buffer.alloc(256);
  const known = probe(path, (at) => native.call("statfs", at, system)) === 0;
  return {
    errno: 0,
    ...status,
    noexec: known && (Number(system.readBigUInt64LE(F_FLAGS)) & ST_NOEXEC) !== 0,
  };
}
