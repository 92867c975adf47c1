/** The one table of endpoints. Boot fails where one has no handler or two. */
import * as codes from './access-codes.ts';
import * as accounts from './accounts.ts';
import * as admin from './admin.ts';
import * as channels from './channels.ts';
import { getCheckout, getInvoice } from './checkouts.ts';
import * as earnings from './earnings.ts';
import type { Endpoint } from './endpoint.ts';
import { streamHealth } from './health.ts';
import * as keys from './keys.ts';
import * as live from './live-sessions.ts';
import * as notices from './notices.ts';
import * as payouts from './payouts.ts';
import * as receipts from './receipts.ts';
import * as shop from './shop.ts';
import * as studio from './studio.ts';
import * as subscriptions from './subscriptions.ts';
import * as system from './system.ts';
import * as tickets from './tickets.ts';
import * as tips from './tips.ts';
import * as wallet from './wallet.ts';

export const ENDPOINTS: readonly Endpoint[] = [
  system.health,
  system.ready,
  system.openApiDocument,
  codes.validateCode,
  codes.checkCodeStatus,
  codes.createCodes,
  codes.listCodes,
  codes.revokeCode,
  live.currentSession,
  live.startSession,
  live.endSession,
  live.pauseSession,
  live.resumeSession,
  live.goLive,
  live.cancelSession,
  streamHealth,
  live.createStream,
  live.editStream,
  live.deleteStream,
  live.listStreams,
  live.streamStatus,
  live.terminateStream,
  channels.getChannel,
  channels.editChannel,
  keys.listKeys,
  keys.createKey,
  keys.rotateKey,
  keys.revokeKey,
  accounts.myAccount,
  accounts.setLanguage,
  accounts.setDisplayName,
  accounts.confirmConsent,
  accounts.verifyAddress,
  accounts.exportAccount,
  accounts.eraseAccount,
  notices.listNotices,
  notices.readNotices,
  notices.noticePreferences,
  notices.setNoticePreference,
  notices.mailChoice,
  notices.listOutbox,
  notices.showMail,
  notices.retryMail,
  shop.getShop,
  shop.buyCode,
  shop.buyTokens,
  shop.resendCode,
  shop.refund,
  shop.reconcilePayments,
  getCheckout,
  getInvoice,
  subscriptions.subscribe,
  subscriptions.listSubscriptions,
  subscriptions.cancelSubscription,
  subscriptions.resumeSubscription,
  subscriptions.listPlans,
  subscriptions.buyPlan,
  subscriptions.syncSubscription,
  studio.me,
  studio.studioOverview,
  tickets.buyTicket,
  tickets.streamAccess,
  tickets.listTickets,
  tickets.refundTicket,
  tickets.myTickets,
  tips.sendTip,
  tips.listTips,
  tips.recentTips,
  wallet.walletMe,
  wallet.tokensBalance,
  wallet.walletHistory,
  wallet.walletSpending,
  wallet.setSpendingLimit,
  earnings.getEarnings,
  earnings.earningsStatement,
  earnings.studioDashboard,
  payouts.requestPayout,
  payouts.listPayouts,
  payouts.connectAccount,
  payouts.adminPayouts,
  payouts.approvePayout,
  payouts.rejectPayout,
  payouts.markPayoutPaid,
  receipts.receiptKeys,
  receipts.getReceipt,
  admin.adminDashboard,
  admin.findCustomer,
];
