// The configuration as it holds, and where each value comes from. Changed in its file or the environment, not here.
import { Switch, Table } from '@mantine/core';
import { useState } from 'react';
import { useSettings } from '../api/settings';
import type { Setting } from '@/kit/api/types';
import { usePhone } from '@/kit/dialog';
import { Empty, Loading, Problem } from '@/kit/feedback';
import { SearchBox } from '@/kit/search_box';

export default function ConfigurationPage() {
  const settings = useSettings();
  const phone = usePhone();
  const [search, setSearch] = useState('');
  const [onlySet, setOnlySet] = useState(false);
  const wanted = search.trim().toLowerCase();
  const shown = (settings.data?.items ?? []).filter(
    ({ key, value, source, help }) =>
      (!onlySet || source !== 'default') &&
      (!wanted || [key, value, source, help].some((text) => text.toLowerCase().includes(wanted))),
  );
  return (
    <section className="section" aria-label="Configuration">
      <p className="section-lead dim">
        What this server runs with. It is set in <span className="mono">troupe.toml</span>, in the environment, or by
        flags, and read at the start; secrets are not shown. <span className="mono">troupe config check</span> explains
        mistakes.
      </p>
      <div className="toolbar">
        <SearchBox label="Search the configuration" value={search} onChange={setSearch} />
        <Switch
          label="Only what was set"
          checked={onlySet}
          onChange={(event) => setOnlySet(event.currentTarget.checked)}
        />
      </div>
      {settings.isPending ? (
        <Loading rows={6} />
      ) : settings.error && !settings.data ? (
        <Problem
          error={settings.error}
          title="The configuration could not be loaded"
          onRetry={() => void settings.refetch()}
        />
      ) : shown.length === 0 ? (
        <Empty icon="search" title="Nothing matches">
          {onlySet && !wanted ? 'Everything has its default.' : `No setting mentions “${search.trim()}”.`}
        </Empty>
      ) : phone ? (
        <SettingCards settings={shown} />
      ) : (
        <SettingTable settings={shown} />
      )}
    </section>
  );
}

function Value({ setting }: { setting: Setting }) {
  if (setting.secret) return <span className="dim">{setting.value ? 'set, not shown' : 'not set'}</span>;
  return setting.value === '' ? <span className="dim">(empty)</span> : <span className="mono">{setting.value}</span>;
}

function SettingTable({ settings }: { settings: Setting[] }) {
  return (
    <div className="panel table-panel">
      <Table>
        <caption className="visually-hidden">Configuration</caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Setting</Table.Th>
            <Table.Th scope="col">Value</Table.Th>
            <Table.Th scope="col">Comes from</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {settings.map((setting) => (
            <Table.Tr key={setting.key}>
              <Table.Td>
                <span className="mono setting-key">{setting.key}</span>
                <div className="small dim">{setting.help}</div>
              </Table.Td>
              <Table.Td className="setting-value">
                <Value setting={setting} />
              </Table.Td>
              <Table.Td>
                {setting.source === 'default' ? (
                  <span className="dim">default</span>
                ) : (
                  <span className="mono">{setting.source}</span>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function SettingCards({ settings }: { settings: Setting[] }) {
  return (
    <ul className="cards" aria-label="Configuration">
      {settings.map((setting) => (
        <li key={setting.key} className="panel card">
          <div>
            <strong className="mono">{setting.key}</strong>
            <div className="small dim">{setting.help}</div>
          </div>
          <dl className="facts">
            <dt>Value</dt>
            <dd>
              <Value setting={setting} />
            </dd>
            <dt>From</dt>
            <dd className="mono">{setting.source}</dd>
          </dl>
        </li>
      ))}
    </ul>
  );
}
