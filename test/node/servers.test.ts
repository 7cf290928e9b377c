/**
 * Real programs of Node under the shipped profiles: a server, files, processes, threads, name lookups, cryptography.
 */

import { chownSync } from "node:fs";
import * as assert from "uvu/assert";
import { NOBODY } from "../support/programs/files.ts";
import { IS_ROOT } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";
import { profileFile, told } from "./support/packed.ts";

/** Each step tells its name and result; the process must end by itself. */
const PROGRAM = `
import http from "node:http";
import net from "node:net";
import dns from "node:dns/promises";
import crypto from "node:crypto";
import zlib from "node:zlib";
import { promisify } from "node:util";
import { execFile, fork, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

if (!isMainThread) {
  parentPort.postMessage(crypto.createHash("sha256").update(workerData).digest("hex"));
} else if (process.argv[4] === "forked") {
  process.on("message", (message) => process.send(message + message));
} else {
  const [, , profile, directory] = process.argv;
  const lookUp = () => dns.lookup("localhost").then(({ address }) => address, ({ code }) => code);
  const localhost = await lookUp();
  confine(profile);
  const step = async (name, run) => tell([name, await run().catch((error) => error.code ?? String(error))]);
  const get = (port) => new Promise((resolve, reject) =>
    http.get({ port, host: "127.0.0.1", agent: false }, (response) => {
      response.setEncoding("utf8").on("data", resolve);
    }).on("error", reject));

  await step("a server answers", async () => {
    const server = http.createServer((request, response) => { fs.readFile(process.argv[1], (error) => response.end(error === null ? "served" : error.code)); });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address();
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(port)));
    server.close();
    return [...new Set(answers)].join();
  });
  await step("a Unix socket", () => new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.end("hello")).listen(directory + "/socket", () => {
      net.connect(directory + "/socket").setEncoding("utf8").on("data", resolve).on("error", reject).on("end", () => server.close());
    }).on("error", reject);
  }));
  await step("localhost is looked up as before", async () => (await lookUp()) === localhost);
  await step("files", async () => {
    const { promises: files } = fs;
    await files.mkdir(directory + "/made/deep", { recursive: true });
    await files.writeFile(directory + "/made/file", "text");
    await files.appendFile(directory + "/made/file", "more");
    await files.rename(directory + "/made/file", directory + "/made/renamed");
    await files.copyFile(directory + "/made/renamed", directory + "/made/copied");
    const text = await files.readFile(directory + "/made/copied", "utf8");
    await files.rm(directory + "/made", { recursive: true });
    return text;
  });
  await step("a worker thread", () => new Promise((resolve, reject) => {
    new Worker(new URL(import.meta.url), { workerData: "abc" }).once("message", (hash) => resolve(hash.slice(0, 8))).once("error", reject);
  }));
  await step("a command", async () => (await promisify(execFile)("sh", ["-c", "echo run; exit 0"])).stdout.trim());
  await step("a forked Node", () => new Promise((resolve, reject) => {
    const child = fork(process.argv[1], [profile, directory, "forked"]).once("error", reject);
    child.once("message", (message) => { child.disconnect(); resolve(message); });
    child.send("ab");
  }));
  await step("a pipe through a command", () => new Promise((resolve, reject) => {
    const child = spawn("cat").once("error", reject);
    child.stdout.setEncoding("utf8").once("data", resolve);
    child.stdin.end("piped");
  }));
  await step("a child is killed", () => new Promise((resolve, reject) => {
    const child = spawn("sleep", ["1000"]).once("error", reject).once("exit", (_, signal) => resolve(signal));
    child.kill();
  }));
  await step("keys, hashes and compression", async () => {
    const key = await promisify(crypto.scrypt)("a", "b", 16);
    const { publicKey } = await promisify(crypto.generateKeyPair)("ed25519");
    const packed = await promisify(zlib.gzip)(crypto.randomBytes(100));
    return [key.length, publicKey.type, packed.length > 100].join();
  });
  await step("timers and signals", async () => {
    // A handler of signals does not keep a program running.
    const timer = setInterval(() => {}, 1000);
    const caught = new Promise((resolve) => process.once("SIGUSR2", resolve));
    process.kill(process.pid, "SIGUSR2");
    await sleep(1);
    await caught;
    clearInterval(timer);
    return caught;
  });
  await step("WebAssembly and memory", async () => {
    const module = new WebAssembly.Module(Buffer.from("0061736d010000000105016000017f", "hex").subarray(0, 8));
    return [WebAssembly.Module.exports(module).length, Buffer.alloc(1 << 26, 1).length >> 20].join();
  });
  tell(["every thread is still under the filter", got()]);
}
`;

const RESULTS: readonly unknown[] = [
  ["a server answers", "served"],
  ["a Unix socket", "hello"],
  ["localhost is looked up as before", true],
  ["files", "textmore"],
  ["a worker thread", "ba7816bf"],
  ["a command", "run"],
  ["a forked Node", "abab"],
  ["a pipe through a command", "piped"],
  ["a child is killed", "SIGTERM"],
  ["keys, hashes and compression", "16,public,true"],
  ["timers and signals", "SIGUSR2"],
  ["WebAssembly and memory", "0,64"],
  ["every thread is still under the filter", [1]],
];

/** Users other than root make the files below a directory of their own. */
function directoryFor(uid: number | undefined): string {
  const file = profileFile("");
  const directory = file.slice(0, file.lastIndexOf("/"));
  if (uid !== undefined) {
    chownSync(directory, uid, uid);
  }
  return directory;
}

for (const profile of ["builtin:default.json", "builtin:strict.json", "builtin:relaxed.json"]) {
  for (const uid of IS_ROOT ? [undefined, NOBODY] : [undefined]) {
    test(`programs of Node work under ${profile}, ${uid === undefined ? "as this user" : "as nobody"}`, () => {
      const results = told(PROGRAM, {
        args: [profile, directoryFor(uid)],
        deniesRings: true,
        ...(uid === undefined ? {} : { uid }),
      });
      assert.equal(results, RESULTS);
    });
  }
}

test.run();
