/**
 * The library: the stages of the program for other programs, and its only door. It is pure: texts and values in, values out; it
 * reads no file, no clock and no setting of the machine, so it runs wherever ECMAScript 2022 does.
 *
 * A text that is not as it should be is reported by {@link Diagnostic | diagnostics}, never by an exception. Exceptions are for mistakes
 * of the calling program: a `RangeError` for a name or number that does not exist, a `TypeError` for an object that this library did
 * not make.
 *
 * @module seccomp-exec
 */

export type { DiagnosticCode, Severity, Weight } from "./diagnostic.ts";
export { type BuiltinProfile, builtinProfiles } from "./library/builtin.ts";
export type { Call, Verdict } from "./library/call.ts";
export { type AcceptedDiagnostic, type CheckOptions, check, type Report } from "./library/check.ts";
export { type Conversion, type ConvertOptions, convert, type Engine, engines } from "./library/convert.ts";
export type { Diagnostic, Position, Proof, RelatedPlace } from "./library/diagnostic.ts";
export { type Comparison, type Difference, diff, type Undecided } from "./library/diff.ts";
export {
  type Compilation,
  compile,
  type Decoded,
  type DecodedFilter,
  decodeFilter,
  disassemble,
  encodeFilter,
  type Filter,
  type Instruction,
  interpret,
  type RefusedBytes,
  type Run,
} from "./library/filter.ts";
export {
  type MergedProfile,
  type MergeOptions,
  type Merging,
  merge,
  type RefusedMerge,
} from "./library/merge.ts";
export { evaluate, type MeaningOptions, type Policy, type Resolution, resolve } from "./library/policy.ts";
export {
  type Condition,
  type Profile,
  type Reading,
  type ReadOptions,
  type Rule,
  readProfile,
  type Selector,
} from "./library/profile.ts";
export { architectureNamed, architectures, type Target } from "./library/target.ts";
export { type Counterexample, type ProofWork, type Verification, verify } from "./library/verify.ts";
export type { ActionName, FlagName, OperatorName } from "./profile/profile.ts";
export type { ArchitectureName } from "./tables/architectures.ts";
