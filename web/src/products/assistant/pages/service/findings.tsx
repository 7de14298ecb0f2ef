// What a pack lacks, errors first, with what to do about each.
import { Alert } from '@mantine/core';
import { Icon } from '@/kit/icons';
import { useSlice } from '@/kit/pager';
import type { Finding, PackSettings } from '../../api/types';

const perPage = 10;

export function Findings({ settings: { findings, errors, warnings } }: { settings: PackSettings }) {
  const { shown, pager } = useSlice(findings, perPage);
  if (findings.length === 0) return null;
  return (
    <section className="section" aria-labelledby="findings">
      <h2 id="findings">What the pack lacks</h2>
      {errors > 0 && (
        <Alert color="red" variant="light" role="note" icon={<Icon name="alert" />}>
          It cannot be used until {errors === 1 ? 'the error is' : `the ${errors} errors are`} mended: change its files,
          then add it again.
        </Alert>
      )}
      {errors === 0 && warnings > 0 && <p className="dim small">It works, but for what these warnings take from it.</p>}
      <ul className="rows panel" aria-label="What the pack lacks">
        {shown.map((finding, place) => (
          <li key={place}>
            <OneFinding finding={finding} />
          </li>
        ))}
      </ul>
      {pager('findings')}
    </section>
  );
}

const tones: Record<string, { word: string; tone: string }> = {
  error: { word: 'Error', tone: 'failed' },
  warning: { word: 'Warning', tone: 'warning' },
};

function OneFinding({ finding: { severity, file, pointer, message, advice } }: { finding: Finding }) {
  const { word, tone } = tones[severity] ?? { word: 'Note', tone: 'idle' };
  return (
    <>
      <div>
        {message}
        {advice && <div className="small">{advice}</div>}
        <div className="small dim mono">
          {file}
          {pointer && ` ${pointer}`}
        </div>
      </div>
      <span className="state" data-tone={tone}>
        {word}
      </span>
    </>
  );
}
