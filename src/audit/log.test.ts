/**
 * The log of an audit: how many lines it takes, and what it says of those that it does not have.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { LINES_A_SECOND, Log, MAX_BURST, type Write } from "./log.ts";

const SECOND = 1_000_000;
const missing = (leftOut: number, lost: number): string => `missing ${leftOut} ${lost}\n`;

/** A log that writes to a list, as many bytes of each text as there is room for. */
function logInto(room = () => Number.POSITIVE_INFINITY): { log: Log; written: string[] } {
  const written: string[] = [];
  const ENOSPC = 28;
  const write: Write = (text) => {
    const bytes = Buffer.from(text).subarray(0, room());
    if (bytes.length === 0) {
      return ENOSPC;
    }
    written.push(bytes.toString());
    return bytes.length === Buffer.byteLength(text) ? 0 : -1;
  };
  return { log: new Log(write, missing), written };
}

test("so many lines at once, then so many a second; the rest is counted, and said before the next line", () => {
  const { log, written } = logInto();
  let admitted = 0;
  for (let i = 0; i < MAX_BURST + 500; i += 1) {
    if (log.admits(0)) {
      admitted += 1;
      log.line("line\n", 0);
    }
  }
  assert.is(admitted, MAX_BURST);
  assert.is(log.leftOut, 500);
  for (let i = 0; i < 3 * LINES_A_SECOND; i += 1) {
    if (log.admits(SECOND)) {
      log.line("later\n", SECOND);
    }
  }
  assert.equal(written.slice(MAX_BURST), ["missing 500 0\n", ...Array(LINES_A_SECOND).fill("later\n")]);
  assert.is(log.leftOut, 500 + 2 * LINES_A_SECOND);
  log.finish(SECOND);
  assert.is(written.at(-1), `missing ${2 * LINES_A_SECOND} 0\n`);
});

test("a clock that is set back gives no room and takes none", () => {
  const { log } = logInto();
  for (let i = 0; i < MAX_BURST; i += 1) {
    assert.ok(log.admits(1000 * SECOND));
    log.line("line\n", 0);
  }
  assert.not.ok(log.admits(0));
  assert.not.ok(log.admits(0.05 * SECOND));
  assert.ok(log.admits(0.2 * SECOND));
});

test("lines that cannot be written are lost and counted, and mentioned when there is room again", () => {
  let room = 0;
  const { log, written } = logInto(() => room);
  for (let i = 0; i < 3; i += 1) {
    assert.not.ok(log.line(`line ${i}\n`, 0));
  }
  room = 1000;
  assert.ok(log.line("line 3\n", 0));
  assert.equal(written, ["missing 0 3\n", "line 3\n"]);
  assert.is(log.lost, 3);
  log.finish(0);
  assert.is(written.length, 2);
});

test("after a part of a line the next one begins on a line of its own, and the part counts as lost", () => {
  let room = 6;
  const { log, written } = logInto(() => room);
  assert.not.ok(log.line("größe eins\n", 0));
  room = 1000;
  assert.ok(log.line("two\n", 0));
  assert.is(written.join(""), `${Buffer.from("größe eins").subarray(0, 6)}\nmissing 0 1\ntwo\n`);
});

test.run();
