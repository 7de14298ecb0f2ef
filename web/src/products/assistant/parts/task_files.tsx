// Files that services answered with: downloads, never shown in the page.
import { sayBytes } from '@/kit/bytes';
import { Icon } from '@/kit/icons';
import type { TaskFile } from '../api/types';
import { seenText } from './seen_text';

export function TaskFiles({ files }: { files: TaskFile[] }) {
  if (files.length === 0) return null;
  return (
    <ul className="task-files" aria-label="Files">
      {files.map(({ file_id, name, bytes, path }) => (
        <li key={file_id}>
          {path ? (
            <a href={path} download={name}>
              <Icon name="download" size={15} /> {seenText(name)}
            </a>
          ) : (
            <span>{seenText(name)}</span>
          )}{' '}
          <span className="small dim">
            {path ? sayBytes(bytes) : `${sayBytes(bytes)}, not kept: there was no room`}
          </span>
        </li>
      ))}
    </ul>
  );
}
