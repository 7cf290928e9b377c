/**
 * The examples of the library: in the comments of its source and on its page. What each prints is in its comments `//=> TEXT`.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Example {
  /** Where it is: the file, and the number of the example there, from 1. */
  readonly name: string;
  readonly code: string;
  /** The lines that it prints. */
  readonly prints: readonly string[];
}

const SOURCES = "src/library";
const PAGE = "docs/library.md";

/** All examples, those of the page last. */
export function allExamples(): readonly Example[] {
  const files = readdirSync(SOURCES).filter((file) => file.endsWith(".ts"));
  return [
    ...files
      .sort()
      .flatMap((file) => examplesIn(file, withoutStars(readFileSync(join(SOURCES, file), "utf8")))),
    ...examplesIn("library.md", readFileSync(PAGE, "utf8")),
  ];
}

function examplesIn(file: string, text: string): readonly Example[] {
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""], i) => ({
    name: `${file} ${i + 1}`,
    code,
    prints: [...code.matchAll(/\/\/=> (.*)$/gm)].map(([, line = ""]) => line),
  }));
}

/** The text of doc comments as it is read. */
function withoutStars(text: string): string {
  return text.replaceAll(/^ \* ?/gm, "");
}

/** The names of functions and values that the library exports, by the files that document them. */
export function documentedFunctions(): readonly { readonly name: string; readonly hasExample: boolean }[] {
  const exported = [...readFileSync("src/index.ts", "utf8").matchAll(/^export \{(.*?)\} from/gms)]
    .flatMap(([, names = ""]) => names.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "" && !name.startsWith("type "));
  const sources = readdirSync(SOURCES)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(SOURCES, file), "utf8"))
    .join("\n");
  return exported.map((name) => {
    const [, comment = ""] =
      new RegExp(`/\\*\\*((?:(?!\\*/).)*)\\*/\\nexport (?:function|const) ${name}\\b`, "s").exec(sources) ??
      [];
    return { name, hasExample: comment.includes("@example") };
  });
}
