import { adminDashboard, findCustomer } from '#contract/admin.ts';
import type { Payments } from '../payments/payments.ts';
import type { Binding } from '../platform/http.ts';
import { bind } from '../platform/http.ts';
import { customerOf } from './customer.ts';
import { dashboard } from './dashboard.ts';

export const adminRoutes = (ctx: Payments): Binding[] => [
  bind(adminDashboard, () => dashboard(ctx.db, ctx.stripe.mode)),
  bind(findCustomer, ({ query }) => customerOf(ctx, query.email)),
];
