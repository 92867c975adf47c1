/** The one table of endpoints. Boot fails where one has no handler or two. */
import * as codes from './access-codes.ts';
import * as channels from './channels.ts';
import type { Endpoint } from './endpoint.ts';
import { streamHealth } from './health.ts';
import * as keys from './keys.ts';
import * as live from './live-sessions.ts';
import * as notices from './notices.ts';
import * as studio from './studio.ts';
import * as system from './system.ts';

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
  live.listStreams,
  live.streamStatus,
  live.terminateStream,
  channels.getChannel,
  channels.editChannel,
  keys.listKeys,
  keys.createKey,
  keys.rotateKey,
  keys.revokeKey,
  notices.listNotices,
  notices.readNotices,
  notices.listOutbox,
  notices.showMail,
  notices.retryMail,
  studio.me,
  studio.studioOverview,
];
