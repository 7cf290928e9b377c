/**
 * Kernel versions as profiles and uname(2) write them.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatKernelVersion, parseKernelRelease, parseKernelVersion } from "./kernel-version.ts";

test("X.Y is read, from 0.1 to 255.255", () => {
  assert.is(parseKernelVersion("4.8"), 4 * 256 + 8);
  assert.is(parseKernelVersion("0.1"), 1);
  assert.is(parseKernelVersion("1.0"), 256);
  assert.is(parseKernelVersion("255.255"), 255 * 256 + 255);
  assert.is(parseKernelVersion("6.10"), 6 * 256 + 10);
});

test("everything else is not a version of a profile", () => {
  for (const text of [
    "",
    ".",
    "4",
    "4.",
    ".8",
    "4.8.1",
    "0.0",
    "256.0",
    "4.256",
    "4.1000",
    "-4.8",
    "+4.8",
    "4.-8",
    " 4.8",
    "4.8 ",
    "4. 8",
    "4,8",
    "v4.8",
    "4.8-rc1",
    "0x4.8",
    "1e1.0",
    "٤.٨",
    "4.:",
    "/.4",
  ]) {
    assert.is(parseKernelVersion(text), undefined, `'${text}'`);
  }
});

test("versions compare in order of release", () => {
  const ordered = ["0.1", "3.10", "4.8", "4.19", "5.0", "5.11", "6.1", "6.18"].map(parseKernelVersion);
  assert.equal(
    ordered,
    [...ordered].sort((a, b) => (a ?? 0) - (b ?? 0)),
  );
});

test("reading inverts formatting", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 0xffff }), (version) => {
      assert.is(parseKernelVersion(formatKernelVersion(version)), version);
    }),
    { numRuns: 300, seed: 1 },
  );
  assert.is(formatKernelVersion(6 * 256 + 18), "6.18");
});

const RELEASES: Readonly<Record<string, number | undefined>> = {
  "5.10.0-28-amd64": 5 * 256 + 10,
  "3.10.0-1160.el7": 3 * 256 + 10,
  "3.10.0-1160.el7.x86_64": 3 * 256 + 10,
  "6.1+": 6 * 256 + 1,
  "6.18": 6 * 256 + 18,
  "6.18-rc1": 6 * 256 + 18,
  "4.14.336": 4 * 256 + 14,
  "5.15.153.1-microsoft-standard-WSL2": 5 * 256 + 15,
  "6.1:": 6 * 256 + 1,
  "6.1/": 6 * 256 + 1,
  "": undefined,
  "6": undefined,
  "6.": undefined,
  "6.x": undefined,
  ".6": undefined,
  "linux-6.1": undefined,
  "-6.1": undefined,
};
for (const [release, version] of Object.entries(RELEASES)) {
  test(`the release '${release}' is ${version === undefined ? "no version" : formatKernelVersion(version)}`, () => {
    assert.is(parseKernelRelease(release), version);
  });
}

test.run();
