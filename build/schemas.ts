/**
 * Writes the JSON Schemas of all formats as files for editors: each is self-contained and lists the known words, for
 * completion and checks.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { dockerArchWord } from "../src/engines/docker.ts";
import { isKnownToMesos } from "../src/engines/mesos.ts";
import { podmanArchWord } from "../src/engines/podman.ts";
import { commentPattern } from "../src/profile/comment-key.ts";
import { architectures } from "../src/tables/architectures.ts";
import { capabilityCount, capabilityName } from "../src/tables/capabilities.ts";
import { errnoNames } from "../src/tables/errnos.ts";
import { syscallNames } from "../src/tables/syscalls.ts";
import { OUTPUT_SCHEMAS } from "./output-schemas.ts";

const SOURCES = "src/profile/schema";
const PUBLISHED = "build/out/schema";

/** The formats that a profile can be written in. */
export const FORMATS = ["docker", "podman", "oci", "oci-config", "mesos"] as const;

/** Docker's own profile also has x32, which never matches; nor does mipsel64n32, for which Docker has no word. */
const WORDS_OF_DOCKER = [...architectures.map(dockerArchWord), "x32", "mipsel64n32"].filter(
  (word) => word !== undefined,
);

/** libseccomp-golang's names, which containers/common uses. */
const WORDS_OF_PODMAN = architectures.map(podmanArchWord);

type Schema = Readonly<Record<string, unknown>>;

/** The definitions that the schema sources leave to the tables. */
function wordsOf(format: string): Readonly<Record<string, Schema>> {
  const syscalls = format === "mesos" ? syscallNames().filter(isKnownToMesos) : syscallNames();
  return {
    syscall: { enum: syscalls },
    ...(format === "mesos"
      ? {}
      : {
          architecture: { enum: architectures.map(({ scmp }) => scmp) },
          archWord: { enum: format === "docker" ? WORDS_OF_DOCKER : WORDS_OF_PODMAN },
          capability: { enum: Array.from({ length: capabilityCount }, (_, bit) => capabilityName(bit)) },
          errnoName: { enum: errnoNames() },
          kernelVersion: { type: "string", pattern: "^[0-9]{1,3}\\.[0-9]{1,3}$" },
        }),
  };
}

/** The self-contained schema of a format. */
export function published(format: string): Schema {
  const definitions: Record<string, unknown> = {};
  const { $id: _, ...schema } = load(`${format}.schema.json`);
  const rest = inline(schema, `${format}.schema.json`, definitions, wordsOf(format)) as Schema;
  return Object.keys(definitions).length === 0 ? rest : { ...rest, definitions };
}

function load(file: string): Schema {
  return JSON.parse(readFileSync(`${SOURCES}/${file}`, "utf8")) as Schema;
}

/** Copies the targets of references into `definitions`, and redirects the references. */
function inline(
  value: unknown,
  file: string,
  definitions: Record<string, unknown>,
  words: Readonly<Record<string, Schema>>,
): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => inline(item, file, definitions, words));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  // An object that takes no other keys still takes comments, as every engine does.
  const all: object =
    "additionalProperties" in value ? { ...value, patternProperties: { [commentPattern()]: true } } : value;
  const members = Object.entries(all).filter(([key]) => key !== "definitions");
  return Object.fromEntries(
    members.map(([key, member]) => [
      key,
      key === "$ref"
        ? bring(member as string, file, definitions, words)
        : inline(member, file, definitions, words),
    ]),
  );
}

/** Copies the target of a reference into `definitions`, once, and returns the new reference. */
function bring(
  reference: string,
  from: string,
  definitions: Record<string, unknown>,
  words: Readonly<Record<string, Schema>>,
): string {
  const [file = "", fragment = ""] = reference.split("#");
  const source = file === "" ? from : file;
  const name = fragment === "" ? source.replace(".schema.json", "") : (fragment.split("/").pop() ?? "");
  if (!(name in definitions)) {
    // Before it is filled, so that a schema can refer to itself.
    definitions[name] = {};
    const whole = load(source);
    const {
      $id: _,
      $schema: __,
      ...found
    } = (fragment === "" ? whole : (whole["definitions"] as Record<string, Schema>)[name]) as Schema;
    definitions[name] = words[name] ?? inline(found, source, definitions, words);
  }
  return `#/definitions/${name}`;
}

/** The operator's policy, whose schema is complete in itself. */
const POLICY = "policy.schema.json";

/** Writes a file for each format, one for the operator's policy, and one for each output of `--json`. */
export function generateSchemas(): void {
  mkdirSync(`${PUBLISHED}/output`, { recursive: true });
  for (const [name, schema] of Object.entries(OUTPUT_SCHEMAS)) {
    writeFileSync(`${PUBLISHED}/output/${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`);
  }
  const { $id: _, ...policy } = JSON.parse(readFileSync(`src/task/schema/${POLICY}`, "utf8")) as Schema;
  writeFileSync(`${PUBLISHED}/${POLICY}`, `${JSON.stringify(policy, null, 2)}\n`);
  for (const format of FORMATS) {
    writeFileSync(`${PUBLISHED}/${format}.schema.json`, `${JSON.stringify(published(format), null, 2)}\n`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  generateSchemas();
}
