// What is shown when something is empty, loading, or went wrong.
import { Alert, Button, Skeleton, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';
import { ApiError, messageOf } from './api/http';
import { Icon, type IconName } from './icons';

export function Empty({
  icon,
  title,
  children,
  action,
}: {
  icon: IconName;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="panel empty">
      <Icon name={icon} size={32} />
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}

export function Loading({ rows = 4, height = 44 }: { rows?: number; height?: number }) {
  return (
    <Stack gap="sm" aria-busy="true">
      <span className="visually-hidden" role="status">
        Loading
      </span>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} radius="md" />
      ))}
    </Stack>
  );
}

/** An error inside a form or page. When the server failed it says which request it was, so that it can be found in the log. */
export function Problem({ error, title, onRetry }: { error: unknown; title?: string; onRetry?: () => void }) {
  const requestId = error instanceof ApiError && error.status >= 500 ? error.requestId : '';
  return (
    <Alert color="red" variant="light" role="alert" title={title} icon={<Icon name="alert" />}>
      <Stack gap="xs" align="flex-start">
        <span className="pre-line">{messageOf(error)}</span>
        {requestId && (
          <span className="small">
            Request <span className="mono">{requestId}</span>
          </span>
        )}
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

export function tellDone(message: string) {
  notifications.show({ message, color: 'green', role: 'status' });
}
export function tellNote(message: string) {
  notifications.show({ message, color: 'yellow', autoClose: 8_000, role: 'status' });
}
export function tellFailed(title: string, error: unknown) {
  notifications.show({ title, message: messageOf(error), color: 'red', autoClose: 10_000, role: 'alert' });
}
