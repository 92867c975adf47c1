import { type FormEvent, lazy, Suspense, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '../i18n.ts';
import { Button } from '../ui/Button.tsx';
import { groupCode, symbolsOf } from '../ui/code-groups.ts';
import classes from './code.module.css';
import { formatTyped, LONGEST_TYPED } from './code-format.ts';

const ResendCode = lazy(() => import('./ResendCode.tsx').then((file) => ({ default: file.ResendCode })));

type Props = {
  slug: string;
  /** A code that came with the address; tried at once. */
  first: string | null;
  again: boolean;
  live: boolean;
  /** Codes are sold here, so that one may have bought one and lost it. */
  sold: boolean;
  onCode: (code: string) => Promise<void>;
};

/** The field for the access code. */
export function CodeEntry({ slug, first, again, live, sold, onCode }: Props) {
  const { t } = useTranslation('watch');
  const [text, setText] = useState(first ?? '');
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const [resending, setResending] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const caret = useRef<number | null>(null);

  useLayoutEffect(() => {
    // React puts the caret at the end when a value differs from what was typed.
    if (caret.current !== null) field.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });

  const check = useCallback(
    async (code: string) => {
      if (!symbolsOf(code)) {
        setProblem(t('code.empty'));
        field.current?.focus();
        return;
      }
      setBusy(true);
      setProblem('');
      try {
        await onCode(code);
      } catch (error) {
        setProblem(errorText(error));
        field.current?.focus();
      } finally {
        setBusy(false);
      }
    },
    [onCode, t],
  );

  const tried = useRef(false);
  useEffect(() => {
    if (!first || tried.current) return;
    tried.current = true;
    void check(first);
  }, [first, check]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy) void check(text);
  };
  return (
    <>
      <form className={classes['card']} onSubmit={submit} noValidate>
        <h2 className={classes['title']}>{t(again ? 'code.titleAgain' : 'code.title')}</h2>
        <p className={classes['hint']}>{t(live ? 'code.hintLive' : 'code.hintWait')}</p>
        <input
          ref={field}
          id="access-code"
          className={classes['field']}
          aria-label={t('code.label')}
          aria-describedby="access-code-where"
          aria-invalid={problem !== ''}
          placeholder={t('code.placeholder')}
          value={text}
          maxLength={LONGEST_TYPED * 2}
          inputMode="text"
          autoCapitalize="characters"
          autoComplete="one-time-code"
          autoCorrect="off"
          spellCheck={false}
          enterKeyHint="go"
          onChange={(event) => {
            const { value, selectionStart } = event.target;
            // Inside a composition (some phone keyboards) the text belongs to the keyboard.
            if (event.nativeEvent instanceof InputEvent && event.nativeEvent.isComposing) return setText(value);
            const next = formatTyped(value, selectionStart ?? value.length);
            caret.current = next.caret;
            setText(next.text);
            setProblem('');
          }}
          onCompositionEnd={(event) => setText(formatTyped(event.currentTarget.value, 0).text)}
          onPaste={(event) => {
            if (text && field.current?.selectionEnd !== field.current?.selectionStart) return;
            if (text) return;
            event.preventDefault();
            setText(groupCode(event.clipboardData.getData('text')).slice(0, LONGEST_TYPED));
            setProblem('');
          }}
        />
        {problem ? (
          <p className={classes['problem']} role="alert">
            {problem}
          </p>
        ) : null}
        <Button look="primary" type="submit" className={classes['submit']} aria-disabled={busy}>
          {t(busy ? 'code.checking' : 'code.submit')}
        </Button>
        <p className={classes['where']} id="access-code-where">
          {t(sold ? 'code.whereSold' : 'code.where')}
        </p>
        {sold ? (
          <Button look="quiet" small className={classes['resend']} onClick={() => setResending(true)}>
            {t('resend.open')}
          </Button>
        ) : null}
      </form>
      {resending ? (
        <Suspense fallback={null}>
          <ResendCode slug={slug} onClose={() => setResending(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
