// What Node is asked to do: a worker thread, a child process, an HTTP server and its client.

import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import http from "node:http";
import { Worker } from "node:worker_threads";

const status = await readFile("/proc/self/status", "utf8");
const product = await new Promise((resolve, reject) => {
  const worker = new Worker("require('worker_threads').parentPort.postMessage(6 * 7)", { eval: true });
  worker.on("message", resolve).on("error", reject);
});
const child = execFileSync("echo", ["child"], { encoding: "utf8" }).trim();
const server = http.createServer((_request, response) => response.end("page"));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const page = await (await fetch(`http://127.0.0.1:${server.address().port}`)).text();
server.close();
console.log(/^Seccomp:\s*2$/m.test(status), product, child, page);
