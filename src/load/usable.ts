/**
 * A usable value, or the reason why there is none.
 */

export type Usable<T> = { readonly kind: "usable"; readonly value: T } | Unusable;

interface Unusable {
  readonly kind: "unusable";
  /** As in "prepared: no: there is none". */
  readonly why: string;
}

export function usable<T>(value: T): Usable<T> {
  return { kind: "usable", value };
}

export function unusable(why: string): Unusable {
  return { kind: "unusable", why };
}
