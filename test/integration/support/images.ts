/**
 * Images for the tests, made of files of this machine, since there is no registry.
 */

import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PROBE } from "../../support/programs/expect.ts";
import { PROGRAM, runCommand, temporaryDirectory } from "../../support/programs/program.ts";
import type { Engine } from "./docker.ts";

/** What stands at a path of an image. */
export type ImageFile =
  | string
  | { readonly copyOf: string; readonly mode?: number }
  | { readonly linkTo: string };

/** Where the launcher and the probe of test/cli/native are in every image. */
export const LAUNCHER = "/seccomp-exec";
export const PROBE_INSIDE = "/probe";

export const LAUNCHER_AND_PROBE: Readonly<Record<string, ImageFile>> = {
  [LAUNCHER]: { copyOf: PROGRAM },
  [PROBE_INSIDE]: { copyOf: PROBE },
};

/** The programs of busybox that the tests use. */
const APPLETS = ["cat", "echo", "grep", "id", "ls", "readlink", "sh", "sleep", "touch", "true"];

/** busybox, which is one static program. */
export const BUSYBOX: Readonly<Record<string, ImageFile>> = {
  "/bin/busybox": { copyOf: pathOf("busybox") },
  ...Object.fromEntries(APPLETS.map((applet) => [`/bin/${applet}`, { linkTo: "busybox" }])),
};

/** Programs of this machine, each with its loader and its libraries. */
export function dynamicPrograms(...names: readonly string[]): Readonly<Record<string, ImageFile>> {
  const files: Record<string, ImageFile> = {};
  for (const name of names) {
    const path = pathOf(name);
    files[`/bin/${name}`] = { copyOf: path };
    const { stdout } = runCommand(["ldd", path]);
    for (const [, library = ""] of stdout.matchAll(/(?:^|\s)(\/\S+)/gm)) {
      files[library] = { copyOf: library };
    }
  }
  return files;
}

function pathOf(program: string): string {
  return runCommand(["sh", "-c", 'command -v "$1"', "sh", program]).stdout.trim();
}

/** Writes the files of an image below a new directory. */
export function imageDirectory(files: Readonly<Record<string, ImageFile>>): string {
  const directory = temporaryDirectory();
  // It becomes the root directory of the image.
  chmodSync(directory, 0o755);
  for (const [path, file] of Object.entries(files)) {
    const target = join(directory, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    if (typeof file === "string") {
      writeFileSync(target, file);
      chmodSync(target, 0o644);
    } else if ("linkTo" in file) {
      symlinkSync(file.linkTo, target);
    } else {
      copyFileSync(file.copyOf, target);
      chmodSync(target, 0o755);
    }
  }
  return directory;
}

/** Makes an image of nothing but these files; a change is an instruction of a Dockerfile. */
export function importImage(
  engine: Engine,
  name: string,
  files: Readonly<Record<string, ImageFile>>,
  ...changes: readonly string[]
): void {
  const archive = join(temporaryDirectory(), "image.tar");
  const made = runCommand([
    ...["tar", "--numeric-owner", "--owner=0", "--group=0", "--mode=a+rX"],
    ...["-C", imageDirectory(files), "-cf", archive, "."],
  ]);
  if (made.status !== 0) {
    throw new Error(made.stderr);
  }
  engine.succeed("import", ...changes.flatMap((change) => ["--change", change]), archive, name);
}

/** Builds an image by a Dockerfile, in whose context are these files. */
export function buildImage(
  engine: Engine,
  name: string,
  dockerfile: string,
  files: Readonly<Record<string, ImageFile>>,
): string {
  const directory = imageDirectory({ ...files, "/Dockerfile": dockerfile });
  return engine.succeed("build", "--network", "none", "--tag", name, directory);
}
