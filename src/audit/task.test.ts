/**
 * What is read of /proc/TID/status.
 */

import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readTask } from "./task.ts";

function status(fields: Readonly<Record<string, string>> = {}): string {
  const all = {
    Name: "sleep",
    Tgid: "70",
    Threads: "3",
    Pid: "71",
    NStgid: "70",
    SigBlk: "0000000000000000",
    SigIgn: "0000000000000000",
    SigCgt: "0000000000000000",
    ...fields,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}:\t${value}\n`)
    .join("");
}

const SIGSYS_BIT = "0000000040000000";

test("a task with its process, as it is", () => {
  assert.equal(readTask(71, status()), {
    thread: 71,
    process: 70,
    command: "sleep",
    isFirst: false,
    isNeighbour: true,
    diesOfSigsys: true,
    threads: 3,
  });
});

test("SIGSYS does not end a task that blocks, ignores or handles it", () => {
  for (const field of ["SigBlk", "SigIgn", "SigCgt"]) {
    assert.not.ok(readTask(71, status({ [field]: SIGSYS_BIT })).diesOfSigsys, field);
    assert.ok(readTask(71, status({ [field]: "ffffffffbfffffff" })).diesOfSigsys, field);
  }
});

test("of a task without a status nothing is claimed", () => {
  for (const text of ["", "Name:\tcut", "\n\n"]) {
    const { process, diesOfSigsys, isFirst, thread, threads } = readTask(5, text);
    assert.equal([process, diesOfSigsys, isFirst, thread, threads], [undefined, false, false, 5, undefined]);
  }
  assert.is(readTask(5, "").command, "?");
  assert.ok(readTask(1, "").isFirst, "the first of the supervisor's own namespace");
});

test("the first process of a namespace, of its own and of an inner one", () => {
  const first = (ids: string) => {
    const { isFirst, isNeighbour } = readTask(71, status({ NStgid: ids }));
    return [isFirst, isNeighbour];
  };
  assert.equal(first("1"), [true, true]);
  assert.equal(first("70\t1"), [true, false]);
  assert.equal(first("1\t2"), [false, false]);
  assert.equal(first("70\t11"), [false, false]);
});

test("a name forges no field, and is printable", () => {
  for (const end of ["\u2028", "\u2029", "\r", "\v", "\u0085"]) {
    const task = readTask(71, status({ Name: `a${end}Tgid:\t1` }));
    assert.is(task.process, 70);
    assert.not.match(task.command, /[\p{Cc}\u2028\u2029]/u);
    assert.match(task.command, /^a.*Tgid/);
  }
  assert.is(readTask(71, status({ Name: "\tx" })).command, "\\u0009x");
  assert.is(readTask(71, status({ Name: "" })).command, "");
});

test("the status of a process of this kernel", () => {
  const task = readTask(process.pid, readFileSync("/proc/self/status", "utf8"));
  assert.equal([task.process, task.thread], [process.pid, process.pid]);
});

test.run();
