/** The list of events: what a reconciler reads, whatever became of the webhook. */
import type Stripe from 'stripe';
import { find } from '../desk.ts';
import { invalid } from '../faults.ts';
import { type Handlers, PAGE_CREATED, page, takes } from '../handler.ts';

const MOST_TYPES = 20;

export const events: Handlers = {
  'GET /v1/events': takes<Stripe.EventListParams>([...PAGE_CREATED, 'type', 'types'], (desk, params) => {
    const { type, types } = params;
    if (type !== undefined && types !== undefined)
      throw invalid('You may only specify one of these parameters: type, types.', undefined, 'types');
    if ((types ?? []).length > MOST_TYPES)
      throw invalid(`types can have at most ${MOST_TYPES} values.`, undefined, 'types');
    const wanted = types ?? (type === undefined ? undefined : [type]);
    return page(desk, 'event', '/v1/events', params, wanted ? { types: wanted } : {});
  }),
  'GET /v1/events/{id}': takes<Stripe.EventRetrieveParams>([], (desk, _params, id) => find(desk, 'event', id)),
};
