// Values to take along: an address, an id, a secret that is shown once.
import { ActionIcon, Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import { Icon } from './icons';

/** The clipboard API exists on https and loopback only; elsewhere the old way still works. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'visually-hidden';
    const focused = document.activeElement as HTMLElement | null;
    (focused?.closest('[role=dialog]') ?? document.body).append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    focused?.focus();
    return done;
  }
}

function useCopy(text: string | (() => string)) {
  const [state, setState] = useState<'idle' | 'done' | 'failed'>('idle');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    setState((await copyText(typeof text === 'string' ? text : text())) ? 'done' : 'failed');
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setState('idle'), 2000);
  };
  return { state, copy };
}

function CopyResult({ state }: { state: 'idle' | 'done' | 'failed' }) {
  return (
    <span role="status" className="visually-hidden">
      {state === 'done' ? 'Copied' : state === 'failed' ? 'Could not copy: select the text instead' : ''}
    </span>
  );
}

/** The value with a small copy button; `what` names it: "Copy bot id". `to` is a page of the console, `href` another. */
export function Copyable({ value, what, href, to }: { value: string; what: string; href?: string; to?: string }) {
  const { state, copy } = useCopy(value);
  return (
    <span className="copyable">
      {to ? (
        <Link className="mono" to={to}>
          {value}
        </Link>
      ) : href ? (
        <a className="mono" href={href}>
          {value}
        </a>
      ) : (
        <span className="mono">{value}</span>
      )}
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={`Copy ${what}`} onClick={() => void copy()}>
        <Icon name={state === 'done' ? 'check' : 'copy'} size={15} />
      </ActionIcon>
      <CopyResult state={state} />
    </span>
  );
}

/** A secret that cannot be seen again. */
export function Secret({ value, what }: { value: string; what: string }) {
  const { state, copy } = useCopy(value);
  return (
    <div className="secret">
      <span className="mono" data-secret>
        {value}
      </span>
      <Button
        size="xs"
        variant="default"
        leftSection={<Icon name={state === 'done' ? 'check' : 'copy'} size={15} />}
        onClick={() => void copy()}
      >
        Copy<span className="visually-hidden"> {what}</span>
      </Button>
      <CopyResult state={state} />
    </div>
  );
}

/** A button that copies what is only put together when it is pressed. */
export function CopyButton({
  label,
  what,
  text,
  size = 'sm',
  disabled = false,
}: {
  label: string;
  what: string;
  text: () => string;
  size?: 'xs' | 'sm';
  disabled?: boolean;
}) {
  const { state, copy } = useCopy(text);
  return (
    <>
      <Button
        size={size}
        variant="default"
        disabled={disabled}
        leftSection={<Icon name={state === 'done' ? 'check' : 'copy'} size={15} />}
        onClick={() => void copy()}
      >
        {label}
        <span className="visually-hidden"> {what}</span>
      </Button>
      <CopyResult state={state} />
    </>
  );
}
