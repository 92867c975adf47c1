/** What `stagedoor doctor` says of the price of tokens: whether they bring what creators are paid for them. */
import type { RowDataPacket } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import type { Config } from '#config/index.ts';
import { type Finding, good, warning } from './finding.ts';

/** What a price with tax in it may lose, percent: the highest value added tax of Europe. */
const MOST_TAX_PERCENT = 27;
const WHOLE_BPS = 10_000;

type Prices = Pick<Config, 'tokenPacks' | 'tokenPrice' | 'payoutRate' | 'stripeTax' | 'currency'>;

/** What 100 tokens bring where they are cheapest, without tax; minor units of the currency, with a fraction. */
export function leastOf100({ tokenPacks, tokenPrice, stripeTax }: Prices): number {
  const cheapest = Math.min(tokenPrice, ...tokenPacks.map(({ tokens, priceMinor }) => (priceMinor * 100) / tokens));
  return stripeTax === 'inclusive' ? (cheapest * 100) / (100 + MOST_TAX_PERCENT) : cheapest;
}

/** `creatorBps` is the highest share that a creator gets here. */
export function priceFinding(prices: Prices, creatorBps: number): Finding {
  const brought = leastOf100(prices);
  const paid = (prices.payoutRate * creatorBps) / WHOLE_BPS;
  const taxed = prices.stripeTax === 'inclusive' ? ` after a tax of ${MOST_TAX_PERCENT} %` : '';
  const text = `100 tokens bring at least ${brought.toFixed(1)}${taxed}, and creators get up to ${paid.toFixed(1)} for them (${prices.currency}, smallest unit)`;
  return paid <= brought
    ? good(text)
    : warning(text, 'You pay the difference. Lower STAGEDOOR_PAYOUT_RATE, or sell tokens dearer; see docs/stripe.md.');
}

/** Asks the database who gets most. */
export async function priceFindings(config: Config): Promise<Finding[]> {
  const connection = await createConnection({ uri: config.secrets.databaseUrl, connectTimeout: 3000 });
  try {
    const [rows] = await connection.query<RowDataPacket[]>('SELECT MAX(creatorBps) AS most FROM channel');
    const most = rows[0]?.['most'];
    return most == null ? [] : [priceFinding(config, Number(most))];
  } finally {
    await connection.end();
  }
}
