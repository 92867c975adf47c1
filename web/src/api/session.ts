/** Signing up, in and out, through better-auth's own routes. */
import { ApiError, send } from './http.ts';

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
