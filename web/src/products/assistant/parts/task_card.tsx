// What a task wants of the person, or what came of it: one card, whatever its state.
import type { Reply } from '../api/types';
import { ApprovalCard } from './approval_card';
import { PlanCard } from './plan_card';
import { ProgressCard } from './progress_card';
import { QuestionCard } from './question_card';
import { EndedCard, ResultCard } from './result_card';
import { isMoving } from './words';

/** `inChat`: a field for words stands below, and what is asked without choices above, as what the assistant said. */
export function TaskCard({ view, inChat = false }: { view: Reply; inChat?: boolean }) {
  const { task, question, approval, steps, files } = view;
  if (!task) return null;
  if (question)
    return <QuestionCard key={question.question_id} taskId={task.task_id} question={question} inChat={inChat} />;
  if (approval) return <ApprovalCard approval={approval} />;
  if (isMoving(task.phase)) return <ProgressCard task={task} />;
  if (task.phase === 'planned') return <PlanCard task={task} steps={steps} />;
  if (task.phase === 'done') return <ResultCard task={task} files={files} linked={inChat} />;
  return <EndedCard task={task} files={files} linked={inChat} />;
}
