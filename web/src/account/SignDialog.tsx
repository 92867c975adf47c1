import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/Dialog.tsx';
import { SignForm } from './SignForm.tsx';
import './texts.ts';

type Props = { why: 'ticket' | 'tip' | 'membership' | 'wallet'; onDone: (signedIn: boolean) => void };

/** Signing in without leaving the page that asked for it. */
export function SignDialog({ why, onDone }: Props) {
  const { t } = useTranslation('account');
  return (
    <Dialog title={t(`sign.why.${why}`)} closeName={t('close')} onClose={() => onDone(false)}>
      <SignForm onIn={() => onDone(true)} />
    </Dialog>
  );
}
