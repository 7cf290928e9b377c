/**
 * The published JSON Schemas: they are valid, take what the engines take, and refuse what would be misread.
 */

import { readdirSync, readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import * as assert from "uvu/assert";
import { FORMATS, published } from "../../build/schemas.ts";
import { convertProfile } from "../../src/engines/convert/convert.ts";
import { ENGINE_NAMES } from "../../src/engines/engine.ts";
import { parseByLibrary } from "../../src/profile/library-parser.ts";
import { readProfile } from "../../src/profile/read.ts";
import { KERNEL, profileOf, X86_64 } from "../support/fixtures/policies.ts";
import { test } from "../support/running/test.ts";

const VALIDATORS = Object.fromEntries(
  FORMATS.map((format) => [
    format,
    new Ajv({ allErrors: true, allowUnionTypes: true }).compile(published(format)),
  ]),
) as Record<(typeof FORMATS)[number], ValidateFunction>;

type Format = keyof typeof VALIDATORS;

/** What is wrong, as `POINTER KEYWORD`. */
function wrong(format: Format, value: unknown): string[] {
  const validate = VALIDATORS[format];
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

const SHIPPED = readdirSync("profiles").filter((file) => file.endsWith(".json"));

test("each schema is complete in itself", () => {
  for (const format of FORMATS) {
    const references = JSON.stringify(published(format)).matchAll(/"\$ref":"([^"]*)"/g);
    assert.equal(
      [...references].map(([, to = ""]) => to).filter((to) => !to.startsWith("#/")),
      [],
      format,
    );
  }
});

for (const file of SHIPPED) {
  test(`${file} is valid for Docker`, () => {
    assert.equal(wrong("docker", JSON.parse(readFileSync(`profiles/${file}`, "utf8"))), []);
  });
}

for (const to of ENGINE_NAMES) {
  for (const file of SHIPPED) {
    test(`what ${file} is converted to is valid for ${to}`, () => {
      const text = readFileSync(`profiles/${file}`, "utf8");
      const target = { arch: X86_64, kernel: KERNEL, caps: 0n };
      const options = {
        to,
        target,
        parse: parseByLibrary,
        kernelGiven: true,
        stricter: true,
        wideArguments: false,
      };
      const { text: written } = convertProfile(profileOf(text), JSON.parse(text), options);
      if (written === undefined) {
        assert.is(to, "mesos", "all can be written for the others");
        return;
      }
      assert.equal(wrong(to, JSON.parse(written)), []);
    });
  }
}

const RULE = { names: ["read"], action: "SCMP_ACT_ALLOW" };
const WHOLE_RULE = { ...RULE, args: [], includes: {}, excludes: {} };

/** A format, what it is about, a value, and what is wrong with it. */
const CASES: readonly (readonly [Format, string, unknown, readonly string[]])[] = [
  ["docker", "nothing", {}, [" required"]],
  ["docker", "an action", { defaultAction: "ALLOW" }, ["/defaultAction enum"]],
  [
    "docker",
    "a misspelt name",
    { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ ...RULE, names: ["raed"] }] },
    ["/syscalls/0/names/0 enum"],
  ],
  [
    "docker",
    "a misspelt key",
    { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ ...RULE, arg: [] }] },
    ["/syscalls/0 additionalProperties"],
  ],
  ...(["docker", "podman", "oci"] as const).map(
    (format) =>
      [
        format,
        "comments, and a key with a mark that may be meant to have an effect",
        {
          $schema: "x",
          _comment: "x",
          defaultAction: "SCMP_ACT_ERRNO",
          syscalls: [{ ...RULE, "//": ["x"], description: "x", _args: [] }],
        },
        ["/syscalls/0 additionalProperties"],
      ] as const,
  ),
  [
    "docker",
    "Podman's errno",
    { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ ...RULE, errno: "EPERM" }] },
    ["/syscalls/0 additionalProperties"],
  ],
  [
    "podman",
    "its errno",
    { defaultAction: "SCMP_ACT_ERRNO", defaultErrno: "ENOSYS", syscalls: [{ ...RULE, errno: "EPERM" }] },
    [],
  ],
  [
    "podman",
    "minKernel",
    { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ ...RULE, includes: { minKernel: "4.8" } }] },
    ["/syscalls/0/includes additionalProperties"],
  ],
  [
    "docker",
    "minKernel as a number, with a third part, and right",
    {
      defaultAction: "SCMP_ACT_ERRNO",
      syscalls: [4.8, "4.8.1", "4.8"].map((minKernel) => ({ ...RULE, includes: { minKernel } })),
    },
    ["/syscalls/0/includes/minKernel type", "/syscalls/1/includes/minKernel pattern"],
  ],
  [
    "docker",
    "a capability without its prefix",
    { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ ...RULE, includes: { caps: ["SYS_ADMIN"] } }] },
    ["/syscalls/0/includes/caps/0 enum"],
  ],
  ["oci", "archMap", { defaultAction: "SCMP_ACT_ERRNO", archMap: [] }, [" additionalProperties"]],
  [
    "oci",
    "includes",
    { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ ...RULE, includes: {} }] },
    ["/syscalls/0 additionalProperties"],
  ],
  [
    "oci-config",
    "a config.json",
    { ociVersion: "1.2.0", linux: { seccomp: { defaultAction: "SCMP_ACT_ALLOW" } } },
    [],
  ],
  [
    "oci-config",
    "one with a mistake",
    { linux: { seccomp: { defaultAction: 1 } } },
    ["/linux/seccomp/defaultAction enum"],
  ],
  ["mesos", "a complete rule", { defaultAction: "SCMP_ACT_ERRNO", archMap: [], syscalls: [WHOLE_RULE] }, []],
  [
    "mesos",
    "a rule without its empty fields",
    { defaultAction: "SCMP_ACT_ERRNO", archMap: [], syscalls: [RULE] },
    ["/syscalls/0 required", "/syscalls/0 required", "/syscalls/0 required"],
  ],
  [
    "mesos",
    "a call that it does not know",
    { defaultAction: "SCMP_ACT_ERRNO", archMap: [], syscalls: [{ ...WHOLE_RULE, names: ["openat2"] }] },
    ["/syscalls/0/names/0 enum"],
  ],
  [
    "mesos",
    "an action that it does not know",
    { defaultAction: "SCMP_ACT_LOG", archMap: [], syscalls: [] },
    ["/defaultAction enum"],
  ],
];
for (const [format, what, value, expected] of CASES) {
  test(`${format}: ${what}`, () => {
    assert.equal(wrong(format, value), expected);
  });
}

test("the reader knows every key of every schema", () => {
  const unknown = FORMATS.filter((format) => format !== "oci-config").flatMap((format) => {
    const { properties } = published(format) as { properties: Record<string, unknown> };
    const document = { ...Object.fromEntries(Object.keys(properties).map((key) => [key, null])) };
    return readProfile(document, new Map()).diagnostics.filter(({ code }) => code === "unknown-key");
  });
  assert.equal(unknown, []);
});

test.run();
