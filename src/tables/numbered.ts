/**
 * The compact form of the small tables: names numbered in sequence, in one string.
 */

/**
 * Reads words separated by spaces. A name gets the number after the one before it, the first one `first`;
 * a decimal number says which number the next name gets; `ALIAS=NAME` gives a further name to a number.
 */
export function readNumbered(
  words: string,
  first: number,
  visit: (name: string, number: number, alias: boolean) => void,
): void {
  const numbers = new Map<string, number>();
  let next = first;
  for (const word of words.split(" ")) {
    const equals = word.indexOf("=");
    if (equals >= 0) {
      const number = numbers.get(word.slice(equals + 1));
      if (number === undefined) {
        throw new Error(`"${word}" comes before what it stands for`);
      }
      visit(word.slice(0, equals), number, true);
    } else if (word >= "0" && word < ":") {
      next = Number(word);
    } else {
      numbers.set(word, next);
      visit(word, next, false);
      next += 1;
    }
  }
}
