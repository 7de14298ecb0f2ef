import { NativeSelect } from '@mantine/core';
import type { Task } from '../api/types';

const tasks: { value: Task; label: string }[] = [
  { value: 'transcribe', label: 'Write down what is said' },
  { value: 'translate', label: 'Write it down in English' },
];

export function TaskField({ value, onChange }: { value: Task; onChange: (task: Task) => void }) {
  return (
    <NativeSelect
      label="Task"
      data={tasks}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as Task)}
    />
  );
}
