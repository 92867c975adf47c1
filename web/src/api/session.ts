/** Signing up, in and out, verification and reset, through better-auth's own routes. */
import type { SignUp } from '#contract/accounts.ts';
import { ApiError, send } from './http.ts';

/** True where this browser is signed in. A guest gets a plain "no", not a refusal. */
export async function isSignedIn(): Promise<boolean> {
  const session = await send('get', '/api/auth/get-session');
  return session !== null && typeof session === 'object' && 'user' in session;
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

/**
 * Makes an account and signs in with it. False where the address has an account already, of another
 * password: its owner got a mail.
 */
export async function signUp(account: SignUp): Promise<boolean> {
  await send('post', '/api/auth/sign-up/email', account);
  return signIn(account.email, account.password);
}

/** Ends the session on this device. */
export async function signOut(): Promise<void> {
  await send('post', '/api/auth/sign-out', {});
}

/** Mails a link to set a new password, if there is such an account. */
export async function forgotPassword(email: string): Promise<void> {
  await send('post', '/api/auth/request-password-reset', { email });
}

/** Sets the password that the mailed token allows; false where it is too old or was used. */
export async function resetPassword(token: string, newPassword: string): Promise<boolean> {
  try {
    await send('post', '/api/auth/reset-password', { token, newPassword });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status < 500 && error.status !== 429 && error.status !== 0) return false;
    throw error;
  }
}

/** Mails the link that proves the address once more. */
export async function sendVerification(email: string): Promise<void> {
  await send('post', '/api/auth/send-verification-email', { email });
}

/** Changes the password and ends the other sessions; false where the present one is wrong. */
export async function changePassword(currentPassword: string, newPassword: string): Promise<boolean> {
  try {
    await send('post', '/api/auth/change-password', { currentPassword, newPassword, revokeOtherSessions: true });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 400) return false;
    throw error;
  }
}
