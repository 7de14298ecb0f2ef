// The head of a column one can sort by: `name` is up, `-name` is down.
import { Table, UnstyledButton } from '@mantine/core';
import { Icon } from './icons';

export function SortHeader({
  name,
  label,
  sort,
  onSort,
}: {
  name: string;
  label: string;
  sort: string;
  onSort: (sort: string) => void;
}) {
  const up = sort === name;
  const down = sort === `-${name}`;
  return (
    <Table.Th scope="col" aria-sort={up ? 'ascending' : down ? 'descending' : 'none'}>
      <UnstyledButton className="sort-button" onClick={() => onSort(up ? `-${name}` : name)}>
        {label}
        <Icon name={up ? 'sortup' : down ? 'sortdown' : 'sort'} size={14} />
      </UnstyledButton>
    </Table.Th>
  );
}
