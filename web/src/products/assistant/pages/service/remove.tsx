// Takes an added service away, with what was set of it.
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { DangerZone } from '@/kit/danger_zone';
import { ConfirmDialog } from '@/kit/dialog';
import { tellDone } from '@/kit/feedback';
import { useRemovePack } from '../../api/packs';
import type { Pack, PackSettings } from '../../api/types';

export function RemoveService({ pack, settings }: { pack: Pack; settings: PackSettings }) {
  const [asking, setAsking] = useState(false);
  const remove = useRemovePack(pack.service);
  const navigate = useNavigate();
  const close = () => {
    remove.reset();
    setAsking(false);
  };
  return (
    <>
      <DangerZone title="Remove this service" action="Remove" onAction={() => setAsking(true)}>
        Its files and keys go. Tasks that it was part of keep their records.
        {settings.replaces_shipped && ' The one of this name that comes with Troupe is back then.'}
      </DangerZone>
      <ConfirmDialog
        title={`Remove ${pack.title}?`}
        opened={asking}
        onClose={close}
        typed={pack.service}
        action="Remove the service"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() =>
          remove.mutate(undefined, {
            onSuccess: () => {
              tellDone(`${pack.title} is removed.`);
              void navigate('/ui/assistant/services');
            },
          })
        }
      >
        Its files and the keys that were stored for it are deleted. This cannot be undone.
      </ConfirmDialog>
    </>
  );
}
