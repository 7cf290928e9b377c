/**
 * Lists of words in sentences.
 */

/** The first words with commas between them, and how many more there are. */
export function listed(words: readonly string[], most = 10): string {
  const shown = words.slice(0, most).join(", ");
  return words.length > most ? `${shown} and ${words.length - most} more` : shown;
}

/** "1 error", "2 errors": a number with its word. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
