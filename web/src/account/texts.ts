/** The texts of the account's pages and dialogs, which come with their code. */
import i18next from 'i18next';
import { account } from '../locales/en/account.ts';

i18next.addResourceBundle('en', 'account', account);
