/**
 * Timeouts for what should take moments. They only end hanging programs: no test measures time with them.
 */

/** Milliseconds. Generous, since the machine may be loaded. */
export const PATIENCE_MS = 10 * 60 * 1000;
