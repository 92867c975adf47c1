import { asFan } from '../../account/ask.ts';
import { leaveFor } from '../../account/go.ts';
import { orderMembership } from '../../api/shop.ts';

/** Begins a membership: signs in where needed, then leaves for the checkout. Throws `ApiError`. */
export async function join(channel: string): Promise<void> {
  const began = await asFan('membership', () => orderMembership(channel));
  if (began) leaveFor(began);
}
