import 'i18next';
import type { account } from './locales/en/account.ts';
import type { admin } from './locales/en/admin.ts';
import type { errors } from './locales/en/errors.ts';
import type { studio } from './locales/en/studio.ts';
import type { watch } from './locales/en/watch.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'watch';
    resources: {
      watch: typeof watch;
      account: typeof account;
      studio: typeof studio;
      admin: typeof admin;
      errors: typeof errors;
    };
  }
}
