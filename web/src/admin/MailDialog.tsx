import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/Dialog.tsx';
import classes from './admin.module.css';
import type { Mail } from './api.ts';

/** A mail as its reader sees it, and as text. */
export function MailDialog({ mail, onClose }: { mail: Mail; onClose: () => void }) {
  const { t } = useTranslation('admin');
  return (
    <Dialog title={mail.subject} onClose={onClose} closeName={t('close')}>
      <p className={classes['quiet']}>{mail.to}</p>
      <MailFrame html={mail.html} />
      <p className={classes['quiet']}>{t('outbox.links')}</p>
      <details>
        <summary>{t('outbox.text')}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it by keys. */}
        <pre className={classes['text']} tabIndex={0}>
          {mail.text}
        </pre>
      </details>
    </Dialog>
  );
}

/**
 * Our policy allows no inline style, and a framed document inherits it. So the styles travel as data and are set
 * by us, which is allowed. In the frame no script runs, and no link leads anywhere: it may hold a token.
 */
function MailFrame({ html }: { html: string }) {
  const { t } = useTranslation('admin');
  const frame = useRef<HTMLIFrameElement>(null);
  const parked = html.replace(/<style[\s\S]*?<\/style>/g, '').replaceAll(' style="', ' data-style="');
  const dress = () => {
    const box = frame.current;
    const mail = box?.contentDocument;
    if (!box || !mail) return;
    for (const element of mail.querySelectorAll<HTMLElement>('[data-style]'))
      element.style.cssText = element.dataset['style'] ?? '';
    mail.addEventListener('click', (event) => event.preventDefault());
    box.style.height = `${mail.documentElement.scrollHeight}px`;
  };
  return (
    <iframe
      ref={frame}
      className={classes['mail']}
      title={t('outbox.picture')}
      sandbox="allow-same-origin"
      srcDoc={parked}
      onLoad={dress}
    />
  );
}
