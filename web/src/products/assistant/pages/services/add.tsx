// A service of one's own: the files of its folder, checked by the server before they are kept.
import { Button, Stack } from '@mantine/core';
import { useRef, useState, type ChangeEvent } from 'react';
import { useNavigate } from 'react-router';
import { sayBytes } from '@/kit/bytes';
import { Dialog } from '@/kit/dialog';
import { Problem, tellDone } from '@/kit/feedback';
import { Icon } from '@/kit/icons';
import { useAddPack } from '../../api/packs';
import { AllProblems } from '../../parts/all_problems';
import { readPackFiles, type Chosen } from '../../parts/pack_files';
import { packPath } from '../../parts/paths';

export function AddService({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Dialog title="Add a service" opened={opened} onClose={onClose}>
      <AddForm onClose={onClose} />
    </Dialog>
  );
}

function AddForm({ onClose }: { onClose: () => void }) {
  const [chosen, setChosen] = useState<Chosen>();
  const add = useAddPack();
  const navigate = useNavigate();
  const take = async (event: ChangeEvent<HTMLInputElement>) => {
    const { currentTarget: field } = event;
    const files = [...(field.files ?? [])];
    field.value = ''; // The same folder, mended, can be chosen again.
    if (files.length === 0) return;
    add.reset();
    setChosen(await readPackFiles(files));
  };
  const send = () => {
    if (!chosen) return;
    add.mutate(chosen.files, {
      onSuccess: ({ service, replaced }) => {
        onClose();
        tellDone(replaced ? `${service} was replaced.` : `${service} is added. Give it its key now.`);
        void navigate(packPath(service));
      },
    });
  };
  return (
    <Stack>
      <p className="dim">
        The folder has a <span className="mono">config.json</span> and the description of the service’s interface (
        <span className="mono">openapi.json</span> or <span className="mono">openapi.yaml</span>); workflows, probes and
        examples may stand beside them. No key stands in any of these files.
      </p>
      <div className="row-buttons add-files">
        <FileButton label="Choose a folder" folder onFiles={(event) => void take(event)} />
        <FileButton label="Choose files" onFiles={(event) => void take(event)} />
      </div>
      {chosen && <Listed chosen={chosen} />}
      {add.error && <AllProblems error={add.error} title="This pack cannot be used yet" />}
      <div className="dialog-actions">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button disabled={!chosen || !!chosen.problem} loading={add.isPending} onClick={send}>
          Check and add
        </Button>
      </div>
    </Stack>
  );
}

function Listed({ chosen: { files, problem } }: { chosen: Chosen }) {
  return (
    <>
      <ul className="rows panel" aria-label="Chosen files">
        {Object.entries(files).map(([name, text]) => (
          <li key={name}>
            <div className="mono">{name}</div>
            <span className="small dim">{sayBytes(new Blob([text]).size)}</span>
          </li>
        ))}
      </ul>
      {problem && <Problem error={new Error(problem)} />}
    </>
  );
}

/** A file field cannot be drawn: the button in front of it opens it. */
function FileButton({
  label,
  folder = false,
  onFiles,
}: {
  label: string;
  folder?: boolean;
  onFiles: (event: ChangeEvent<HTMLInputElement>) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={field}
        type="file"
        multiple
        hidden
        aria-label={label}
        {...(folder && { webkitdirectory: '' })}
        onChange={onFiles}
      />
      <Button variant="default" leftSection={<Icon name="upload" size={16} />} onClick={() => field.current?.click()}>
        {label}
      </Button>
    </>
  );
}
