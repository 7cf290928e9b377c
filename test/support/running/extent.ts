/**
 * How much the tests try: `make test` takes samples where the whole would be slow, `make test-all` tries everything.
 */

/** Whether the tests try everything. */
export const ALL: boolean = process.env["TEST_ALL"] === "1";

/** The number of cases that a test tries: the sample, or the whole in `make test-all`. */
export function extent(sample: number, whole: number): number {
  return ALL ? whole : sample;
}
