/**
 * The findings of `check` in SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), which code hosts read.
 */

import type { ByteString } from "../../host.ts";
import { weightOf } from "../../lint/weights.ts";
import { VERSION } from "../../version.ts";
import { HELP } from "../generated/help.ts";
import type { Located } from "../render.ts";
import { hintOf } from "../suggest.ts";
import type { Report } from "./report.ts";

/** The log of one run; findings that a comment accepts are results that are suppressed in the source. */
export function reportsSarif(reports: readonly Report[]): string {
  const open = reports.flatMap(({ findings, path }) =>
    findings.map((located) => ({ located, reason: undefined, path })),
  );
  const all = [
    ...open,
    ...reports.flatMap(({ accepted, path }) => accepted.map((one) => ({ ...one, path }))),
  ];
  const codes = [...new Set(all.map(({ located }) => located.diagnostic.code))].sort();
  const help = JSON.parse(HELP) as Readonly<Record<string, string>>;
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "seccomp-exec",
            semanticVersion: VERSION,
            rules: codes.map((code) => ({
              id: code,
              shortDescription: { text: firstSentence(help[code] ?? code) },
              fullDescription: { text: help[code] ?? code },
              help: { text: help[code] ?? code, markdown: help[code] ?? code },
            })),
          },
        },
        columnKind: "utf16CodeUnits",
        results: all.map((one) => result(one, codes)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function firstSentence(text: string): string {
  return /^.*?[.:](?= |$)/.exec(text)?.[0].replace(/:$/, ".") ?? text;
}

interface Result {
  readonly located: Located;
  /** Why it is accepted; undefined: it is not. */
  readonly reason: string | undefined;
  readonly path: ByteString;
}

function result({ located, reason, path }: Result, codes: readonly string[]): object {
  const { diagnostic, related } = located;
  const { code, severity, message, pointer, proof } = diagnostic;
  const hint = hintOf(diagnostic);
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: hint === undefined ? message : `${message}\nHint: ${hint}` },
    locations: [placeOf(path, located.position, endOf(located))],
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map(({ what, position }) => ({
            ...placeOf(path, position),
            message: { text: what },
          })),
        }),
    ...(reason === undefined ? {} : { suppressions: [{ kind: "inSource", justification: reason }] }),
    properties: { weight: weightOf(diagnostic), pointer, proof },
  };
}

function placeOf(path: ByteString, position: Located["position"], endColumn?: number): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(path) },
      ...(position === undefined
        ? {}
        : {
            region: {
              startLine: position.line,
              startColumn: position.column,
              ...(endColumn === undefined ? {} : { endColumn }),
            },
          }),
    },
  };
}

/** The column after the span, which ends with its line at the latest; undefined if it has no length. */
export function endOf({ position, line }: Located): number | undefined {
  const length = line()?.length;
  if (position?.length === undefined || length === undefined) {
    return undefined;
  }
  const end = Math.min(position.column + position.length, length + 1);
  return end > position.column ? end : undefined;
}

/** A URI, relative to the working directory unless the path is absolute. */
function uriOf(name: ByteString): string {
  const path = pathOf(name);
  const encoded = path.split("/").map(encodedPart).join("/");
  // The first part of a relative reference must not look like a scheme (RFC 3986, section 4.2).
  return path.startsWith("/") ? `file://${encoded}` : encoded;
}

/** As encodeURIComponent, byte by byte: a name need not be UTF-8. */
function encodedPart(part: ByteString): string {
  return part.replaceAll(
    /[^\w.!~*'()-]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** A path as code hosts write it: without `./` at its beginning. */
export function pathOf(label: string): string {
  return label.replace(/^(?:\.\/+)+(?=.)/, "");
}
