import { useEffect, useState } from 'react';
import { type MailChoice, readMailChoice, setMailChoice } from '../api/account.ts';
import { unsubscribeWords } from '../locales/unsubscribe.ts';
import { Button } from '../ui/Button.tsx';
import { browserLanguage, LANGUAGES } from '../ui/languages.ts';
import { Problem } from '../ui/Problem.tsx';
import { useTask } from '../ui/use-task.ts';
import classes from './page.module.css';
import { takeLink } from './token.ts';

/**
 * Where the link under a mail leads: says which mails it is about, and takes them off with one press, or puts them on
 * again. In the mail's language, and for people without an account too.
 */
export function Unsubscribe() {
  const [link] = useState(takeLink);
  const [choice, setChoice] = useState<MailChoice | null>(null);
  const [changed, setChanged] = useState(false);
  const { busy, problem, run } = useTask();
  const language = LANGUAGES.find(([one]) => one === link.language)?.[0] ?? browserLanguage();
  const words = unsubscribeWords[language];
  const { token } = link;
  useEffect(() => {
    document.title = `${words.title} · Stagedoor`;
    if (token) void run(async () => setChoice(await readMailChoice(token)));
  }, [token, run, words]);
  const choose = async (wanted: boolean) => {
    setChanged(await run(async () => setChoice(await setMailChoice(token, wanted))));
  };
  const state = choice ? (choice.wanted ? 'wanted' : 'off') : token && !problem ? 'asking' : 'broken';
  return (
    <section className={classes['card']} lang={language} data-unsubscribe={state}>
      <h1 className={classes['heading']}>{words.title}</h1>
      {choice ? (
        <>
          <p role="status" className={changed ? classes['good'] : undefined}>
            {(choice.wanted ? words.wanted : words.off)(words.groups[choice.group], choice.address)}
          </p>
          <div className={classes['row']}>
            <Button
              look={choice.wanted ? 'primary' : 'plain'}
              aria-disabled={busy}
              onClick={() => void choose(!choice.wanted)}
            >
              {choice.wanted ? words.takeOff : words.putOn}
            </Button>
          </div>
          <p className={classes['quiet']}>{words.needed}</p>
          <p>
            <a href="/account/settings#notices">{words.account}</a>
          </p>
        </>
      ) : null}
      {state === 'asking' ? <p role="status">…</p> : null}
      {state === 'broken' && !problem ? <p role="alert">{words.broken}</p> : null}
      <Problem text={problem} />
    </section>
  );
}
