/** Who works in the studio. */
import type { ReplyOf } from '#contract/endpoint.ts';
import type { me } from '#contract/studio.ts';
import { ApiError, call } from '../api/http.ts';

export type Me = ReplyOf<typeof me>;

/** Who is signed in, or null. Throws `ApiError` where the server does not say. */
export async function whoAmI(): Promise<Me | null> {
  try {
    return await call<typeof me>('get', '/api/studio/me');
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}
