/** Signing in and out, through better-auth's own routes. */
import type { ReplyOf } from '#contract/endpoint.ts';
import type { me } from '#contract/studio.ts';
import { ApiError, call, send } from '../api/http.ts';

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

/** Signs in; false for a wrong e-mail or password. Throws `ApiError` for everything else. */
export async function signIn(email: string, password: string): Promise<boolean> {
  try {
    await send('post', '/api/auth/sign-in/email', { email, password });
    return true;
  } catch (error) {
    if (error instanceof ApiError && [400, 401, 403, 422].includes(error.status)) return false;
    throw error;
  }
}

/** Ends the session on this device. */
export async function signOut(): Promise<void> {
  await send('post', '/api/auth/sign-out', {});
}
