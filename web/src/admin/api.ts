/** The operator's questions and orders. Each takes the operator's key. */
import type { adminDashboard, findCustomer } from '#contract/admin.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import type { listOutbox, MailState, NoticeEvent, OutboxMail, retryMail, showMail } from '#contract/notices.ts';
import type {
  AdminPayout,
  adminPayouts,
  approvePayout,
  markPayoutPaid,
  PayoutState,
  rejectPayout,
} from '#contract/payouts.ts';
import type { reconcilePayments } from '#contract/shop.ts';
import type { syncSubscription } from '#contract/subscriptions.ts';
import { call } from '../api/http.ts';

export type { AdminPayout, MailState, NoticeEvent, OutboxMail, PayoutState };
export type Dashboard = ReplyOf<typeof adminDashboard>;
export type Customer = ReplyOf<typeof findCustomer>;
export type Outbox = ReplyOf<typeof listOutbox>;
export type Mail = ReplyOf<typeof showMail>;
export type PayoutPage = ReplyOf<typeof adminPayouts>;

export const loadDashboard = (bearer: string): Promise<Dashboard> =>
  call<typeof adminDashboard>('get', '/api/admin/dashboard', { bearer });

export const loadCustomer = (bearer: string, email: string): Promise<Customer> =>
  call<typeof findCustomer>('get', '/api/admin/customers', { bearer, query: { email } });

/** Empty: of every state, of every event. */
export type OutboxFilter = { readonly state: MailState | ''; readonly event: NoticeEvent | '' };

/** A page of mails, newest first. */
export const loadOutbox = (bearer: string, { state, event }: OutboxFilter, before: Outbox['next']): Promise<Outbox> =>
  call<typeof listOutbox>('get', '/api/admin/outbox', {
    bearer,
    query: { limit: 50, ...(state ? { state } : {}), ...(event ? { event } : {}), ...(before ? { before } : {}) },
  });

export const loadMail = (bearer: string, id: OutboxMail['id']): Promise<Mail> =>
  call<typeof showMail>('get', '/api/admin/outbox/:id', { bearer, params: { id } });

export const retry = (bearer: string, id: OutboxMail['id']): Promise<OutboxMail> =>
  call<typeof retryMail>('post', '/api/admin/outbox/:id/retry', { bearer, params: { id }, body: {} });

export const loadPayouts = (bearer: string, state: PayoutState | '', after: PayoutPage['next']): Promise<PayoutPage> =>
  call<typeof adminPayouts>('get', '/api/admin/payouts', {
    bearer,
    query: { ...(state ? { state } : {}), ...(after ? { after } : {}) },
  });

export type Decision = 'approve' | 'reject' | 'paid';

/** Decides on a payout; `note` is the reason of a rejection, or the reference of a payment. Throws `ApiError`. */
export function decide(bearer: string, id: AdminPayout['id'], decision: Decision, note: string): Promise<AdminPayout> {
  const params = { id };
  if (decision === 'approve')
    return call<typeof approvePayout>('post', '/api/admin/payouts/:id/approve', { bearer, params, body: {} });
  if (decision === 'reject')
    return call<typeof rejectPayout>('post', '/api/admin/payouts/:id/reject', {
      bearer,
      params,
      body: { reason: note },
    });
  return call<typeof markPayoutPaid>('post', '/api/admin/payouts/:id/paid', {
    bearer,
    params,
    body: { reference: note },
  });
}

export const reconcile = (bearer: string): Promise<ReplyOf<typeof reconcilePayments>> =>
  call<typeof reconcilePayments>('post', '/api/admin/reconcile', { bearer, body: {} });

export const sync = (bearer: string, subscriptionId: string): Promise<ReplyOf<typeof syncSubscription>> =>
  call<typeof syncSubscription>('post', '/api/admin/sync', { bearer, body: { subscriptionId } });
