/** What one request may say: the form of the table that `generate.ts` makes from the SDK's own type definitions. */

/** `s` text, `i` whole number, `f` number, `b` yes or no, `m` metadata, `x` nothing (an empty text, which unsets). */
type Plain = 's' | 'i' | 'f' | 'b' | 'm' | 'x';
export type Shape =
  | Plain
  | { readonly enum: readonly string[] }
  | { readonly array: Shape }
  | { readonly map: Shape }
  | { readonly either: readonly Shape[] }
  | ObjectShape;
export type ObjectShape = { readonly fields: Readonly<Record<string, Shape>>; readonly required: readonly string[] };
export type Table = {
  readonly sdk: string;
  readonly apiVersion: string;
  /** By method and path, like `POST /v1/refunds/{id}`. */
  readonly endpoints: Readonly<Record<string, ObjectShape>>;
};
