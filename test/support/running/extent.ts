/**
 * How much the tests try: `make test` takes samples where the whole would take long, and `make test-all` takes the whole.
 */

/** Whether the tests are to leave out nothing. */
export const ALL: boolean = process.env["TEST_ALL"] === "1";

/** How many cases a test tries: the sample, or in `make test-all` the whole. */
export function extent(sample: number, whole: number): number {
  return ALL ? whole : sample;
}
