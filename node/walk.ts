/**
 * Walks along a path one component at a time, to see each directory and link that decides where it leads: as
 * host/src/ops/files/walk.rs, for the same judge (src/load/trail.ts).
 */

import type { ByteString, Owned, PlacedRead } from "../src/host.ts";
import { ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR } from "../src/load/errno.ts";
import { isLink } from "../src/load/file-kind.ts";
import { O_CLOEXEC, O_PATH, ownFlags } from "./open-flags.ts";
import { Errno, type Files, failed, type Opened, READING, WORKING_DIRECTORY } from "./reading.ts";

/** Maximum number of links that the kernel follows: path_resolution(7). */
const MAX_LINKS = 40;
/** Maximum number of steps; the longest path that the kernel accepts has half as many components. */
const MAX_STEPS = 4096;
/** PROC_ROOT_INO of include/linux/proc_ns.h at v6.18: the inode of the root of every proc file system. */
const PROC_ROOT = 1n;
/** PROC_SUPER_MAGIC of include/uapi/linux/magic.h. */
const PROC_SUPER_MAGIC = 0x9fa0;

/** An open directory, and its name. */
interface Here {
  readonly fd: number;
  readonly status: Opened;
  readonly path: ByteString;
}

/** Reads a file as `HostFiles.readPlaced`, without a companion. */
export class Walk {
  private readonly trail: number[] = [];
  private way: ByteString = "";
  private directory: Owned | undefined;
  private beyond: ByteString | undefined;
  private readonly open: number[] = [];
  private readonly flags: { readonly directory: number; readonly link: number; readonly noFollow: number };

  constructor(
    private readonly files: Files,
    arch: string,
    private readonly limit: number,
  ) {
    const { directory, noFollow } = ownFlags(arch);
    this.flags = {
      directory: O_PATH | O_CLOEXEC | directory,
      link: O_PATH | O_CLOEXEC | noFollow,
      noFollow,
    };
  }

  /** @param stepwise as that of `HostFiles.readPlaced` */
  read(path: ByteString, stepwise: boolean): PlacedRead {
    let file: ReturnType<Files["read"]>;
    try {
      if (path === "") {
        throw new Errno(ENOENT);
      }
      file = stepwise ? this.walk(path) : this.follow(path);
    } catch (error) {
      file = failed(error);
    } finally {
      for (const fd of this.open) {
        this.files.close(fd);
      }
    }
    return {
      ...file,
      trail: this.trail,
      way: this.way,
      ...(this.directory === undefined ? {} : { directory: this.directory }),
      ...(this.beyond === undefined ? {} : { beyond: this.beyond }),
    };
  }

  /** Leaves path resolution to the kernel. */
  private follow(path: ByteString): ReturnType<Files["read"]> {
    const at = path.lastIndexOf("/") + 1;
    const fd = this.opened(WORKING_DIRECTORY, path.slice(0, at) || ".", this.flags.directory);
    this.directory = this.files.look(fd);
    return this.files.read(fd, path.slice(at) || ".", READING, this.limit);
  }

  /** Goes through the components of the path, and of each link on it. */
  private walk(path: ByteString): ReturnType<Files["read"]> {
    let here = path.startsWith("/") ? this.root() : this.workingDirectory();
    let rest = path;
    for (let links = 0; ; ) {
      if (this.isEndless()) {
        throw new Errno(ENAMETOOLONG);
      }
      const [name, after] = split(rest);
      const last = after === "";
      if (last) {
        this.directory ??= here.status;
      }
      // The component is opened first and then examined, so that it cannot be replaced between the two.
      try {
        if (last) {
          return this.files.read(here.fd, name, READING | this.flags.noFollow, this.limit);
        }
        const fd = this.opened(here.fd, name, this.flags.directory | this.flags.noFollow);
        here = this.arrive(fd, joined(here.path, name));
        rest = after;
      } catch (error) {
        // A link fails with one of these: ELOOP if opened as a file, ENOTDIR if opened as a directory.
        if (!(error instanceof Errno) || (error.errno !== ELOOP && error.errno !== ENOTDIR)) {
          throw error;
        }
        const link = this.opened(here.fd, name, this.flags.link);
        const status = this.files.look(link);
        if (!isLink(status)) {
          throw error;
        }
        links += 1;
        if (links > MAX_LINKS) {
          throw new Errno(ELOOP);
        }
        this.step(joined(here.path, name), status);
        // The kernel does not follow the text of the links of /proc, except the few ordinary ones in its root.
        if (here.status.inode !== PROC_ROOT && this.files.fileSystem(link) === PROC_SUPER_MAGIC) {
          this.beyond = after;
          return this.files.read(here.fd, name + after, READING, this.limit);
        }
        const target = this.files.linkTarget(link);
        if (target === "") {
          throw new Errno(ENOENT);
        }
        here = target.startsWith("/") ? this.root() : here;
        rest = target + after;
      }
    }
  }

  private root(): Here {
    return this.arrive(this.opened(WORKING_DIRECTORY, "/", this.flags.directory), "/");
  }

  /** The working directory; all directories above it are recorded too, since who may rename one of them decides its content. */
  private workingDirectory(): Here {
    const fd = this.opened(WORKING_DIRECTORY, ".", this.flags.directory);
    const start = this.arrive(fd, ".");
    for (let below = start, path = ".."; ; path = joined(path, "..")) {
      if (this.isEndless()) {
        throw new Errno(ENAMETOOLONG);
      }
      const above = this.opened(below.fd, "..", this.flags.directory);
      const status = this.files.look(above);
      // The parent of the root is the root.
      if (status.id === below.status.id && status.mount === below.status.mount) {
        return start;
      }
      below = this.arrive(above, path);
    }
  }

  private arrive(fd: number, path: ByteString): Here {
    const status = this.files.look(fd);
    this.step(path, status);
    return { fd, status, path };
  }

  private step(path: ByteString, { mode, uid }: Owned): void {
    this.trail.push(mode, uid);
    this.way += `${path}\0`;
  }

  private isEndless(): boolean {
    return this.trail.length > 2 * MAX_STEPS;
  }

  private opened(directory: number, name: ByteString, flags: number): number {
    const fd = this.files.open(directory, name, flags);
    this.open.push(fd);
    return fd;
  }
}

/** Splits off the first component. A slash at the end asks for a directory, as `.` does: path_resolution(7). */
function split(rest: ByteString): readonly [name: ByteString, after: ByteString] {
  let start = 0;
  while (rest[start] === "/") {
    start += 1;
  }
  const slash = rest.indexOf("/", start);
  const end = slash < 0 ? rest.length : slash;
  return [rest.slice(start, end) || ".", rest.slice(end)];
}

function joined(directory: ByteString, name: ByteString): ByteString {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}
