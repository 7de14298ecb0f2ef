// A secret that the server made for a brain, shown once.
import { Button, Stack } from '@mantine/core';
import { Secret } from '@/kit/copy';

export function MadeSecret({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Stack>
      <div>
        A secret was made for its brain. Your service needs it to check that requests come from here. It is shown this
        once.
      </div>
      <Secret value={secret} what="secret" />
      <div className="dialog-actions">
        <Button onClick={onClose} data-autofocus>
          I have kept it
        </Button>
      </div>
    </Stack>
  );
}
