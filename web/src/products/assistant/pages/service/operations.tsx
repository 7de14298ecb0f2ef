// The single calls of a service: which change something, and which ask for a yes.
import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { Empty } from '@/kit/feedback';
import { pageSize, useSlice } from '@/kit/pager';
import { SearchBox } from '@/kit/search_box';
import type { Operation } from '../../api/types';

const kinds = [
  { value: '', label: 'All of them' },
  { value: 'reads', label: 'Only read' },
  { value: 'writes', label: 'Change something' },
  { value: 'approval', label: 'Ask for a yes' },
];

function fits({ name, summary, path, writes, approval }: Operation, wanted: string, kind: string): boolean {
  if (kind === 'reads' && writes) return false;
  if (kind === 'writes' && !writes) return false;
  if (kind === 'approval' && !approval) return false;
  return !wanted || `${name} ${summary} ${path}`.toLowerCase().includes(wanted);
}

export function Operations({ operations }: { operations: Operation[] }) {
  const [search, setSearch] = useState('');
  const [kind, setKind] = useState('');
  const wanted = search.trim().toLowerCase();
  const found = operations.filter((operation) => fits(operation, wanted, kind));
  const { shown, pager } = useSlice(found, pageSize, `${kind} ${wanted}`);
  if (operations.length === 0) return null;
  return (
    <section className="section" aria-labelledby="operations">
      <h2 id="operations">Its calls</h2>
      <div className="toolbar filters">
        <SearchBox label="Search calls" value={search} onChange={setSearch} />
        <NativeSelect
          aria-label="Which calls"
          value={kind}
          data={kinds}
          onChange={(event) => setKind(event.currentTarget.value)}
        />
      </div>
      {shown.length === 0 ? (
        <Empty icon="search" title="No call matches">
          Try another word, or all of them.
        </Empty>
      ) : (
        <>
          <ul className="rows panel" aria-label="Its calls">
            {shown.map((operation) => (
              <li key={operation.name} data-operation={operation.name}>
                <OneOperation operation={operation} />
              </li>
            ))}
          </ul>
          {pager('calls')}
        </>
      )}
    </section>
  );
}

function OneOperation({ operation: { name, summary, method, path, writes, approval } }: { operation: Operation }) {
  return (
    <>
      <div>
        <span className="mono">
          <strong>{name}</strong>
        </span>
        {summary && <div className="small">{summary}</div>}
        <div className="small dim mono">
          {method} {path}
        </div>
      </div>
      <span className="call-marks">
        <span className="mark" data-mark={writes ? 'writes' : 'reads'}>
          {writes ? 'Changes something' : 'Only reads'}
        </span>
        {approval && (
          <span className="mark" data-mark="approval">
            Asks for a yes
          </span>
        )}
      </span>
    </>
  );
}
