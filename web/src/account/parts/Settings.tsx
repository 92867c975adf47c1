import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { loadExport, saveLanguage, saveName } from '../../api/account.ts';
import { changePassword } from '../../api/session.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import forms from '../../ui/form.module.css';
import { LanguageField } from '../../ui/LanguageField.tsx';
import { Problem } from '../../ui/Problem.tsx';
import { useTask } from '../../ui/use-task.ts';
import { setAccount, useMe } from '../me.ts';
import classes from '../page.module.css';
import { PASSWORD_MIN } from '../password.ts';
import { EraseAccount } from './EraseAccount.tsx';
import { NoticeChoices } from './NoticeChoices.tsx';
import { Section } from './Section.tsx';

/** Name, language, password, and what the law gives one over one's data. */
export function Settings() {
  const { t } = useTranslation('account');
  return (
    <>
      <Section title={t('settings.title')}>
        <NameForm />
        <LanguageForm />
      </Section>
      <NoticeChoices />
      <Section title={t('settings.password')}>
        <PasswordForm />
      </Section>
      <Section title={t('settings.data')}>
        <ExportData />
        <EraseAccount />
      </Section>
    </>
  );
}

function NameForm() {
  const { t } = useTranslation('account');
  const { account } = useMe();
  const [name, setName] = useState(account?.name ?? '');
  const [saved, setSaved] = useState(false);
  const { busy, problem, setProblem, run } = useTask();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setSaved(false);
    if (!name.trim()) return setProblem(t('up.nameMissing'));
    setSaved(await run(async () => setAccount(await saveName(name.trim()))));
  };
  return (
    <form className={forms['form']} onSubmit={submit} noValidate>
      <Field
        label={t('settings.name')}
        hint={t('settings.nameHint')}
        autoComplete="nickname"
        maxLength={80}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Problem text={problem} />
      <div className={classes['row']}>
        <Button type="submit" aria-disabled={busy}>
          {t('settings.save')}
        </Button>
        <span role="status" className={classes['goodWord']}>
          {saved ? t('saved') : ''}
        </span>
      </div>
    </form>
  );
}

function LanguageForm() {
  const { t } = useTranslation('account');
  const { account } = useMe();
  const [saved, setSaved] = useState(false);
  const { problem, run } = useTask();
  return (
    <>
      <LanguageField
        label={t('settings.language')}
        value={account?.language ?? 'en'}
        onValue={async (language) => {
          setSaved(false);
          setSaved(await run(async () => setAccount(await saveLanguage(language))));
        }}
      />
      <Problem text={problem} />
      <span role="status" className={classes['goodWord']}>
        {saved ? t('saved') : ''}
      </span>
    </>
  );
}

function PasswordForm() {
  const { t } = useTranslation('account');
  const [changed, setChanged] = useState(false);
  const { busy, problem, setProblem, run } = useTask();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const next = String(data.get('next') ?? '');
    setChanged(false);
    if (next.length < PASSWORD_MIN) return setProblem(t('up.passwordShort'));
    await run(async () => {
      if (!(await changePassword(String(data.get('present') ?? ''), next)))
        return setProblem(t('settings.wrongPresent'));
      form.reset();
      setChanged(true);
    });
  };
  return (
    <form className={forms['form']} onSubmit={submit} noValidate>
      <Field label={t('settings.present')} name="present" type="password" autoComplete="current-password" />
      <Field
        label={t('settings.next')}
        hint={t('up.passwordHint')}
        name="next"
        type="password"
        autoComplete="new-password"
        maxLength={128}
      />
      <Problem text={problem} />
      <div className={classes['row']}>
        <Button type="submit" aria-disabled={busy}>
          {t('settings.change')}
        </Button>
        <span role="status" className={classes['goodWord']}>
          {changed ? t('settings.changed') : ''}
        </span>
      </div>
    </form>
  );
}

function ExportData() {
  const { t } = useTranslation('account');
  const { busy, problem, run } = useTask();
  const download = () =>
    run(async () => {
      const text = JSON.stringify(await loadExport(), null, 2);
      const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
      const link = document.createElement('a');
      link.href = url;
      link.download = 'my-data.json';
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    });
  return (
    <div className={forms['form']}>
      <p className={classes['quiet']}>{t('settings.exportText')}</p>
      <Problem text={problem} />
      <Button aria-disabled={busy} onClick={() => void download()}>
        {t('settings.export')}
      </Button>
    </div>
  );
}
