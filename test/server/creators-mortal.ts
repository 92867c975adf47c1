/** A process that dies in the middle of a payout, at a step that the test names. */
import type { Payouts } from '../../server/src/payouts/service.ts';
import type { Db, Sql, Tx } from '../../server/src/platform/db.ts';

export class Killed extends Error {}

/** The same feature in a process that dies at its `dieAt`th step: a statement, a commit, a word to Stripe or its answer. */
export function mortal(ctx: Payouts, dieAt: number): { ctx: Payouts; dead: () => boolean } {
  let steps = 0;
  const tick = () => {
    steps += 1;
    if (steps >= dieAt) throw new Killed();
  };
  const sqlOf = <S extends Sql>(sql: S): S => {
    const counted =
      <A extends unknown[], R>(run: (...args: A) => Promise<R>) =>
      (...args: A) => {
        tick();
        return run(...args);
      };
    const { rows, row, run, list: many, bulk } = sql;
    return {
      ...sql,
      rows: counted(rows),
      row: counted(row),
      run: counted(run),
      list: counted(many),
      bulk: counted(bulk),
    } as S;
  };
  const { db } = ctx;
  const dying: Db = {
    ...sqlOf(db),
    async transaction<T>(work: (tx: Tx) => Promise<T>) {
      tick();
      const done = await db.transaction(async (tx) => {
        const result = await work(sqlOf(tx));
        tick();
        return result;
      });
      tick();
      return done;
    },
  };
  const spoken = Object.fromEntries(
    Object.entries(ctx.stripe).map(([name, value]) => [
      name,
      typeof value !== 'function'
        ? value
        : async (...args: never[]) => {
            tick();
            const answer = await (value as (...given: never[]) => unknown)(...args);
            tick();
            return answer;
          },
    ]),
  ) as unknown as Payouts['stripe'];
  return { ctx: { ...ctx, db: dying, stripe: spoken }, dead: () => steps >= dieAt };
}
