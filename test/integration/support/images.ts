/**
 * Images for the tests, made of files of this machine, since there is no registry.
 */

import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PROBE } from "../../support/programs/expect.ts";
import { PROGRAM, runCommand, temporaryDirectory } from "../../support/programs/program.ts";
import type { DockerLike } from "./engine.ts";

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

/** Writes these files as an archive, which every user can read. */
function layer(files: Readonly<Record<string, ImageFile>>): string {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  const archive = join(directory, "layer.tar");
  archived(archive, imageDirectory(files));
  return archive;
}

function archived(archive: string, directory: string): void {
  const made = runCommand([
    ...["tar", "--numeric-owner", "--owner=0", "--group=0", "--mode=a+rX"],
    ...["-C", directory, "-cf", archive, "."],
  ]);
  if (made.status !== 0) {
    throw new Error(made.stderr);
  }
}

/** Makes an image of nothing but these files; a change is an instruction of a Dockerfile. */
export function importImage(
  engine: DockerLike,
  name: string,
  files: Readonly<Record<string, ImageFile>>,
  ...changes: readonly string[]
): void {
  engine.succeed("import", ...changes.flatMap((change) => ["--change", change]), layer(files), name);
}

/** Builds an image by a Dockerfile, in whose context are these files. */
export function buildImage(
  engine: DockerLike,
  name: string,
  dockerfile: string,
  files: Readonly<Record<string, ImageFile>>,
): string {
  const directory = imageDirectory({ ...files, "/Dockerfile": dockerfile });
  return engine.succeed("build", "--network", "none", "--tag", name, directory);
}

/** What is run in an image: of an image's configuration (OCI image-spec, config.md) what the tests need. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
}

/** Writes an image of nothing but these files as an archive of the OCI image-spec; returns its path. */
export function ociArchive(
  name: string,
  files: Readonly<Record<string, ImageFile>>,
  config: ImageConfig,
): string {
  const directory = temporaryDirectory();
  const blobs = join(directory, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const blob = (mediaType: string, content: Buffer | object): Descriptor => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const digest = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(join(blobs, digest), bytes);
    return { mediaType, digest: `sha256:${digest}`, size: bytes.length };
  };
  const kind = "application/vnd.oci.image";
  const only = blob(`${kind}.layer.v1.tar`, readFileSync(layer(files)));
  const machine = { architecture: process.arch === "x64" ? "amd64" : process.arch, os: "linux" };
  const rootfs = { type: "layers", diff_ids: [only.digest] };
  const described = blob(`${kind}.config.v1+json`, { ...machine, config, rootfs });
  const manifest = blob(`${kind}.manifest.v1+json`, {
    schemaVersion: 2,
    config: described,
    layers: [only],
  });
  const annotations = { "io.containerd.image.name": name };
  writeFileSync(
    join(directory, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  writeFileSync(join(directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const archive = join(temporaryDirectory(), "image.tar");
  archived(archive, directory);
  return archive;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}
