/** An answer that is a file to keep, where an endpoint offers one beside its JSON. */
import type { Response } from 'express';
import type { Endpoint } from '#contract/endpoint.ts';

const DOWNLOAD = Symbol('download');
export type Download = { readonly [DOWNLOAD]: true; readonly fileName: string; readonly text: string };

/** `fileName`: letters, digits, dots and dashes. */
export const download = (fileName: string, text: string): Download => ({ [DOWNLOAD]: true, fileName, text });

export const isDownload = (reply: unknown): reply is Download =>
  typeof reply === 'object' && reply !== null && DOWNLOAD in reply;

/** Spreadsheets take a text without this mark for one in the machine's own code page. */
const BYTE_ORDER_MARK = '\ufeff';

/** Throws (a programmer's error) where the endpoint's declaration offers no file. */
export function sendDownload(response: Response, endpoint: Endpoint, { fileName, text }: Download): void {
  if (endpoint.download === undefined) throw new Error(`${endpoint.path} does not say that it answers with a file`);
  response.setHeader('content-type', `${endpoint.download}; charset=utf-8`);
  response.setHeader('content-disposition', `attachment; filename="${fileName}"`);
  response.send(BYTE_ORDER_MARK + text);
}
