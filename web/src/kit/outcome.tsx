// What a test of something found: good, not sure, or bad.
import { Alert } from '@mantine/core';
import type { ReactNode } from 'react';
import type { BrainTested } from './api/types';
import { Icon } from './icons';

export type Outcome = BrainTested['outcome'];
const colors: Record<Outcome, string> = { good: 'green', unsure: 'yellow', bad: 'red' };
const says: Record<Outcome, string> = { good: '', unsure: 'Not sure: ', bad: 'Failed: ' };

export function Found({ outcome, title, children }: { outcome: Outcome; title: string; children?: ReactNode }) {
  return (
    <Alert
      className="test-result"
      data-outcome={outcome}
      color={colors[outcome]}
      variant="light"
      role="presentation"
      title={title}
      icon={<Icon name={outcome === 'good' ? 'check' : 'alert'} />}
    >
      {children}
    </Alert>
  );
}

/** What was looked at, one by one. */
export function FoundList({ items }: { items: { outcome: Outcome; text: ReactNode }[] }) {
  if (items.length === 0) return null;
  return (
    <ul>
      {items.map(({ outcome, text }, place) => (
        <li key={place} data-outcome={outcome}>
          <Icon name={outcome === 'good' ? 'check' : 'alert'} size={15} />
          {says[outcome] && <span className="visually-hidden">{says[outcome]}</span>}
          <span>{text}</span>
        </li>
      ))}
    </ul>
  );
}
