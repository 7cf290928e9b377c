/**
 * Container engines of the tests' own: what each of them offers the tests, and what happens where one cannot be started.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Outcome } from "../../support/programs/program.ts";
import { need } from "../../support/running/needs.ts";
import { test, testWith } from "../../support/running/test.ts";

/** An engine whose command line is Docker's. */
export interface DockerLike {
  /** Runs the client, which has to succeed. */
  succeed(...args: readonly string[]): string;
  /** Runs a command in a container without a network, which is gone afterwards. */
  run(options: readonly string[], image: string, ...command: readonly string[]): Outcome;
}

/**
 * Adds tests that need an engine, which is stopped after the last one. Where none can be started, they are one test that fails
 * and says what is missing; with SKIP_INTEGRATION=1 they are left out, and that is said.
 */
export function withStarted<T extends { stop(): void }>(
  title: string,
  start: () => T,
  addTests: (engine: T) => void,
): void {
  let engine: T;
  try {
    engine = start();
  } catch (error) {
    const message = `${title}: ${(error as Error).message}`;
    if (process.env["SKIP_INTEGRATION"] === "1") {
      testWith(need(message, () => false))(title, () => {});
    } else {
      test(title, () => {
        throw new Error(`${message}\nSKIP_INTEGRATION=1 leaves these tests out.`);
      });
    }
    return;
  }
  addTests(engine);
  test.after(() => engine.stop());
}

/** @throws Error if a program is missing, or the tests do not run as root */
export function requireRootAnd(
  programs: readonly (readonly [program: string, debianPackage: string])[],
): void {
  const missing = programs.filter(([program]) => !isInstalled(program));
  if (missing.length > 0) {
    const packages = [...new Set(missing.map(([, debianPackage]) => debianPackage))].join(" ");
    throw new Error(
      `${missing.map(([program]) => program).join(", ")} not found; on Debian: ` +
        `apt-get install -y --no-install-recommends ${packages}`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new Error("an engine has to be started by root");
  }
}

/** Debian has some of the programs where only root looks for them. */
export const SEARCH_PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;

function isInstalled(program: string): boolean {
  return SEARCH_PATH.split(":").some((folder) => existsSync(join(folder, program)));
}
