// A server without a transcriber sends bots that hear, and nobody writes down what. Said before one is sent.
import { Alert } from '@mantine/core';
import { useOverview } from '@/kit/api/overview';
import { Icon } from '@/kit/icons';

export function NobodyListens() {
  const trouble = useOverview().data?.checks.find(({ name, ok }) => name === 'transcription' && !ok);
  if (!trouble) return null;
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<Icon name="alert" />}
      title="What is said in calls is not written down"
      className="nobody-listens"
    >
      Bots go into calls all the same. {trouble.detail}
    </Alert>
  );
}
