/** A bug to plant, and how it is written down. */
type Edit = { readonly file: string; readonly find: string; readonly put: string };
export type Bug = { readonly name: string; readonly what: string; readonly edits: readonly Edit[] };

/** In `file` of the server, whose only `find` becomes `put`. */
export const edit = (file: string, find: string, put: string): Edit => ({ file: `server/src/${file}`, find, put });
