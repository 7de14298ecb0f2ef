// The head of the column with a row's buttons: it has a name for who cannot see it.
import { Table } from '@mantine/core';

export function ActionsHeader() {
  return (
    <Table.Th scope="col">
      <span className="visually-hidden">Actions</span>
    </Table.Th>
  );
}
