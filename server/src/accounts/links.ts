/** Tokens of links in mails. The outbox holds them sealed, so that a copy of the database opens no account. */
import type { Config } from '#config/index.ts';
import { seal, unseal } from '../access/seal.ts';

/** Seals a link's token, bound to the event that it is sent for. */
export const sealToken = (config: Config, token: string, event: string): string =>
  seal(config.secrets.codeSealKey, token, event).toString('base64url');

/** Opens what `sealToken` made. Throws where the key or the event is another. */
export const openToken = (config: Config, sealed: string, event: string): string =>
  unseal(config.secrets.codeSealKey, Buffer.from(sealed, 'base64url'), event);
