/**
 * `seccomp-exec/node`: confines the running Node process by a profile, or becomes a command under one. docs/node.md explains it.
 *
 * @module seccomp-exec/node
 */

export type { Diagnostic } from "../src/library/diagnostic.ts";
export { type Confinement, confine } from "./confine.ts";
export { ConfinementError, type ConfinementErrorCode } from "./errors.ts";
export { type ExecOptions, execUnder } from "./exec-under.ts";
export type { ConfineOptions, ProfileOptions } from "./options.ts";
export type { GivenText, ProfileObject, ProfileSource } from "./source.ts";
export type { ThreadState } from "./threads.ts";
