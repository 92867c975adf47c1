/** What the two halves of set-up tell each other: the half that may be root, and the user's half. */

import { z } from 'zod';
import { Settings } from '#config/index.ts';

/** Travels over stdin: it may hold passwords, which neither arguments nor environments may. */
export const Order = z.object({
  /** The variables that the operator gave, as `readVariables` returned them. */
  variables: z.record(z.string(), z.union([z.string(), z.number()])),
  varDir: z.string(),
  appDir: z.string(),
  user: z.string().nullable(),
});
export type Order = z.infer<typeof Order>;

/** What `seedDemo` made or found. The secrets are there only at the run that made them. */
export const Demo = z.object({
  created: z.boolean(),
  channel: z.string(),
  creatorEmail: z.string(),
  creatorPassword: z.string().optional(),
  streamKey: z.string().optional(),
  accessCode: z.string().optional(),
  codeExpiresAt: z.coerce.date().optional(),
});
export type Demo = z.infer<typeof Demo>;

/** What the user's half reports, one JSON object a line, on file descriptor 3. */
export const Report = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), line: z.string() }),
  z.object({ kind: z.literal('failed'), sentence: z.string(), takenPort: z.number().optional() }),
  z.object({
    kind: z.literal('done'),
    settings: Settings /** Null where the public address is not this machine. */,
    demo: Demo.nullable(),
    alreadyRan: z.boolean(),
  }),
]);
export type Report = z.infer<typeof Report>;
export type Done = Extract<Report, { kind: 'done' }>;

export const REPORT_DESCRIPTOR = 3;
