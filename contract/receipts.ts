import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { CheckoutId, TransferId } from './ids.ts';

const Field = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const PublishedReceiptKey = z.object({
  id: z.string(),
  /** Raw ed25519 public key, base64url. */
  publicKey: z.string(),
  createdAt: z.iso.datetime(),
  /** The key before it, which vouches for it; null for the first. */
  signedBy: z.string().nullable(),
  signature: z.string().nullable(),
});

export const receiptKeys = {
  method: 'get',
  path: '/api/receipts/keys',
  summary: 'The public keys of receipts, oldest first: all that is needed to check one offline.',
  caller: 'public',
  reply: z.object({ keys: z.array(PublishedReceiptKey) }),
} as const satisfies Endpoint;

export const getReceipt = {
  method: 'get',
  path: '/api/receipts/:transferId',
  summary: 'The signed receipt of a transfer, for its buyer, its creator or the admin.',
  caller: 'public',
  params: z.object({ transferId: TransferId }),
  query: z.object({
    /** Whose copy; the creator's tells the shares. Left out: the caller's own. */
    party: z.enum(['buyer', 'creator']).optional(),
    /** Who bought without an account proves it with the checkout and its claim. */
    checkout: CheckoutId.optional(),
    claim: z.string().max(100).optional(),
  }),
  reply: z.object({ receipt: z.record(z.string(), Field), keyId: z.string(), signature: z.string() }),
} as const satisfies Endpoint;
