import * as contract from '#contract/receipts.ts';
import type { Payments } from '../payments/payments.ts';
import type { Binding } from '../platform/http.ts';
import { bind } from '../platform/http.ts';
import { receiptKeys } from './keys.ts';
import { receiptFor } from './service.ts';

export const receiptRoutes = (ctx: Payments): Binding[] => [
  bind(contract.receiptKeys, async () => ({ keys: [...receiptKeys(ctx.config.varDir).keys] })),
  bind(contract.getReceipt, ({ params, query, caller }) => receiptFor(ctx, params.transferId, query, caller)),
];
