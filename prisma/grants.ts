/**
 * What the `app` database user may do, table by table. A database-level GRANT cannot be taken back
 * per table, so there is none: a table that is missing here cannot be read by the product at all.
 */
const ALL = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const;
/** Rows that can be added and read, and never changed. */
const APPEND_ONLY = ['SELECT', 'INSERT'] as const;
const NO_DELETE = ['SELECT', 'INSERT', 'UPDATE'] as const;

export const TABLE_GRANTS: Readonly<Record<string, readonly string[]>> = {
  user: ALL,
  session: ALL,
  account: ALL,
  verification: ALL,
  channel: NO_DELETE,
  stream_key: NO_DELETE,
  // A show that never ran and for which nothing was sold can be deleted.
  live_show: ALL,
  viewer_session: ALL,
  ingest_refusal: ALL,
  media_report: NO_DELETE,
  access_code: NO_DELETE,
  code_device: NO_DELETE,
  // The address of a person who had everything erased is taken out; the rest of a line stays.
  code_usage: [...APPEND_ONLY, 'UPDATE (address)'],
  audit_event: [...APPEND_ONLY, 'UPDATE (address)'],
  ledger_account: NO_DELETE,
  ledger_transfer: APPEND_ONLY,
  ledger_entry: APPEND_ONLY,
  ledger_seal: APPEND_ONLY,
  ledger_seal_item: APPEND_ONLY,
  notice: ALL,
  notice_delivery: ALL,
  notice_preference: ALL,
  notice_suppression: ALL,
  checkout: NO_DELETE,
  payment: NO_DELETE,
  payment_return: NO_DELETE,
  subscription: NO_DELETE,
  stripe_event: APPEND_ONLY,
  stripe_customer: ALL,
  stripe_price: NO_DELETE,
  stripe_cursor: NO_DELETE,
  plan_mappings: NO_DELETE,
  ticket: NO_DELETE,
  membership: NO_DELETE,
  // The name and message of a person who had the account erased are taken out.
  tip: NO_DELETE,
  spending_limit: ALL,
  payout: NO_DELETE,
  connect_account: ALL,
};
