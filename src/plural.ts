/**
 * Lists and counts in sentences.
 */

/** The first words, separated by commas, and how many more there are. */
export function listed(words: readonly string[], most = 10): string {
  const shown = words.slice(0, most).join(", ");
  return words.length > most ? `${shown} and ${words.length - most} more` : shown;
}

/** Words of which one is meant: "a, b or c". */
export function either(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), ...words.slice(-1)].filter((part) => part !== "").join(" or ");
}

/** A count with its noun: "1 error", "2 errors". */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
