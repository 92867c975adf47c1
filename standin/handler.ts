/** How an endpoint is written down, and how lists are cut into pages. */
import type { Desk } from './desk.ts';
import { Fault, invalid, missing } from './faults.ts';
import type { Kind, ListOf, Objects } from './objects.ts';
import type { Covered } from './parameters/covered.ts';
import type { Query } from './store.ts';

/** `params` have been held against the table of the SDK's types; `id` is the one in the address, or empty. */
type Work<P> = (desk: Desk, params: P, id: string) => object;
export type Handler = {
  /** The parameters that are carried out. Others that Stripe has are refused here, never passed over. */
  readonly carries: readonly string[];
  readonly work: Work<never>;
};
export type Handlers = Partial<Record<Covered, Handler>>;

/** An endpoint that carries out these parameters of the SDK's type `P`. */
export function takes<P extends object>(carries: ReadonlyArray<keyof P & string>, work: Work<P>): Handler {
  return { carries, work: work as Work<never> };
}

/** Throws for a parameter that Stripe has and the stand-in has not, so that nobody relies on it by mistake. */
export function refuseUncovered(place: string, carries: readonly string[], given: object | undefined): void {
  for (const name of Object.keys(given ?? {}))
    if (name !== 'expand' && !carries.includes(name))
      throw new Fault(400, {
        type: 'api_error',
        code: 'standin_not_covered',
        param: name,
        message: `The stand-in for Stripe does not cover the parameter ${name} of ${place}. Stripe itself takes it.`,
      });
}

export const PAGE = ['limit', 'starting_after', 'ending_before'] as const;
export const PAGE_CREATED = [...PAGE, 'created'] as const;

type PageParams = {
  readonly limit?: number;
  readonly starting_after?: string;
  readonly ending_before?: string;
  readonly created?: number | Readonly<Partial<Record<'gt' | 'gte' | 'lt' | 'lte', number>>>;
};

const LARGEST_PAGE = 100;
const USUAL_PAGE = 10;

function requireThere(desk: Desk, kind: Kind, params: PageParams): void {
  for (const name of ['starting_after', 'ending_before'] as const) {
    const id = params[name];
    if (id !== undefined && !desk.store.get(kind, id)) throw missing(kind, id, name);
  }
}

/** One page of a list, newest first. */
export function page<K extends Kind>(
  desk: Desk,
  kind: K,
  url: string,
  params: PageParams,
  query: Query = {},
): ListOf<Objects[K]> {
  const limit = params.limit ?? USUAL_PAGE;
  if (limit < 1 || limit > LARGEST_PAGE)
    throw invalid(
      limit < 1
        ? `This value must be greater than or equal to 1.`
        : `This value must be less than or equal to ${LARGEST_PAGE}.`,
      'parameter_invalid_integer',
      'limit',
    );
  if (params.starting_after !== undefined && params.ending_before !== undefined)
    throw invalid('Received both starting_after and ending_before parameters. Please pass in only one.');
  requireThere(desk, kind, params);
  const { created } = params;
  const found = desk.store.find(kind, {
    ...query,
    ...(created === undefined
      ? {}
      : { created: typeof created === 'number' ? { gte: created, lte: created } : created }),
    ...(params.starting_after === undefined ? {} : { olderThan: params.starting_after }),
    ...(params.ending_before === undefined ? {} : { newerThan: params.ending_before }),
    limit: limit + 1,
  });
  const data = found.slice(0, limit);
  if (params.ending_before !== undefined) data.reverse();
  return { object: 'list', data, has_more: found.length > limit, url };
}

/** A list of all that is given, as objects hold their parts. */
export const whole = <T>(data: readonly T[], url: string): ListOf<T> => ({
  object: 'list',
  data: [...data],
  has_more: false,
  url,
});

/** `{name: value}` of those given. */
export function whereOf(given: Readonly<Record<string, string | boolean | undefined>>): Query {
  return {
    where: Object.fromEntries(
      Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    ),
  };
}
