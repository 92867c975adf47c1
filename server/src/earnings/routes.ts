import { earningsStatement, getEarnings, studioDashboard } from '#contract/earnings.ts';
import { channelFor } from '../channels/service.ts';
import { download } from '../platform/download.ts';
import type { Binding, Caller } from '../platform/http.ts';
import { bindOwner } from '../platform/http.ts';
import type { Platform } from '../platform/platform.ts';
import { dashboardOf } from './dashboard.ts';
import { earningsOf } from './service.ts';
import { statementCsv, statementOf } from './statement.ts';

export function earningRoutes({ config, db }: Platform): Binding[] {
  const locate = ({ query }: { query: { channel?: string | undefined } }, caller: Caller) =>
    channelFor(db, caller, query.channel);
  return [
    bindOwner(getEarnings, locate, ({ channel, query }) => earningsOf(db, config, channel, query)),
    bindOwner(earningsStatement, locate, async ({ channel, query }) => {
      const { month, currency = config.currency, format, after = null, limit } = query;
      const asked = { userId: channel.ownerId, month, currency };
      if (format === 'json') return statementOf(db, { ...asked, after, limit });
      return download(`statement-${channel.slug}-${month}-${currency}.csv`, await statementCsv(db, asked));
    }),
    bindOwner(studioDashboard, locate, ({ channel, query }) => dashboardOf(db, channel, query)),
  ];
}
