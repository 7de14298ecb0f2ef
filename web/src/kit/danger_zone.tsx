// The end of a page of settings: what ends the thing itself.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon } from './icons';

interface Props {
  title: string;
  /** What goes with it, and what stays. */
  children: ReactNode;
  action: string;
  onAction: () => void;
}

export function DangerZone({ title, children, action, onAction }: Props) {
  return (
    <section className="section settings-section">
      <div className="settings-lead">
        <h2>Danger zone</h2>
      </div>
      <div className="panel panel-pad danger-zone">
        <div>
          <strong>{title}</strong>
          <p className="dim small">{children}</p>
        </div>
        <Button color="red" variant="light" leftSection={<Icon name="trash" size={16} />} onClick={onAction}>
          {action}
        </Button>
      </div>
    </section>
  );
}
